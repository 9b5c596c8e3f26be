import { createServer } from 'node:net';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classifierAnswer } from '../../../src/http/dialects/torchserve/answers.ts';
import { predictionsForm } from '../../../src/http/dialects/torchserve/predictions-form.ts';
import { closeServers, openServer, type TestServer } from '../../support/server.ts';
import { tinyDraft, tinyPixels, tinyPng, tinyScores } from '../../support/tiny-version.ts';

let server: TestServer;
let left: Buffer;
let dark: Buffer;

beforeAll(async () => {
  [left, dark] = await Promise.all([tinyPng('left'), tinyPng('dark')]);
  server = await openServer({
    versions: [await tinyDraft({ label: 'production' }), await tinyDraft({ shift: 50 })],
  });
});
afterAll(closeServers);

const nested = (depth: number) => `${'{"data":'.repeat(depth)}1${'}'.repeat(depth)}`;
const post = (path: string) => request(server.url).post(path);
const scores = (name: 'left' | 'dark', shift = 0) => {
  const [first, second, third] = tinyScores(name, shift).map((score) => expect.closeTo(score, 5));
  return { dark: first, left: second, bright: third };
};

describe('POST /predictions/{model}', () => {
  it('answers the bytes of an image with its classes, best first, whatever their type', async () => {
    for (const type of [
      'image/png',
      'application/octet-stream',
      'application/x-www-form-urlencoded',
    ]) {
      const { body, text, headers } = await post('/predictions/digits')
        .set('content-type', type)
        .serialize((bytes) => bytes as unknown as string)
        .send(left)
        .expect(200);
      expect(body).toEqual(scores('left'));
      expect(text.startsWith('{"left":')).toBe(true);
      expect(headers['content-type']).toBe('application/json; charset=utf-8');
    }
  });

  it('refuses a body that nests its own words, and reads one deeper than calls may be', async () => {
    const { body } = await post('/predictions/digits')
      .set('content-type', 'application/json')
      .send(nested(20_000))
      .expect(413);
    expect(body.message).toContain('more than 12 levels of nesting');
    const head = { 'content-type': 'application/json' };
    expect(() => predictionsForm.read(Buffer.from(nested(20_000)), head, 1, () => {})).toThrow(
      'image 0 must be a list of numbers or base64',
    );
  });

  it('takes what curl -T sends', async () => {
    const answer = await fetch(`${server.url}/predictions/digits`, { method: 'PUT', body: left });
    expect(await answer.json()).toEqual(scores('left'));
  });

  it('asks the version of an address', async () => {
    const { body } = await post('/predictions/digits/2')
      .set('content-type', 'image/png')
      .send(dark)
      .expect(200);
    expect(body).toEqual(scores('dark', 50));
  });

  it('answers one part of a form as one image, and several as a list', async () => {
    const one = await post('/predictions/digits').attach('data', left, 'left.png').expect(200);
    expect(one.body).toEqual(scores('left'));
    const several = await post('/predictions/digits')
      .attach('data', left, 'left.png')
      .attach('data', dark, 'dark.png')
      .expect(200);
    expect(several.body).toEqual([scores('left'), scores('dark')]);
  });

  it('answers JSON with a tensor or base64', async () => {
    const tensor = tinyPixels.left.map((pixel) => pixel / 255);
    const b64 = left.toString('base64');
    for (const sent of [
      tensor,
      { data: [[tensor.slice(0, 2), tensor.slice(2)]] },
      { data: b64 },
      { body: { b64 } },
    ]) {
      const { body } = await post('/predictions/digits').send(sent).expect(200);
      expect(body).toEqual(scores('left'));
    }
    const { body } = await post('/predictions/digits')
      .send({ instances: [{ data: b64 }, { data: tensor }] })
      .expect(200);
    expect(body).toEqual([scores('left'), scores('left')]);
  });

  it.each<[string, string, string | object, object]>([
    [
      '/predictions/none',
      'image/png',
      'x',
      { code: 404, type: 'ModelNotFoundException', message: 'There is no model "none".' },
    ],
    [
      '/predictions/digits/7',
      'image/png',
      'x',
      {
        code: 404,
        type: 'ModelVersionNotFoundException',
        message: 'Model "digits" has no version 7.',
      },
    ],
    [
      '/predictions/digits',
      'image/png',
      'x',
      { code: 415, type: 'BadRequestException', message: expect.stringContaining('image format') },
    ],
    [
      '/predictions/digits',
      'image/png',
      '',
      { code: 400, type: 'BadRequestException', message: expect.stringContaining('no image') },
    ],
    [
      '/predictions/digits',
      'application/json',
      '{"data": 7}',
      {
        code: 400,
        type: 'BadRequestException',
        message: expect.stringContaining('image 0 must be'),
      },
    ],
    [
      '/predictions/digits',
      'application/json',
      '{"instances": 7}',
      {
        code: 400,
        type: 'BadRequestException',
        message: expect.stringContaining('must be a list'),
      },
    ],
    [
      '/predictions/digits/x',
      'image/png',
      'x',
      { code: 400, type: 'BadRequestException', message: expect.any(String) },
    ],
  ])('refuses %s (%s) %j in its own words', async (path, type, sent, error) => {
    const { body, status, headers } = await post(path).set('content-type', type).send(sent);
    expect(body).toEqual(error);
    expect(status).toBe(body.code);
    expect(headers['glimpse-error-code']).toMatch(/^GLIMPSE_/);
  });

  it('refuses parts of a form that are called otherwise', async () => {
    const { body } = await post('/predictions/digits').attach('file', left, 'left.png').expect(400);
    expect(body.message).toContain('images are parts called "data"');
  });
});

describe('management', () => {
  let management: string;
  let other: TestServer;
  beforeAll(async () => {
    other = await openServer({
      versions: [await tinyDraft({ label: 'production' }), await tinyDraft({ shift: 50 })],
      env: { GLIMPSE_TORCHSERVE_PORT: String(await freePort()), GLIMPSE_MODEL_CONTROL: 'explicit' },
    });
    management = `http://127.0.0.1:${await other.listenForTorchServe()}`;
  });

  it('lists and describes models on its own port alone', async () => {
    const { body } = await request(management).get('/models').expect(200);
    expect(body).toEqual({ models: [{ modelName: 'digits', modelUrl: 'digits/1' }] });
    const one = await request(management).get('/models/digits').expect(200);
    expect(one.body).toEqual([described(1)]);
    const two = await request(management).get('/models/digits/2').expect(200);
    expect(two.body).toEqual([described(2)]);
    const missing = await request(management).get('/models/none').expect(404);
    expect(missing.body).toEqual({
      code: 404,
      type: 'ModelNotFoundException',
      message: 'There is no model "none".',
    });
    await request(other.url).get('/torchserve/models').expect(404);
    const unknown = await request(management).get('/predict').expect(404);
    expect(unknown.body).toMatchObject({ code: 404, message: 'There is no GET /predict.' });
    const { body: verb } = await request(management).post('/models/digits').expect(405);
    expect(verb.message).toBe('/models/digits takes GET, HEAD, DELETE, PUT, not POST.');
  });

  it('sets the version that answers by default, and unloads one', async () => {
    const put = await request(management).put('/models/digits/2/set-default').expect(200);
    expect(put.body).toEqual({
      status: 'Default version successfully updated for model "digits" to "2"',
    });
    expect(other.registry.describeModel('digits').labels['production']).toBe(2);
    const gone = await request(management).delete('/models/digits/1').expect(200);
    expect(gone.body).toEqual({ status: 'Model "digits" unregistered' });
    const first = await request(management).get('/models/digits/1').expect(200);
    expect(first.body).toEqual([described(1, false)]);
  });

  it('says what to do instead of registering and scaling', async () => {
    const refused = await request(management).post('/models?url=x.mar').expect(501);
    expect(refused.body).toEqual({
      code: 501,
      type: 'UnsupportedOperationException',
      message: expect.stringContaining('published'),
    });
    const { body } = await request(management).put('/models/digits?min_worker=3').expect(501);
    expect(body.message).toContain('GLIMPSE_PROCESSES');
    // Nothing is broken, and nobody has to act: they are refusals in the log, as those of 4xx are.
    const logged = other.lines.filter(({ status }) => status === 501);
    expect(logged).toHaveLength(2);
    expect(other.lines.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });
});

const described = (version: number, isLoaded = true) => ({
  modelName: 'digits',
  modelVersion: String(version),
  modelUrl: `digits/${version}`,
  runtime: 'glimpse',
  minWorkers: isLoaded ? 1 : 0,
  maxWorkers: 1,
  batchSize: expect.any(Number),
  maxBatchDelay: 0,
  loadedAtStartup: false,
  workers: isLoaded ? [{ id: `digits/${version}`, status: 'READY', gpu: false }] : [],
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

describe('the answer of a classifier', () => {
  it('names five classes in the order of their scores, also where they are numbers', () => {
    const classes = ['0', '1', '2', '3', '4', '5', '6'];
    const rows = [[0.01, 0.5, 0.02, 0.3, 0.05, 0.1, 0.02]];
    expect(classifierAnswer({ classes, rows }, 'one')).toBe(
      '{"1":0.5,"3":0.3,"5":0.1,"4":0.05,"2":0.02}',
    );
    expect(classifierAnswer({ classes, rows }, 'several')).toBe(
      '[{"1":0.5,"3":0.3,"5":0.1,"4":0.05,"2":0.02}]',
    );
  });
});
