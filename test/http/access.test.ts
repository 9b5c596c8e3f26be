import { createServer } from 'node:net';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKey } from '../../src/access/api-key.ts';
import { changeKeyFile } from '../../src/access/key-file.ts';
import type { Scope } from '../../src/access/scopes.ts';
import { composeServer, type Server } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { recordedLogger, recordLog, registerSecret } from '../support/recorded-logs.ts';
import { sendRaw } from '../support/raw-http.ts';
import { shippedModels } from '../support/shipped-models.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const logger = recordedLogger();

async function start(
  env: Record<string, string>,
): Promise<{ server: Server; url: string; data: string }> {
  const data = await temporaryFolder();
  const config = readConfig({
    GLIMPSE_REPOSITORY: await shippedModels(),
    GLIMPSE_DATA_DIR: data,
    GLIMPSE_POLL_INTERVAL_MS: '0',
    ...env,
  });
  const server = await composeServer(config, logger);
  const url = await server.app.listen({ host: '127.0.0.1', port: 0 });
  await server.start();
  return { server, url, data };
}

const digit = join(import.meta.dirname, '../../samples/golden/7.png');

describe('with keys', () => {
  const keys: Record<string, string> = {};
  let [url, data] = ['', ''];
  let server: Server;

  beforeAll(async () => {
    const file = join(await temporaryFolder(), 'keys.json');
    const stored = Object.entries({
      predictor: { scopes: ['predict'], models: ['digits'] },
      other: { scopes: ['predict'], models: ['shop-*'] },
      reader: { scopes: ['read'], models: ['*'] },
      trainer: { scopes: ['train'], models: ['*'] },
      releaser: { scopes: ['release'], models: ['digits'] },
      slow: { scopes: ['read'], models: ['*'], budget: { requestsPerMinute: 2 } },
      revoked: { scopes: ['admin'], models: ['*'] },
    } satisfies Record<string, { scopes: Scope[]; models: string[]; budget?: object }>).map(
      ([name, fields]) => {
        const made = createKey({ name, ...fields }, new Date());
        keys[name] = made.text;
        registerSecret(made.text.split('_').slice(2).join('_'));
        return name === 'revoked'
          ? { ...made.stored, revokedAt: new Date().toISOString() }
          : made.stored;
      },
    );
    await changeKeyFile(file, () => stored);
    ({ server, url, data } = await start({ GLIMPSE_KEYS_FILE: file }));
  });
  afterAll(async () => {
    await server.stop();
    // The shipped models are asked here; what is recorded of them is not to stay in the checkout.
    await rm('models/_history', { recursive: true, force: true });
  });

  const as = (name: string) => ({ authorization: `Bearer ${keys[name]}` });

  it('takes no key of an Authorization that stands twice, whichever is the right one', async () => {
    for (const order of [
      ['reader', 'revoked'],
      ['revoked', 'reader'],
    ]) {
      const lines = order.map((name) => `authorization: Bearer ${keys[name]}`);
      const call = ['GET /models HTTP/1.1', 'host: localhost', 'connection: close', ...lines];
      expect(await sendRaw(url, `${call.join('\r\n')}\r\n\r\n`)).toMatch(
        /^HTTP\/1.1 401 .*Authorization stands twice/s,
      );
    }
  });

  it('predicts for a key of the model, by either header', async () => {
    const bearer = await request(url).post('/predict').set(as('predictor')).attach('image', digit);
    expect(bearer.body).toMatchObject({ predictions: [{ label: '7' }] });
    const header = await request(url)
      .post('/models/digits/predict')
      .set('x-api-key', keys['predictor']!)
      .attach('image', digit);
    expect(header.status).toBe(200);
  });

  it.each([
    ['no key', {}, 401, 'GLIMPSE_UNAUTHENTICATED'],
    [
      'a wrong one',
      { 'x-api-key': `glimpse_${'a'.repeat(12)}_${'b'.repeat(43)}` },
      401,
      'GLIMPSE_UNAUTHENTICATED',
    ],
    ['something else', { authorization: 'Basic eDp5' }, 401, 'GLIMPSE_UNAUTHENTICATED'],
  ])('refuses %s, even from this machine', async (_, headers, status, code) => {
    const response = await request(url).post('/predict').set(headers).attach('image', digit);
    expect(response.status).toBe(status);
    expect(response.body).toMatchObject({ error: { code } });
  });

  it.each([
    ['GET', '/models'],
    ['POST', '/predict'],
    ['POST', '/v2/models/digits/infer'],
    ['POST', '/v1/models/digits:predict'],
    ['POST', '/invocations'],
    ['POST', '/predictions/digits'],
  ] as const)('says with a 401 how to say who is calling: %s %s', async (method, path) => {
    const ask = async (headers: Record<string, string>) => {
      const sent = request(url)[method === 'GET' ? 'get' : 'post'](path).set(headers);
      const { status, headers: answered } = await sent;
      return [status, answered['www-authenticate']];
    };
    const refused = 'Bearer realm="glimpse", error="invalid_token"';
    expect(await ask({})).toEqual([401, 'Bearer realm="glimpse"']);
    expect(await ask(as('revoked'))).toEqual([401, refused]);
    expect(await ask({ 'x-api-key': keys['revoked']! })).toEqual([401, refused]);
    expect(await ask(as('reader'))).toEqual(method === 'GET' ? [200, undefined] : [403, undefined]);
  });

  it.each([{ label: 'production' }, { promote: 'always' }, { promote: { margin: 1 } }])(
    'lets a key that only trains not decide where a version answers: %j',
    async (publish) => {
      const dataset = { uri: 'sample:' };
      const response = await request(url)
        .post('/train')
        .set(as('trainer'))
        .send({ dataset, publish });
      expect(response.status).toBe(403);
      expect(response.body).toMatchObject({
        error: { code: 'GLIMPSE_FORBIDDEN', details: { scope: 'release' } },
      });
    },
  );

  it.each([
    ['revoked', 'POST', '/train', 401],
    ['other', 'POST', '/predict', 403],
    ['other', 'POST', '/models/digits/predict', 403],
    ['other', 'POST', '/models/digits%2F..%2Fshop-1/predict', 403],
    ['predictor', 'GET', '/models', 403],
    ['predictor', 'HEAD', '/models', 403],
    ['predictor', 'POST', '/train', 403],
    ['reader', 'PUT', '/models/digits/labels/production', 403],
    ['reader', 'POST', '/datasets', 403],
    ['predictor', 'POST', '/predict-jobs', 403],
    ['trainer', 'POST', '/predict-jobs', 403],
    ['releaser', 'DELETE', '/train/x', 403],
    ['releaser', 'PUT', '/models/other/labels/production', 403],
  ] as const)('the key "%s" may not %s %s: %i', async (name, method, path, status) => {
    const response = await fetch(`${url}${path}`, { method, headers: as(name) });
    expect(response.status).toBe(status);
  });

  it('lets everybody see whether it lives, and its metrics', async () => {
    for (const path of ['/livez', '/readyz', '/metrics', '/openapi.json']) {
      expect((await request(url).get(path)).status).toBe(200);
    }
  });

  it('holds a key to its budget, and says truly when it has one again', async () => {
    const statuses = [];
    for (let round = 0; round < 3; round += 1) {
      statuses.push((await request(url).get('/models').set(as('slow'))).status);
    }
    expect(statuses).toEqual([200, 200, 429]);
    const refused = await request(url).get('/models').set(as('slow'));
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(50);
    expect((await request(url).get('/models').set(as('reader'))).status).toBe(200);
  });

  it('appends what was changed, or refused to be, to the audit log', async () => {
    await request(url)
      .put('/models/digits/labels/candidate')
      .set(as('releaser'))
      .send({ version: 99 });
    const lines = (await readFile(join(data, 'audit.ndjson'), 'utf8')).trim().split('\n');
    recordLog(`${lines.join('\n')}\n`);
    expect(lines.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({
        action: 'PUT /models/:model/labels/:label',
        caller: expect.objectContaining({ kind: 'key', name: 'releaser' }),
        address: '127.0.0.1',
        status: 404,
        code: 'GLIMPSE_VERSION_NOT_FOUND',
        model: 'digits',
      }),
    );
  });

  it('tells in the audit log what a label pointed at before and points at now', async () => {
    const path = '/models/digits/labels/audited';
    await request(url).put(path).set(as('releaser')).send({ version: 2 }).expect(200);
    await request(url).delete(path).set(as('releaser')).expect(200);
    const entries = (await readFile(join(data, 'audit.ndjson'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { action: string; from?: unknown; to?: unknown });
    const label = 'audited';
    expect(entries.slice(-2)).toMatchObject([
      { status: 200, from: { label, version: null }, to: { label, version: 2 } },
      { status: 200, from: { label, version: 2 }, to: { label, version: null } },
    ]);
  });
});

describe('without keys', () => {
  let url = '';
  let server: Server;
  beforeAll(async () => {
    ({ server, url } = await start({}));
  });
  afterAll(() => server.stop());

  it('answers callers on this machine whatever they ask', async () => {
    expect((await request(url).get('/models')).status).toBe(200);
  });

  it.each([
    ['came through a proxy', { 'x-forwarded-for': '203.0.113.9' }, 'GLIMPSE_LOCAL_ONLY'],
    ['names another host (DNS rebinding)', { host: 'evil.example' }, 'GLIMPSE_ORIGIN_FORBIDDEN'],
    [
      'comes from a page of another origin',
      { origin: 'https://evil.example' },
      'GLIMPSE_ORIGIN_FORBIDDEN',
    ],
    ['comes from a page without an origin', { origin: 'null' }, 'GLIMPSE_ORIGIN_FORBIDDEN'],
    ['is cross-site', { 'sec-fetch-site': 'cross-site' }, 'GLIMPSE_ORIGIN_FORBIDDEN'],
  ])('refuses to change or reveal anything when the request %s', async (_, headers, code) => {
    for (const [method, path] of [
      ['post', '/train'],
      ['get', '/datasets'],
      ['put', '/models/digits/labels/production'],
      ['get', '/train'],
    ] as const) {
      const response = await request(url)[method](path).set(headers).send();
      expect(response.status).toBe(403);
      expect(response.body).toMatchObject({ error: { code } });
    }
  });

  it('predicts for anybody all the same', async () => {
    const response = await request(url)
      .post('/predict')
      .set('x-forwarded-for', '203.0.113.9')
      .attach('image', digit);
    expect(response.status).toBe(200);
  });
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

describe('management on a port of its own', () => {
  it('is nowhere else, and predictions are answered on both', async () => {
    const { server, url } = await start({ GLIMPSE_ADMIN_PORT: String(await freePort()) });
    try {
      const admin = `http://127.0.0.1:${await server.listenForAdmin()}`;
      expect((await request(url).get('/models')).status).toBe(404);
      expect((await request(admin).get('/models')).status).toBe(200);
      for (const base of [url, admin]) {
        expect((await request(base).post('/predict').attach('image', digit)).status).toBe(200);
      }
      // The second port refuses what never becomes a request with the same words, and knows half-closed clients.
      expect(await sendRaw(admin, 'no HTTP\r\n\r\n')).toMatch(
        /^HTTP\/1\.1 400 .*GLIMPSE_BAD_REQUEST/s,
      );
      const asking =
        'GET /models HTTP/1.1\r\nhost: localhost\r\nexpect: a miracle\r\nconnection: close\r\n\r\n';
      expect(await sendRaw(admin, asking)).toMatch(/^HTTP\/1\.1 417 .*GLIMPSE_EXPECTATION_FAILED/s);
    } finally {
      await server.stop();
    }
  });
});

describe('a call of management on the other port', () => {
  it('is not there for anybody, and the audit log tells whose key it was', async () => {
    const { text, stored } = createKey(
      { name: 'releaser', scopes: ['release'], models: ['*'] },
      new Date(),
    );
    registerSecret(text.split('_').slice(2).join('_'));
    const file = join(await temporaryFolder(), 'keys.json');
    await changeKeyFile(file, () => [stored]);
    const { server, url, data } = await start({
      GLIMPSE_KEYS_FILE: file,
      GLIMPSE_ADMIN_PORT: String(await freePort()),
    });
    const put = (key: string) =>
      request(url)
        .put('/models/digits/labels/candidate')
        .set('x-api-key', key)
        .send({ version: 1 });
    await put(text).expect(404);
    await put(text.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'))).expect(404);
    await server.stop();
    const lines = (await readFile(join(data, 'audit.ndjson'), 'utf8')).trim().split('\n');
    recordLog(`${lines.join('\n')}\n`);
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { caller: { kind: 'key', id: stored.id, name: 'releaser' }, code: 'GLIMPSE_ROUTE_NOT_FOUND' },
      { caller: { kind: 'anonymous' }, code: 'GLIMPSE_ROUTE_NOT_FOUND' },
    ]);
  });
});

describe('a first start with a file of keys that is not there yet', () => {
  it('makes an admin key, announces it once, and takes it', async () => {
    const file = join(await temporaryFolder(), 'keys.json');
    const announced: string[] = [];
    const env = { GLIMPSE_DATA_DIR: await temporaryFolder(), GLIMPSE_KEYS_FILE: file };
    for (let round = 0; round < 2; round += 1) {
      const server = await composeServer(readConfig(env), logger, (key) => announced.push(key));
      await server.stop();
    }
    expect(announced).toHaveLength(1);
    expect(await readFile(file, 'utf8')).not.toContain(announced[0]);
  });

  it('takes the admin key from a secret', async () => {
    const { text } = createKey({ name: 'x', scopes: ['admin'], models: ['*'] }, new Date());
    const file = join(await temporaryFolder(), 'keys.json');
    const { server, url } = await start({ GLIMPSE_KEYS_FILE: file, GLIMPSE_ADMIN_KEY: text });
    const response = await request(url).get('/models').set('x-api-key', text);
    await server.stop();
    expect(response.status).toBe(200);
  });

  it.each([
    [{ GLIMPSE_ADMIN_KEY: 'hello' }, 'GLIMPSE_ADMIN_KEY'],
    [{ GLIMPSE_OPEN: '1' }, 'GLIMPSE_OPEN'],
  ])('does not start with %j', async (env, named) => {
    const file = join(await temporaryFolder(), 'keys.json');
    const config = readConfig({
      GLIMPSE_DATA_DIR: await temporaryFolder(),
      GLIMPSE_KEYS_FILE: file,
      ...env,
    });
    await expect(composeServer(config, logger)).rejects.toThrow(named);
  });
});
