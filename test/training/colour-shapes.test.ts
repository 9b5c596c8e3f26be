import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { drawShape, SHAPE_SIDE, shapeKinds, type ShapeKind } from '../../scripts/drawing/shapes.ts';
import { encodePng } from '../../src/image/encode-png.ts';
import { createRandom } from '../../src/random.ts';
import type { JobRecord } from '../../src/jobs/record.ts';
import { closeServers, openServer, type TestServer } from '../support/server.ts';

/** Input that is nothing like a digit: colour, 32x32, five classes, from files to answers. */
afterEach(closeServers);

const shape = { width: SHAPE_SIDE, height: SHAPE_SIDE, channels: 3 } as const;
const drawn = (kind: ShapeKind, name: string) => drawShape(createRandom(7).fork(name), kind);

const request = {
  model: 'shapes',
  architecture: 'cnn-tiny',
  optimizer: { name: 'adam', learningRate: 0.01 },
  schedule: { name: 'one-cycle' },
  augmentation: 'photo',
  epochs: 15,
  batchSize: 30,
  // Enough of them that none are scored by nets that are trained beside.
  validationSplit: 0.24,
};

/** Of each class. */
const count = 84;

async function post(url: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function train({ registry, url }: TestServer, asked: object): Promise<JobRecord> {
  const accepted = await post(`${url}/train`, { ...request, ...asked });
  expect(accepted.status).toBe(202);
  const { id } = (await accepted.json()) as JobRecord;
  // The stream of events ends with the job.
  await (await fetch(`${url}/train/${id}/events`)).text();
  const job = (await (await fetch(`${url}/train/${id}`)).json()) as JobRecord;
  expect(job.error).toBeUndefined();
  expect(job).toMatchObject({ state: 'succeeded', version: 1 });
  // The server looks for the new version by itself; this waits until it has.
  await registry.reconcile();
  return job;
}

/** What is answered to one new shape of each class, sent as PNG files. */
async function ask({ url }: TestServer): Promise<string[]> {
  const instances = await Promise.all(
    shapeKinds.map(async (kind) => ({
      b64: (await encodePng(drawn(kind, `unseen ${kind}`), shape)).toString('base64'),
    })),
  );
  const answer = await post(`${url}/models/shapes/predict`, { instances });
  expect(answer.status).toBe(200);
  const { predictions } = (await answer.json()) as { predictions: { label: string }[] };
  return predictions.map(({ label }) => label);
}

async function writeFolder(folder: string): Promise<void> {
  for (const kind of shapeKinds) {
    await mkdir(join(folder, kind), { recursive: true });
    for (let i = 0; i < count; i += 1) {
      const png = await encodePng(drawn(kind, `${kind} ${i}`), shape);
      await writeFile(join(folder, kind, `${i}.png`), png);
    }
  }
}

async function writeLines(file: string): Promise<void> {
  const rows = Array.from({ length: count }, (_, i) =>
    shapeKinds.map((kind) =>
      JSON.stringify({ label: kind, pixels: [...drawn(kind, `${kind} ${i}`)] }),
    ),
  );
  await writeFile(file, `${rows.flat().join('\n')}\n`);
}

describe('colour images of 32x32 in five classes', { timeout: 300_000 }, () => {
  it('are learnt from class folders, published, served and told apart', async () => {
    const server = await openServer();
    await writeFolder(join(server.folder, 'datasets', 'shapes'));
    const job = await train(server, { dataset: { uri: 'shapes', shape } });
    expect(job.dataset).toMatchObject({ examples: 5 * count, classes: shapeKinds, shape });
    expect(job.metrics!.accuracy).toBeGreaterThan(0.9);
    const { preprocessing, signature } = await server.repository.manifest('shapes', 1);
    expect(signature.input.shape).toEqual([3, 32, 32]);
    expect(preprocessing).toMatchObject({ colourSpace: 'rgb', canonicalise: 'none' });
    expect(await ask(server)).toEqual(shapeKinds);
  });

  it('are learnt from NDJSON, whose pixels tell their shape by themselves', async () => {
    const server = await openServer();
    await mkdir(join(server.folder, 'datasets'));
    await writeLines(join(server.folder, 'datasets', 'shapes.ndjson'));
    // How they are read is what this is about, so that they are learnt without being varied.
    const quick = { augmentation: 'none', epochs: 12 };
    const job = await train(server, { ...quick, dataset: { uri: 'shapes.ndjson' } });
    expect(job.dataset).toMatchObject({ examples: 5 * count, format: 'ndjson', shape });
    expect(job.metrics!.accuracy).toBeGreaterThan(0.9);
    expect(await ask(server)).toEqual(shapeKinds);
  });
});
