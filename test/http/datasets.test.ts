import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodePng } from '../../src/image/encode-png.ts';
import type { JobRecord } from '../../src/jobs/record.ts';
import { closeServers, openServer, type TestServer } from '../support/server.ts';
import { zip } from '../support/zip.ts';
import { bars, tinyRequest } from '../training/tiny-run.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let server: TestServer;
beforeAll(async () => {
  server = await openServer();
  await mkdir(join(server.folder, 'datasets'), { recursive: true });
  await writeFile(join(server.folder, 'datasets/bars.csv'), bars(120));
});
afterAll(closeServers);

const wait = { prefer: 'wait=60' };

async function call(method: string, path: string, body?: object | FormData, headers = {}) {
  const isForm = body instanceof FormData;
  const answer = await fetch(server.url + path, {
    method,
    ...(body && { body: isForm ? body : JSON.stringify(body) }),
    headers: { ...(body && !isForm && { 'content-type': 'application/json' }), ...headers },
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: JSON.parse(text) };
}
const get = (path: string) => call('GET', path);
const post = (body: object | FormData, headers = {}) => call('POST', '/datasets', body, headers);

async function ended(location: string | null): Promise<JobRecord> {
  return vi.waitFor(
    async () => {
      const { body } = await get(location!);
      expect(body.endedAt).toBeDefined();
      return body;
    },
    { timeout: 60_000, interval: 50 },
  );
}

function form(files: Record<string, Uint8Array | string>, request: object): FormData {
  const data = new FormData();
  for (const [name, bytes] of Object.entries(files)) data.append('file', new Blob([bytes]), name);
  data.append('request', JSON.stringify(request));
  return data;
}

const png = (grey: number) =>
  encodePng(Buffer.alloc(36, grey), { width: 6, height: 6, channels: 1 });

describe('POST /datasets', () => {
  it('imports an upload as one job, whose record tells what was stored and what was not', async () => {
    const csv = `${bars(30)}flat,1,2\n${bars(3)}`;
    const key = { 'idempotency-key': 'import once' };
    const send = (headers: object, name = 'first') =>
      post(form({ 'mine.csv': csv }, { name, maxBadRows: 1 }), { ...key, ...headers });
    const taken = await send({});
    expect(taken.status).toBe(202);
    const again = await send({ prefer: 'respond-async, wait="0"' });
    expect([again.status, again.body.id]).toEqual([200, taken.body.id]);
    expect(again.headers.get('preference-applied')).toBe('wait=0');
    expect((await send({}, 'another')).status).toBe(409);
    expect(taken.body).toMatchObject({ kind: 'import', request: { name: 'first' } });
    const job = await ended(taken.headers.get('location'));
    expect(job).toMatchObject({
      state: 'succeeded',
      dataset: { examples: 30, classes: ['flat', 'none', 'tall'] },
      imported: {
        name: 'first',
        created: true,
        examples: 30,
        report: {
          rowsRead: 34,
          refused: { count: 1, rows: [{ line: 31, reason: 'it has 2 pixels instead of 36' }] },
          duplicates: { count: 3, rows: [{ line: 32, label: 'flat', first: { line: 1 } }, {}, {}] },
          conflicts: { count: 0 },
        },
      },
    });
    expect(Object.keys(job.timings!).toSorted()).toEqual(['clean', 'read', 'store']);
    const { uri, digest } = job.imported!;
    const events = await (await fetch(`${server.url}/train/${job.id}/events`)).text();
    expect(events).toContain(`"state":"succeeded","imported":{"name":"first","digest":"${digest}"`);
    const stored = await get(`/datasets/first/${digest.slice(0, 8)}`);
    expect(stored.body).toMatchObject({ uri, digest, source: { uploads: ['mine.csv'] } });
    expect(await send(wait)).toMatchObject({ status: 201, body: stored.body });
    expect(await readdir(join(server.folder, 'data/uploads'))).toEqual([]);
  });

  it('waits on demand, and answers what was stored: 201, then 200 for the same again', async () => {
    const made = await post({ name: 'bars', dataset: { uri: 'bars.csv' } }, wait);
    expect(made.status).toBe(201);
    expect(made.headers.get('preference-applied')).toBe('wait=60');
    expect(made.headers.get('location')).toBe(`/datasets/bars/${made.body.digest}`);
    expect(made.body).toMatchObject({ examples: 120, report: { duplicates: { count: 0 } } });
    const again = await post(form({ 'x.csv': bars(120) }, { name: 'bars' }), wait);
    expect(again.status).toBe(200);
    expect(again.body).toEqual(made.body);

    const listed = await get('/datasets');
    expect(listed.body.datasets).toContainEqual({
      name: 'bars',
      latest: made.body.digest,
      createdAt: made.body.createdAt,
      examples: 120,
      shape: { width: 6, height: 6, channels: 1 },
      classes: ['flat', 'none', 'tall'],
    });
    const history = await get('/datasets/bars');
    expect(history.body).toMatchObject({
      latest: made.body.digest,
      datasets: [{ digest: made.body.digest, latest: true, classCounts: [40, 40, 40] }],
    });
    expect(history.body.datasets).toHaveLength(1);
  });

  it('answers the error of the job to whoever waits', async () => {
    const photos = zip([
      { name: 'cat/1.png', data: await png(1) },
      { name: 'dog/1.png', data: await png(1) },
      { name: 'dog/2.png', data: await png(2) },
    ]);
    const refused = await post(form({ 'photos.zip': photos }, { name: 'photos' }), wait);
    expect(refused.status).toBe(422);
    expect(refused.body.error).toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining('no example is left of "cat"'),
      details: {
        job: expect.any(String),
        report: { conflicts: { count: 2, rows: [{ entry: 'dog/1.png', label: 'dog' }] } },
      },
    });
    expect((await get('/datasets/photos')).status).toBe(404);
  });

  it.each([
    ['no name', { dataset: { uri: 'bars.csv' } }, 400, 'GLIMPSE_INVALID_REQUEST'],
    ['a name that leads out', { name: '../x', dataset: {} }, 400, 'GLIMPSE_INVALID_REQUEST'],
    ['a name too long', { name: 'x'.repeat(65) }, 400, 'GLIMPSE_INVALID_REQUEST'],
    ['a field nobody knows', { name: 'x', epochs: 3 }, 400, 'GLIMPSE_INVALID_REQUEST'],
    ['no data', { name: 'x' }, 404, 'GLIMPSE_DATASET_NOT_FOUND'],
    [
      'a file that is not there',
      { name: 'x', dataset: { uri: 'no.csv' } },
      404,
      'GLIMPSE_DATASET_NOT_FOUND',
    ],
    ['a file outside', { name: 'x', dataset: { uri: '../x' } }, 403, 'GLIMPSE_DATASET_FORBIDDEN'],
    [
      'an unknown dataset',
      { name: 'x', dataset: { uri: 'dataset:no' } },
      404,
      'GLIMPSE_DATASET_NOT_FOUND',
    ],
  ])('refuses %s at once', async (_, body, status, code) => {
    const refused = await post(body);
    expect(refused).toMatchObject({ status, body: { error: { code } } });
  });

  it('refuses forms with fields of text, and bodies of other kinds', async () => {
    const data = form({}, { name: 'x' });
    data.append('name', 'x');
    expect(await post(data)).toMatchObject({
      status: 400,
      body: { error: { code: 'GLIMPSE_INVALID_REQUEST', details: { in: 'form', path: '/name' } } },
    });
    expect((await post(form({}, { name: 'x' }))).status).toBe(404);
    expect((await post({}, { 'content-type': 'text/csv' })).status).toBe(415);
  });
});

describe('stored datasets', () => {
  it('are trained on, and measured on, by name', async () => {
    const stored = (await get('/datasets/bars')).body.datasets[0];
    const request = { ...tinyRequest, dataset: { uri: 'dataset:bars' }, epochs: 20 };
    const taken = await call('POST', '/train', request);
    expect(taken.body.request.dataset).toEqual({ uri: stored.uri });
    const job = await ended(taken.headers.get('location'));
    expect(job).toMatchObject({ state: 'succeeded', dataset: { digest: stored.digest } });
    const { body: version } = await get('/models/bars/versions/1');
    expect(version.lineage.dataset).toMatchObject({ uri: stored.uri, digest: stored.digest });
    const measuring = await call('POST', '/models/bars/versions/1/evaluate', {
      dataset: { uri: `dataset:bars@${stored.digest.slice(0, 10)}`, limit: 30 },
    });
    expect(await ended(measuring.headers.get('location'))).toMatchObject({
      metrics: {
        examples: 30,
        measuredOn: `examples of dataset:bars@${stored.digest.slice(0, 12)} 0..29`,
      },
    });
    expect((await get('/models')).body.models.map(({ model }: { model: string }) => model)).toEqual(
      ['bars', 'digits'],
    );
  });

  it.each([
    ['/train', { dataset: { uri: 'dataset:none' } }, 404, 'GLIMPSE_DATASET_NOT_FOUND'],
    ['/train', { model: 'datasets' }, 400, 'GLIMPSE_NAME_RESERVED'],
    [
      '/models/digits/versions/1/evaluate',
      { dataset: { uri: 'dataset:none' } },
      404,
      'GLIMPSE_DATASET_NOT_FOUND',
    ],
  ])(
    'that are not there, or not of that kind, are refused at once by %s %j',
    async (path, body, status, code) => {
      expect(await call('POST', path, body)).toMatchObject({ status, body: { error: { code } } });
    },
  );

  it.each([
    ['/datasets/none', 404, 'GLIMPSE_DATASET_NOT_FOUND'],
    [`/datasets/bars/${'0'.repeat(64)}`, 404, 'GLIMPSE_DATASET_NOT_FOUND'],
    ['/datasets/bars/abc', 400, 'GLIMPSE_INVALID_REQUEST'],
    ['/datasets/bars/LATEST123', 400, 'GLIMPSE_INVALID_REQUEST'],
    ['/datasets/%2e%2e%2fmodels', 400, 'GLIMPSE_BAD_NAME'],
    [`/datasets/${'x'.repeat(65)}`, 400, 'GLIMPSE_BAD_NAME'],
    ['/models/datasets', 404, 'GLIMPSE_MODEL_NOT_FOUND'],
  ])('are not found at %s', async (path, status, code) => {
    expect(await get(path)).toMatchObject({ status, body: { error: { code } } });
  });

  it('that begin alike, or cannot be read, say so', async () => {
    const folder = join(server.folder, 'models/datasets/odd');
    const { body } = await get(`/datasets/bars`);
    const text = await readFile(
      join(server.folder, 'models/datasets/bars', body.latest, 'dataset.json'),
      'utf8',
    );
    for (const digest of [`aaaaaaaa${'1'.repeat(56)}`, `aaaaaaaa${'2'.repeat(56)}`]) {
      await mkdir(join(folder, digest), { recursive: true });
      const own = text.replaceAll(body.latest, digest).replace('"name": "bars"', '"name": "odd"');
      await writeFile(join(folder, digest, 'dataset.json'), own);
    }
    expect(await get('/datasets/odd/aaaaaaaa')).toMatchObject({
      status: 400,
      body: { error: { code: 'GLIMPSE_DATASET_AMBIGUOUS' } },
    });
    const broken = `aaaaaaaa${'2'.repeat(56)}`;
    await writeFile(join(folder, broken, 'dataset.json'), '{');
    expect((await get(`/datasets/odd/${broken}`)).status).toBe(422);
    const { body: history } = await get('/datasets/odd');
    expect(history.datasets).toMatchObject([
      { examples: 120 },
      { digest: broken, problem: expect.stringContaining('JSON') },
    ]);
  });
});

const look = (body: object | FormData, headers = {}) =>
  call('POST', '/datasets?dryRun=true', body, headers);

describe('POST /datasets?dryRun=true', () => {
  it('tells what is understood of an upload, stores nothing, and has a contact sheet', async () => {
    const before = await get('/datasets');
    const dark = bars(30).replaceAll(/\d+/g, (number) => String(Number(number) >> 2));
    const looked = await look(form({ 'dark.csv': dark }, { seed: 2 }), wait);
    expect(looked).toMatchObject({
      status: 200,
      body: {
        source: 'dark.csv',
        trainable: false,
        examples: 30,
        assumed: [{ option: 'range' }],
        findings: [{ code: 'range', severity: 'question', setting: { option: 'range' } }],
      },
    });
    expect((await get('/datasets')).body).toEqual(before.body);
    const job = await get(looked.headers.get('location')!);
    expect(job.body).toMatchObject({
      kind: 'look',
      state: 'succeeded',
      request: { validationSplit: 0.1, testSplit: 0.1, seed: 2 },
      looked: looked.body,
    });
    expect(looked.body.sheet).toBe(`/train/${job.body.id}/sheet`);
    const sheet = await fetch(server.url + looked.body.sheet);
    expect([sheet.status, sheet.headers.get('content-type')]).toEqual([200, 'image/png']);
    const png = Buffer.from(await sheet.arrayBuffer());
    expect(png.toString('latin1', 1, 4)).toBe('PNG');
    const { error } = (await post(form({ 'dark.csv': dark }, { name: 'dark' }), wait)).body;
    expect(error).toMatchObject({ code: 'GLIMPSE_DATASET_INVALID', details: { option: 'range' } });
  });

  it('takes the body of an import, and asks what an import would refuse at once', async () => {
    const csv = bars(20)
      .split('\n')
      .map((line) => `${line},x`)
      .join('\n');
    const body = { name: 'none', keepDuplicates: true, maxBadRows: 5 };
    const table = `kind,${Array.from({ length: 36 }, (_, at) => `p${at}`).join()},more\n${csv}`;
    const looked = await look(form({ 'x.csv': table }, body), wait);
    expect(looked.body.findings[0]).toMatchObject({
      code: 'label-column',
      setting: { cli: '--label-column kind', values: ['kind', 'more'] },
    });
    expect(await look({ dataset: { uri: 'bars.csv' }, epochs: 3 })).toMatchObject({
      status: 400,
      body: { error: { code: 'GLIMPSE_INVALID_REQUEST' } },
    });
    expect(await look({ dataset: { uri: 'nowhere.csv' } })).toMatchObject({ status: 404 });
    expect(await call('POST', '/datasets?dryRun=perhaps', {})).toMatchObject({ status: 400 });
  });

  it('has no sheet where nothing could be read, and none of other jobs', async () => {
    const looked = await look(form({ 'x.csv': 'p1,p2\n1,2\n3,4\n' }, {}), wait);
    expect(looked.body).toMatchObject({ trainable: false, examples: 0 });
    expect(looked.body.sheet).toBeUndefined();
    expect(await get(`${looked.headers.get('location')}/sheet`)).toMatchObject({
      status: 404,
      body: { error: { code: 'GLIMPSE_SHEET_NOT_FOUND' } },
    });
    expect(await get('/train/0123456789abcdef/sheet')).toMatchObject({
      status: 404,
      body: { error: { code: 'GLIMPSE_JOB_NOT_FOUND' } },
    });
  });
});

/** The newest job, once it is an import of this name at work. */
async function runningJob(name: string): Promise<string> {
  return vi.waitFor(
    async () => {
      const [job] = (await get('/train')).body.jobs;
      expect(job).toMatchObject({ request: { name }, state: 'running' });
      return job.id;
    },
    { timeout: 30_000, interval: 20 },
  );
}

describe('whoever waits for an import', () => {
  it('hears that it was cancelled, or how far it is when the server stops', async () => {
    const request = { name: 'slow', dataset: { uri: 'bars.csv' } };
    const cancelled = post(request, wait);
    await call('DELETE', `/train/${await runningJob('slow')}`);
    expect(await cancelled).toMatchObject({
      status: 409,
      body: { error: { code: 'GLIMPSE_TRAINING_CANCELLED' } },
    });
    const stopped = post(request, wait);
    const id = await runningJob('slow');
    await server.stop();
    const { status, headers, body } = await stopped;
    expect(status).toBe(202);
    expect(headers.get('location')).toBe(`/train/${id}`);
    expect(body.state).toBe('interrupted');
  });
});
