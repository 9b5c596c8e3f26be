import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import multipart from '@fastify/multipart';
import rateLimit from '@fastify/rate-limit';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient, errors } from '../../src/client/exported.ts';
import glimpsePlugin from '../../src/library/fastify.ts';
import { logThrough } from '../../src/library/log-through.ts';
import { shipModel } from '../../src/library/shipped-model.ts';
import { packageRoot } from '../../src/package.ts';
import { sendAndLeave } from '../support/raw-http.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { tinyModel } from '../support/tiny-onnx.ts';

const image = (): Promise<Buffer> => readFile(join(packageRoot, 'samples', 'golden', '7.png'));

describe('Glimpse below a prefix of an application', () => {
  const lines: Record<string, unknown>[] = [];
  const seen: string[] = [];
  let app: FastifyInstance;
  let url = '';

  beforeAll(async () => {
    const folder = await temporaryFolder();
    await shipModel(join(folder, 'models'));
    const stream = { write: (line: string) => void lines.push(JSON.parse(line)) };
    app = Fastify({ logger: { level: 'info', stream }, bodyLimit: 10 });
    // What Glimpse uses itself, too.
    await app.register(multipart);
    await app.register(rateLimit, { max: 100_000 });
    app.addHook('onRequest', async (request, reply) => {
      seen.push(`in ${request.url}`);
      if (request.headers['x-stop'] !== undefined) await reply.code(401).send({ mine: 'no' });
    });
    app.addHook('onSend', async (_request, reply) => void reply.header('x-mine', 'yes'));
    app.addHook('onResponse', async (request, reply) => {
      seen.push(`out ${request.url} ${reply.statusCode}`);
    });
    app.get('/mine', async () => ({ mine: true }));
    await app.register(glimpsePlugin, {
      prefix: '/vision',
      repository: join(folder, 'models'),
      dataDir: join(folder, 'data'),
      settings: { GLIMPSE_CANONICALISE_THREADS: 1 },
    });
    url = await app.listen({ host: '127.0.0.1', port: 0 });
  });
  afterAll(() => app.close());

  it('answers all calls beside the routes of the application', async () => {
    expect(await (await fetch(`${url}/mine`)).json()).toEqual({ mine: true });
    const client = createClient({ url: `${url}/vision` });
    expect(await client.isReady()).toBe(true);
    // Larger than what the application takes, and a form that its own parser would have taken.
    expect(await client.predict(await image())).toMatchObject({ label: '7' });
    const bytes = await image();
    expect((await client.predictAll([bytes, bytes])).predictions).toHaveLength(2);
    const job = await client.publish(
      'thirds',
      { name: 'model.onnx', data: tinyModel() },
      { classes: ['a', 'b', 'c'], preprocessing: { preset: 'plain' } },
    );
    expect(await client.wait(job.id)).toMatchObject({ state: 'succeeded' });
  });

  it('has the hooks of the application run around them, with its addresses', async () => {
    seen.length = 0;
    const answer = await fetch(`${url}/vision/livez`);
    expect(answer.headers.get('x-mine')).toBe('yes');
    await expect.poll(() => seen).toEqual(['in /vision/livez', 'out /vision/livez 200']);
    const stopped = await fetch(`${url}/vision/livez`, { headers: { 'x-stop': '1' } });
    expect([stopped.status, await stopped.json()]).toEqual([401, { mine: 'no' }]);
  });

  it('refuses in its own words what is not its own, and leaves the rest to the application', async () => {
    const client = createClient({ url: `${url}/vision` });
    const nothing = client.predict(new Uint8Array([1]));
    await expect(nothing).rejects.toBeInstanceOf(errors.GLIMPSE_UNSUPPORTED_FORMAT);
    const lost = await fetch(`${url}/vision/lost`);
    expect([lost.status, await lost.json()]).toMatchObject([
      404,
      { error: { code: 'GLIMPSE_ROUTE_NOT_FOUND' } },
    ]);
    const other = await fetch(`${url}/visionary`);
    expect(await other.json()).toMatchObject({ error: 'Not Found' });
    expect((await fetch(`${url}/vision/predict`, { method: 'DELETE' })).headers.get('allow')).toBe(
      'POST',
    );
  });

  it('names addresses as callers have them, in headers, contract and page', async () => {
    const answer = await fetch(`${url}/vision/train`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ dataset: { uri: 'file:nothing-there' } }),
    });
    const { id } = (await answer.json()) as { id?: string };
    if (id !== undefined) expect(answer.headers.get('location')).toBe(`/vision/train/${id}`);
    const contract = await (await fetch(`${url}/vision/openapi.json`)).json();
    expect(contract).toMatchObject({ servers: [{ url: '/vision' }] });
    const page = await (await fetch(`${url}/vision/docs`)).text();
    const [, style] = /href="([^"]+swagger-ui\.css)"/.exec(page) ?? [];
    expect(style).toMatch(/^\/vision\//);
    expect((await fetch(`${url}${style}`)).status).toBe(200);
  });

  it('writes into the log of the application, under its ids', async () => {
    lines.length = 0;
    await (await fetch(`${url}/vision/models`)).text();
    const written = () => lines.filter(({ msg }) => msg === 'answered');
    await expect.poll(() => written().length).toBe(1);
    const incoming = lines.find(({ msg }) => msg === 'incoming request');
    expect(written()[0]).toMatchObject({ route: '/models', requestId: incoming!['reqId'] });
  });

  it('lets go of a call whose caller has left', async () => {
    lines.length = 0;
    await sendAndLeave(
      url,
      'POST /vision/predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: image/png\r\ncontent-length: 500\r\n\r\nAB',
    );
    await expect.poll(() => lines.some(({ status }) => status === 499)).toBe(true);
    expect(await createClient({ url: `${url}/vision` }).isReady()).toBe(true);
  });

  it('is asked without a connection, too', async () => {
    const answer = await app.inject({
      method: 'POST',
      url: '/vision/predict',
      headers: { 'content-type': 'image/png' },
      payload: await image(),
    });
    expect(answer.json()).toMatchObject({ predictions: [{ label: '7' }] });
  });
});

describe('an application with Glimpse that closes', () => {
  it('ends the streams of events that are open, and puts the job aside', async () => {
    const folder = await temporaryFolder();
    const app = Fastify();
    await app.register(glimpsePlugin, {
      repository: join(folder, 'models'),
      dataDir: join(folder, 'data'),
      settings: { GLIMPSE_CANONICALISE_THREADS: 1, GLIMPSE_TRAIN_NICE: 0 },
    });
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    const client = createClient({ url, retries: 0 });
    const rows = Array.from({ length: 90 }, (_, row) => `${row % 3},${row % 3},1,2,${row}`);
    const data = new TextEncoder().encode(['label,a,b,c,d', ...rows].join('\n'));
    const layers = [{ type: 'flatten' }, { type: 'dense', units: 3 }] as const;
    const request = { epochs: 10_000, architecture: { layers: [...layers] } };
    const { id } = await client.train(request, [{ name: 'rows.csv', data }]);
    const abort = new AbortController();
    const told: string[] = [];
    const following = (async () => {
      for await (const { type } of client.events(id, abort.signal)) told.push(type);
    })().catch(() => 'cut off');
    await expect.poll(() => told.length, { timeout: 20_000 }).toBeGreaterThan(0);
    await app.close();
    abort.abort();
    expect(await following).toBe('cut off');
  });
});

describe('a log that is no pino', () => {
  it('gets the lines of Glimpse by its own methods', () => {
    const told: unknown[] = [];
    const take =
      (level: string) =>
      (...line: unknown[]): void =>
        void told.push([level, ...line]);
    const log = {
      level: 'info',
      silent: take('silent'),
      fatal: take('fatal'),
      error: take('error'),
      warn: take('warn'),
      info: take('info'),
      debug: take('debug'),
      trace: take('trace'),
      child: () => log,
    };
    const ours = logThrough(log);
    ours.child({ model: 'a' }).warn({ n: 1 }, 'careful');
    ours.debug('not asked for');
    expect(told).toEqual([['warn', { model: 'a', n: 1 }, 'careful']]);
    // An application that was given none.
    expect(() => logThrough(Fastify().log).warn('unheard')).not.toThrow();
  });
});
