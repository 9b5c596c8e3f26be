import { rename, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withExternalData } from '../support/external-onnx.ts';
import { closeServers, openServer, type TestServer } from '../support/server.ts';
import { tinyModel } from '../support/tiny-onnx.ts';
import { tinyDraft, tinyPng } from '../support/tiny-version.ts';

let server: TestServer;
beforeAll(async () => {
  const plain = await tinyDraft();
  const { graph } = withExternalData(tinyModel(), 'elsewhere.data');
  server = await openServer({
    versions: [
      plain,
      await tinyDraft({ model: 'garbage', onnx: Buffer.from('no model') }),
      await tinyDraft({ model: 'without-data', onnx: graph }),
      { ...plain, model: 'other-runtime', runtime: 'tensorflow', golden: [] },
      await tinyDraft({ model: 'rotten' }),
      await tinyDraft({ model: 'robbed' }),
      await tinyDraft({ model: 'unreadable' }),
    ],
    env: { GLIMPSE_POLL_INTERVAL_MS: '0' },
    beforeStart: async (folder) => {
      const models = join(folder, 'models');
      await writeFile(join(models, 'rotten/1/model.onnx'), tinyModel({ shift: 1 }));
      await rm(join(models, 'robbed/1/model.onnx'));
      await writeFile(join(models, 'unreadable/1/manifest.json'), '{');
    },
  });
}, 60_000);
afterAll(closeServers);

/** Every place of this machine that a message could name. */
const placesOf = ({ folder }: TestServer) => [folder, process.cwd(), homedir(), 'node_modules'];

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function ask(
  method: string,
  path: string,
  body?: string | FormData,
  type = 'application/json',
) {
  const headers = typeof body === 'string' ? { 'content-type': type } : undefined;
  const answer = await fetch(server.url + path, {
    method,
    ...(body && { body }),
    ...(headers && { headers }),
  });
  return { status: answer.status, text: await answer.text() } satisfies Answer;
}

/** The body names no place of this machine; its status is told with it, so that nothing passes by chance. */
function expectNoPath({ status, text }: Answer, wanted: number): void {
  expect([status, text.length > 0]).toEqual([wanted, true]);
  for (const place of placesOf(server)) expect(text).not.toContain(place);
}

const broken = ['garbage', 'without-data', 'other-runtime', 'rotten', 'robbed', 'unreadable'];

describe('no answer names a path of this machine', () => {
  it('about versions that cannot be loaded', async () => {
    for (const path of ['/readyz', '/health', '/ping', '/models'])
      expectNoPath(await ask('GET', path), 200);
    const { text } = await ask('GET', '/readyz');
    for (const model of broken) {
      expect(text).toContain(model);
      expectNoPath(await ask('GET', `/models/${model}`), 200);
      expectNoPath(await ask('GET', `/models/${model}/versions/1`), 200);
      const predicted = await ask('POST', `/models/${model}/predict`, '{"instances": [[0,0,0,0]]}');
      expectNoPath(predicted, 503);
    }
  });

  it('about datasets that are not there, not allowed or not readable', async () => {
    const asked = (dataset: object) => ask('POST', '/train', JSON.stringify({ dataset }));
    expectNoPath(await asked({ uri: 'mnist:' }), 404);
    expectNoPath(await asked({ uri: 'file:nothing.csv' }), 404);
    expectNoPath(await asked({ uri: 'file:../../etc/passwd' }), 403);
    expectNoPath(await asked({ uri: 'dataset:nothing' }), 404);
    expectNoPath(await ask('GET', '/datasets/nothing'), 404);
  });

  it('about a job that fails, in its record and to whoever waits for it', async () => {
    const form = new FormData();
    form.append('request', '{"epochs": 1}');
    form.append('dataset', new Blob(['no image']), 'pictures.zip');
    const headers = { prefer: 'wait=30' };
    const waited = await fetch(`${server.url}/train`, { method: 'POST', body: form, headers });
    const text = await waited.text();
    expectNoPath({ status: waited.status, text }, 422);
    expectNoPath(await ask('GET', '/train'), 200);
  });

  it('when files stand where folders should be, and a link to itself where a file should be', async () => {
    const { folder } = server;
    for (const [name, method, path, status] of [
      ['data/uploads', 'POST', '/train', 503],
      ['models', 'PUT', '/models/digits/labels/new', 404],
      ['models', 'GET', '/datasets', 200],
      ['models/digits/labels.json', 'PUT', '/models/digits/labels/new', 503],
    ] as const) {
      const place = join(folder, name);
      await rename(place, `${place}-away`).catch(() => {});
      if (name.endsWith('.json')) await symlink(place, place);
      else await writeFile(place, 'a file');
      const form = new FormData();
      form.append('image', new Blob([Uint8Array.from(await tinyPng('left'))]), 'a.png');
      const body = { POST: form, PUT: '{"version": 1}', GET: undefined }[method];
      expectNoPath(await ask(method, path, body), status);
      await server.registry.reconcile().catch(() => {});
      for (const probe of ['/readyz', '/ping']) expectNoPath(await ask('GET', probe), 200);
      await rm(place, { recursive: true });
      await rename(`${place}-away`, place).catch(() => {});
    }
  });
});
