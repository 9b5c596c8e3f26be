import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createClient,
  errors,
  GlimpseJobFailed,
  type JobEvent,
} from '../../src/client/exported.ts';
import { packageRoot } from '../../src/package.ts';
import { renderCalls } from '../../scripts/client/render-calls.ts';
import { closeServers, openServer, type TestServer } from '../support/server.ts';
import { tinyDraft } from '../support/tiny-version.ts';
import { tinyModel } from '../support/tiny-onnx.ts';

const file = join(packageRoot, 'samples', 'golden', '7.png');

describe('a client of a server', () => {
  let server: TestServer;
  let client: ReturnType<typeof createClient>;
  beforeAll(async () => {
    server = await openServer({ versions: [await tinyDraft(), await tinyDraft()] });
    client = createClient({ url: server.url });
  });
  afterAll(closeServers);

  it('asks about an image in whatever it lies', async () => {
    const bytes = await readFile(file);
    const files = createServer((_request, response) => response.end(bytes));
    await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve));
    const address = files.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const sources = [
      bytes,
      new Uint8Array(bytes).buffer,
      new Blob([bytes]),
      new File([bytes], '7.png', { type: 'image/png' }),
      createReadStream(file),
      new Blob([bytes]).stream(),
      pathToFileURL(file),
      new URL(`data:image/png;base64,${bytes.toString('base64')}`),
      new URL(`http://127.0.0.1:${port}/7.png`),
    ];
    const answers = await Promise.all(sources.map((source) => client.predict(source)));
    files.close();
    expect(new Set(answers.map(({ label }) => label)).size).toBe(1);
    expect(answers[0]!.top).toHaveLength(3);
  });

  it('asks about several as one batch, and of a version or a label', async () => {
    const bytes = await readFile(file);
    const answer = await client.predictAll([bytes, bytes], { query: { topK: 1 } });
    expect(answer).toMatchObject({ model: 'digits', version: 2 });
    expect(answer.predictions).toHaveLength(2);
    const first = await client.predictAll([bytes], { model: 'digits', version: 1 });
    expect(first.version).toBe(1);
    const latest = await client.predictAll([bytes], { model: 'digits', label: 'latest' });
    expect(latest.version).toBe(2);
  });

  it('tells what is wrong with an image by the class of its error', async () => {
    const nothing = client.predict(new Uint8Array([1, 2, 3]));
    await expect(nothing).rejects.toBeInstanceOf(errors.GLIMPSE_UNSUPPORTED_FORMAT);
  });

  it('knows, loads and unloads the models of the server', async () => {
    const env = { GLIMPSE_MODEL_CONTROL: 'explicit' };
    const told = createClient({ url: (await openServer({ env })).url });
    const [model] = await told.models();
    expect(model).toMatchObject({ model: 'digits', labels: { latest: 1 } });
    await told.load('digits');
    expect(await told.isReady()).toBe(true);
    const stateOf = async () =>
      (await told.call('getVersion', { path: { model: 'digits', version: 1 } })).state;
    expect(await stateOf()).toBe('READY');
    await told.unload('digits', 1);
    await expect.poll(stateOf).toBe('UNLOADED');
    await told.load('digits', 1);
    expect(await stateOf()).toBe('READY');
    expect(await createClient({ url: 'http://127.0.0.1:9' }).isReady()).toBe(false);
  });

  it('publishes a model, and follows the job to its end', async () => {
    const job = await client.publish(
      'thirds',
      { name: 'model.onnx', data: tinyModel() },
      { classes: ['a', 'b', 'c'], preprocessing: { preset: 'plain' } },
    );
    const events: JobEvent[] = [];
    const done = await client.wait(job.id, { onEvent: (event) => events.push(event) });
    expect(done).toMatchObject({ state: 'succeeded', version: 1 });
    expect(events.at(-1)).toMatchObject({ type: 'state', data: { state: 'succeeded' } });
  });

  it('trains on the files it is given, and tells each epoch', async () => {
    const rows = Array.from({ length: 60 }, (_, row) =>
      [row % 3, ...Array.from({ length: 4 }, (_, at) => (at === row % 3 ? 255 : row))].join(','),
    );
    const data = new TextEncoder().encode(['label,a,b,c,d', ...rows].join('\n'));
    const layers = [{ type: 'flatten' }, { type: 'dense', units: 3 }] as const;
    const job = await client.train(
      { model: 'rows', epochs: 2, architecture: { layers: [...layers] } },
      [{ name: 'rows.csv', data }],
    );
    const epochs: unknown[] = [];
    for await (const event of client.events(job.id))
      if (event.type === 'epoch') epochs.push(event.data);
    expect(epochs).toHaveLength(2);
    expect((await client.wait(job.id)).metrics).toBeDefined();
  });

  it('fails when what was waited for failed', async () => {
    const job = await client.train({}, [
      { name: 'rows.csv', data: new TextEncoder().encode('label,a\nx,1\n') },
    ]);
    const error = await client.wait(job.id).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(GlimpseJobFailed);
    expect(error).toMatchObject({ job: { id: job.id, state: 'failed' } });
  });
});

describe('what the client knows of the contract', () => {
  it('is what openapi.yaml says (npm run openapi)', async () => {
    const contract = parse(await readFile(join(packageRoot, 'openapi.yaml'), 'utf8'));
    const written = await readFile(join(packageRoot, 'src/client/contract/calls.ts'), 'utf8');
    expect(written).toBe(renderCalls(contract));
  });
});
