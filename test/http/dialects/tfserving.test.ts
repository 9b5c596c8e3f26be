import { gzipSync } from 'node:zlib';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeServers, openServer, type TestServer } from '../../support/server.ts';
import {
  tinyDraft,
  tinyPixels,
  tinyPng,
  tinyScores,
  type TinyClass,
} from '../../support/tiny-version.ts';

let server: TestServer;
const files: Record<string, { b64: string }> = {};

beforeAll(async () => {
  for (const name of ['dark', 'left', 'bright'] as const) {
    files[name] = { b64: (await tinyPng(name)).toString('base64') };
  }
  server = await openServer({
    versions: [
      await tinyDraft({ label: 'production' }),
      await tinyDraft({ shift: 50, label: 'candidate' }),
    ],
  });
});
afterAll(closeServers);

const get = (path: string) => request(server.url).get(path);
const post = (path: string, body: object) => request(server.url).post(path).send(body);
const at = '/v1/models/digits';
const send = (sent: Uint8Array | string, headers: Record<string, string>) =>
  fetch(`${server.url}${at}:predict`, { method: 'POST', body: sent, headers });

/** What the model itself takes: pixels of 0..1. */
const tensor = (name: TinyClass): number[] => tinyPixels[name].map((pixel) => pixel / 255);
const near = (name: TinyClass, shift = 0) =>
  tinyScores(name, shift).map((score) => expect.closeTo(score, 5));

describe('an address with a verb', () => {
  it.each(['/v1/models/digits:predict', '/v1/models/digits/labels/production:classify'])(
    'says which methods it takes: %s',
    async (path) => {
      const { headers, body } = await request(server.url).options(path).expect(405);
      expect(headers['allow']).toBe('POST');
      expect(body.error).toContain('takes POST, not OPTIONS');
      const read = await request(server.url).get(path).expect(405);
      expect(read.headers['allow']).toBe('POST');
    },
  );

  it('is none without a name before it, and another without the verb', async () => {
    const { headers } = await request(server.url).delete('/v1/models/digits').expect(405);
    expect(headers['allow']).toBe('GET, HEAD');
  });
});

describe('GET /v1/models', () => {
  it('lists models as KServe does, and answers the state of versions as TensorFlow Serving does', async () => {
    expect((await get('/v1/models').expect(200)).text).toBe('{"models":["digits"]}');
    const ok = '"state":"AVAILABLE","status":{"error_code":"OK","error_message":""}';
    expect((await get(at).expect(200)).text).toBe(
      `{"model_version_status":[{"version":"2",${ok}},{"version":"1",${ok}}],"name":"digits","ready":true}`,
    );
    expect((await get('/').expect(200)).text).toBe('{"status":"alive","docs":"/docs"}');
    const one = `{"model_version_status":[{"version":"2",${ok}}],"name":"digits","ready":true}`;
    expect((await get(`${at}/versions/2`).expect(200)).text).toBe(one);
    expect((await get(`${at}/labels/candidate`).expect(200)).text).toBe(one);
  });

  it('describes the version that answers, and another by number or label', async () => {
    const { body } = await get(`${at}/metadata`).expect(200);
    expect(body.model_spec).toEqual({ name: 'digits', signature_name: '', version: '1' });
    expect(Object.keys(body.metadata.signature_def.signature_def)).toEqual([
      'serving_default',
      'serving_bytes',
      'classification',
    ]);
    const second = await get(`${at}/versions/2/metadata`).expect(200);
    expect(second.body.model_spec.version).toBe('2');
    expect((await get(`${at}/labels/candidate/metadata`).expect(200)).body).toEqual(second.body);
  });
});

describe('POST /v1/models/{model}:predict', () => {
  it.each<[string, () => object]>([
    [
      'bare tensors',
      () => ({ instances: [[[tensor('left').slice(0, 2), tensor('left').slice(2)]]] }),
    ],
    ['flat tensors', () => ({ instances: [tensor('left')] })],
    ['named tensors', () => ({ instances: [{ image: tensor('left') }] })],
    ['pixels', () => ({ instances: [{ pixels: tinyPixels.left }] })],
    ['files', () => ({ instances: [files['left']] })],
    [
      'named files',
      () => ({ signature_name: 'serving_bytes', instances: [{ image_bytes: files['left'] }] }),
    ],
  ])('answers rows with predictions: %s', async (_name, body) => {
    const answer = await post(`${at}:predict`, body()).expect(200);
    expect(answer.body).toEqual({ predictions: [near('left')] });
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.headers['glimpse-prediction-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('answers columns with outputs', async () => {
    const inputs = [tensor('dark'), tensor('bright')];
    const outputs = [near('dark'), near('bright')];
    expect((await post(`${at}:predict`, { inputs }).expect(200)).body).toEqual({ outputs });
    const named = { inputs: { image_bytes: [files['dark'], files['bright']] } };
    expect((await post(`${at}:predict`, named).expect(200)).body).toEqual({ outputs });
  });

  it('asks the version of a number or label, in whatever case the words are written', async () => {
    const body = { instances: [tensor('dark')] };
    const predictions = [near('dark', 50)];
    for (const path of ['/versions/2:predict', '/labels/candidate:predict']) {
      expect((await post(at + path, body).expect(200)).body).toEqual({ predictions });
    }
    const shouted = await post('/V1/Models/digits/VERSIONS/2:Predict?x=1', body).expect(200);
    expect(shouted.body).toEqual({ predictions });
  });

  it('takes a body that curl sends as a form, packed, and one that is read on a thread', async () => {
    const body = JSON.stringify({ instances: [tensor('left')] });
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const packed = await send(gzipSync(body), { ...form, 'content-encoding': 'gzip' });
    const answer = await packed.json();
    expect(answer).toEqual({ predictions: [near('left')] });
    const long = body.replace('}', `,"other":"${'x'.repeat(300_000)}"}`);
    const threaded = await send(long, { 'content-type': 'application/json' });
    expect(await threaded.json()).toEqual(answer);
  });

  it.each<[string, string, number, RegExp]>([
    ['', '{"instances":[[NaN,0,0,0]]}', 400, /its JSON holds NaN, which is no number/],
    ['', '{"inputs":[[0,-Infinity,0,0]], "a": "\\"NaN"}', 400, /its JSON holds -Infinity/],
    ['', '{"instances":[[0,1]', 400, /its JSON cannot be read/],
    ['', '', 400, /its JSON cannot be read/],
    ['', `{"a":"${'\\"'.repeat(60_000)}`, 400, /its JSON cannot be read/],
    ['', '{"instances":[[0,1]]}', 400, /has the shape \[2\]; the model takes \[1, 2, 2\]/],
    ['', '{"instances":[[[0,1],[0]]]}', 400, /it holds a list of 1, where the first list has 2/],
    ['', '{"instances":[{"x":[0,0,0,0]}]}', 400, /There is no input "x"/],
    ['', '{"instances":[{"b64":"AAAA"}]}', 400, /image format/],
    ['', '{"instances":[{"b64":"A"}]}', 400, /Instance 0 is not valid base64/],
    ['', '{"instances":[[[[[[[[[[[[[[[', 413, /more than 12 levels of nesting/],
    ['/versions/7', '{"instances":[[0,0,0,0]]}', 404, /has no version 7/],
    ['/labels/none', '{"instances":[[0,0,0,0]]}', 404, /has no label "none"/],
  ])('refuses%s %s', async (path, body, status, sentence) => {
    const answer = await request(server.url)
      .post(`${at}${path}:predict`)
      .set('content-type', 'application/json')
      .send(body);
    expect(answer.body).toEqual({ error: expect.stringMatching(sentence) });
    expect(answer.status).toBe(status);
    expect(answer.headers['glimpse-error-code']).toMatch(/^GLIMPSE_/);
  });

  it('refuses more images than a request may have, and models that are not there', async () => {
    const many = { instances: Array.from({ length: 300 }, () => tensor('dark')) };
    const { body } = await post(`${at}:predict`, many).expect(413);
    expect(body.error).toMatch(/more than 256 images/);
    for (const path of [
      '/v1/models/none',
      '/v1/models/none/metadata',
      '/v1/models/digits/versions/9',
    ]) {
      expect((await get(path).expect(404)).body).toEqual({ error: expect.any(String) });
    }
    expect(
      (await post('/v1/models/none:predict', { instances: [[1]] }).expect(404)).body.error,
    ).toMatch(/"none"/);
  });

  it('refuses other methods and verbs in the words of this API', async () => {
    const { body } = await get(`${at}:predict`).expect(405);
    expect(body).toEqual({ error: expect.any(String) });
    expect((await post(`${at}:explain`, {}).expect(405)).body).toEqual({
      error: expect.any(String),
    });
  });
});

describe('POST /v1/models/{model}:classify', () => {
  it('answers every class by its name, in the order of the classes', async () => {
    const examples = [{ image: files['left'] }, { image: tensor('dark') }];
    const { body } = await post(`${at}:classify`, { examples }).expect(200);
    const classes = ['dark', 'left', 'bright'];
    expect(body).toEqual({
      results: (['left', 'dark'] as const).map((name) =>
        near(name).map((score, index) => [classes[index], score]),
      ),
    });
  });

  it('has no regression to offer', async () => {
    const { body } = await post(`${at}:regress`, { examples: [{ x: [1] }] }).expect(400);
    expect(body.error).toMatch(/models here are classifiers/);
  });
});

describe('a call of this API', () => {
  it('is logged and counted by its address as people write it', async () => {
    await post(`${at}:predict`, { instances: [tensor('left')] }).expect(200);
    const { text } = await get('/metrics').expect(200);
    expect(text).toContain('route="/v1/models/:model:predict"');
    expect(server.lines.map(({ route }) => route)).toContain('/v1/models/:model:predict');
  });
});

describe('GLIMPSE_DIALECTS', () => {
  it('switches the API off', async () => {
    const silent = await openServer({ env: { GLIMPSE_DIALECTS: 'none' } });
    const { body } = await request(silent.url).get(at).expect(404);
    expect(body.error.code).toBe('GLIMPSE_ROUTE_NOT_FOUND');
    const root = await request(silent.url).get('/').expect(404);
    expect(root.body.error.message).toContain('what this server answers is listed at /docs');
  });
});
