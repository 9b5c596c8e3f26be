import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import request from 'supertest';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { closeServers, openServer, type TestServer } from '../support/server.ts';
import { tinyDraft, tinyPixels } from '../support/tiny-version.ts';

const ask = async (server: TestServer, path = '/predict') =>
  (
    await request(server.url)
      .post(path)
      .send({ instances: [tinyPixels.dark] })
  ).body;

async function twoVersions(): Promise<TestServer> {
  return openServer({
    versions: [await tinyDraft({ label: 'production' }), await tinyDraft({ shift: 50 })],
  });
}

describe('a server with two versions', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await twoVersions();
  });
  afterAll(closeServers);

  it('lists what is at rest and what is loaded', async () => {
    const { body } = await request(server.url).get('/models').expect(200);
    expect(body).toMatchObject({
      defaultModel: 'digits',
      models: [
        {
          model: 'digits',
          labels: { production: 1, latest: 2 },
          serving: 1,
          reasons: [],
          versions: [
            { version: 1, state: 'READY', labels: ['production'], place: 'inline' },
            { version: 2, state: 'READY', labels: ['latest'] },
          ],
        },
      ],
    });
  });

  it('describes a version with all that was published about it', async () => {
    const { body } = await request(server.url).get('/models/digits/versions/2').expect(200);
    expect(body).toMatchObject({
      model: 'digits',
      version: 2,
      state: 'READY',
      runtime: 'onnx',
      signature: { input: { shape: [1, 2, 2] }, classes: ['dark', 'left', 'bright'] },
      preprocessing: { width: 2, height: 2 },
      lineage: { source: 'tests' },
      metrics: { accuracy: 1 },
    });
    expect(body).not.toHaveProperty('writerId');
  });

  it.each([
    ['/models/none', 'GLIMPSE_MODEL_NOT_FOUND'],
    ['/models/digits/versions/9', 'GLIMPSE_VERSION_NOT_FOUND'],
  ])('answers 404 for %s', async (path, code) => {
    const { body } = await request(server.url).get(path).expect(404);
    expect(body.error.code).toBe(code);
  });

  it('moves labels by PUT, which releases and rolls back', async () => {
    const put = (version: number) =>
      request(server.url).put('/models/digits/labels/production').send({ version });
    expect((await ask(server)).version).toBe(1);
    const moved = await put(2).expect(200);
    expect(moved.body).toEqual({ model: 'digits', labels: { production: 2, latest: 2 } });
    expect((await ask(server)).version).toBe(2);
    await put(1).expect(200);
    expect((await ask(server)).version).toBe(1);
  });

  it('moves them only from where they were seen, with If-Match', async () => {
    const seen = (await request(server.url).get('/models/digits')).headers['etag']!;
    expect(seen).toMatch(/^"[\w-]+"$/);
    const put = (etag: string) =>
      request(server.url)
        .put('/models/digits/labels/production')
        .set('if-match', etag)
        .send({ version: 2 });
    const moved = await put(seen).expect(200);
    expect(moved.headers['etag']).not.toBe(seen);
    expect((await put(seen).expect(409)).body.error.code).toBe('GLIMPSE_LABEL_CONFLICT');
    await put(moved.headers['etag']!).expect(200);
    await put('*').expect(200);
    expect((await put('W/"abc"').expect(400)).body.error.code).toBe('GLIMPSE_BAD_REQUEST');
  });

  it('says so when the labels at rest cannot be read, and changes nothing', async () => {
    const file = join(server.folder, 'models/digits/labels.json');
    const before = await readFile(file);
    await writeFile(file, '{"production": "one"}');
    try {
      for (const method of ['PUT', 'DELETE']) {
        const response = await fetch(`${server.url}/models/digits/labels/broken`, {
          method,
          ...(method === 'PUT' && {
            headers: { 'content-type': 'application/json' },
            body: '{"version": 1}',
          }),
        });
        expect([response.status, await response.json()]).toMatchObject([
          422,
          { error: { code: 'GLIMPSE_MANIFEST_INVALID' } },
        ]);
      }
      expect(await readFile(file, 'utf8')).toBe('{"production": "one"}');
    } finally {
      await writeFile(file, before);
    }
  });

  it('makes labels by PUT and removes them by DELETE', async () => {
    await request(server.url).put('/models/digits/labels/production').send({ version: 1 });
    const address = '/models/digits/labels/canary';
    await request(server.url).put(address).send({ version: 2 }).expect(200);
    expect((await ask(server, `${address}/predict`)).version).toBe(2);
    const { body } = await request(server.url).delete(address).expect(200);
    expect(body.labels).toEqual({ production: 1, latest: 2 });
    expect((await request(server.url).delete(address).expect(404)).body.error.code).toBe(
      'GLIMPSE_LABEL_NOT_FOUND',
    );
  });

  it.each([
    ['/models/digits/labels/x', { version: 9 }, 404, 'GLIMPSE_VERSION_NOT_FOUND'],
    ['/models/digits/labels/latest', { version: 1 }, 400, 'GLIMPSE_INVALID_REQUEST'],
    ['/models/digits/labels/x', {}, 400, 'GLIMPSE_INVALID_REQUEST'],
    ['/models/digits/labels/x', { version: '1' }, 400, 'GLIMPSE_INVALID_REQUEST'],
    ['/models/digits/labels/x', { version: 1, force: true }, 400, 'GLIMPSE_INVALID_REQUEST'],
    ['/models/digits/labels/..x', { version: 1 }, 400, 'GLIMPSE_BAD_NAME'],
  ])('refuses PUT %s %j', async (path, body, status, code) => {
    const answer = await request(server.url).put(path).send(body).expect(status);
    expect(answer.body.error.code).toBe(code);
  });
});

describe('a version that was tampered with', () => {
  afterEach(closeServers);

  it('is named in /readyz and /models with the reason, while the old one answers', async () => {
    const server = await openServer({ env: { GLIMPSE_POLL_INTERVAL_MS: '0' } });
    await server.repository.publish(await tinyDraft({ shift: 50, label: 'production' }));
    await appendFile(join(server.folder, 'models/digits/2/model.onnx'), 'x');
    await server.registry.reconcile();

    const ready = await request(server.url).get('/readyz').expect(200);
    expect(ready.body.reasons.join('\n')).toMatch(/version 2.*not those its manifest names/s);
    const { body } = await request(server.url).get('/models/digits').expect(200);
    expect(body.versions[1]).toMatchObject({
      version: 2,
      state: 'UNAVAILABLE',
      reason: { code: 'GLIMPSE_CHECKSUM_MISMATCH' },
    });
    expect(body.serving).toBe(1);
    expect(await ask(server)).toMatchObject({ version: 1, predictions: [{ label: 'dark' }] });
    const { text } = await request(server.url).get('/metrics');
    expect(text).toContain('glimpse_quarantines_total{model="digits"} 1');
    const named = await request(server.url)
      .post('/models/digits/versions/2/predict')
      .send({ instances: [tinyPixels.dark] });
    expect(named.status).toBeGreaterThanOrEqual(422);
  });
});

describe('readiness', () => {
  afterEach(closeServers);

  it('fails with the reason while there is no model, and comes with the first one', async () => {
    const server = await openServer({ versions: [] });
    const { body } = await request(server.url).get('/readyz').expect(503);
    expect(body.reasons.join()).toContain('no model "digits"');
    await request(server.url).get('/livez').expect(200);
    const refused = await request(server.url)
      .post('/predict')
      .send({ instances: [tinyPixels.dark] });
    expect([404, 503]).toContain(refused.status);
    await server.repository.publish(await tinyDraft());
    await server.registry.reconcile();
    await expect.poll(async () => (await request(server.url).get('/readyz')).status).toBe(200);
    expect((await ask(server)).version).toBe(1);
  });
});
