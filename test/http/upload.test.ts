import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodePng } from '../../src/image/encode-png.ts';
import { withExternalData } from '../support/external-onnx.ts';
import { foreign } from '../support/foreign-onnx.ts';
import { closeServers, openServer, type TestServer } from '../support/server.ts';
import { brightnessFrozen, brightnessTfjs, ofLevel } from '../support/tensorflow-graph.ts';
import { tinyModel } from '../support/tiny-onnx.ts';
import { zip } from '../support/zip.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let server: TestServer;
let bright: Buffer;
beforeAll(async () => {
  server = await openServer({
    env: { GLIMPSE_MAX_ARTIFACT_BYTES: '100000', GLIMPSE_TRUSTED_MODELS: '' },
    versions: [],
  });
  const white = Uint8Array.from([255, 255, 255, 255]);
  bright = await encodePng(white, { width: 2, height: 2, channels: 1 });
});
afterAll(closeServers);

const classes = ['dark', 'left', 'bright'];
const named = foreign(tinyModel(), { metadata: { names: JSON.stringify(classes) } });
const post = (model: string) => request(server.url).post(`/models/${model}/versions`);
const send = (model: string, body: Uint8Array) =>
  post(model).set('content-type', 'application/octet-stream').send(Buffer.from(body));
const sendNamed = () =>
  send('tiny', named)
    .query({ source: 'a laptop' })
    .set({ prefer: 'wait=60', 'idempotency-key': 'a' });
const versionsOf = (model: string) => server.repository.versions(model);
const jobs = async () => (await request(server.url).get('/train')).body.jobs;
const uploads = () => readdir(join(server.folder, 'data/uploads'));

describe('POST /models/{model}/versions', () => {
  it('publishes a model that is the body, once for a key, and answers with its version and by it', async () => {
    const { body, headers } = await sendNamed().expect(201);
    expect(headers['location']).toBe('/models/tiny/versions/1');
    const { body: version } = await request(server.url).get('/models/tiny/versions/1').expect(200);
    expect(body).toEqual(version);
    const [job] = await jobs();
    expect(body).toMatchObject({
      signature: { classes, output: { kind: 'logits' } },
      lineage: { source: 'a laptop', job: job.id },
    });
    expect(job).toMatchObject({ kind: 'publish', state: 'succeeded', version: 1 });
    expect(job.release).toMatchObject({ decision: 'promoted' });
    expect((await sendNamed().expect(201)).headers['location']).toBe('/models/tiny/versions/1');
    expect(await versionsOf('tiny')).toEqual([1]);
    const answer = await request(server.url)
      .post('/models/tiny/predict')
      .set('content-type', 'image/png')
      .send(bright)
      .expect(200);
    expect(answer.body).toMatchObject({ version: 1, predictions: [{ label: 'bright' }] });
    const { body: history } = await request(server.url).get('/models/tiny/history');
    expect(history.entries.map((entry: { by: object }) => entry.by)).toContainEqual({
      kind: 'job',
      id: job.id,
    });
  });

  it('takes forms with files of weights and golden samples, two at once, and changes who answers by the policy only', async () => {
    const { graph, data } = withExternalData(tinyModel({ shift: 1 }), 'weights/net.bin');
    const form = () =>
      post('tiny')
        .set('prefer', 'wait=60')
        .field('request', JSON.stringify({ classes, preprocessing: { mean: [0.5] } }))
        .attach('model', Buffer.from(graph), 'net.onnx')
        .attach('data', Buffer.from(data), 'net.bin')
        .attach('golden:bright', bright, '../bright.png');
    const both = await Promise.all([form().expect(201), form().expect(201)]);
    expect(both.map(({ body }) => body.version).toSorted((a, b) => a - b)).toEqual([2, 3]);
    for (const { body } of both) {
      expect(body.files.map(({ path }: { path: string }) => path)).toContain('weights/net.bin');
      expect(body).toMatchObject({
        preprocessing: { mean: [0.5] },
        lineage: { source: 'net.onnx' },
        golden: [{ label: 'bright' }],
      });
    }
    const { body } = await request(server.url).get('/models/tiny');
    expect(body.labels).toMatchObject({ production: 1, latest: 3 });
  });

  it('makes no version of what does not pass, and says why and what to do', async () => {
    const { body } = await send('tiny', tinyModel()).set('prefer', 'wait=60').expect(422);
    expect(body.error).toMatchObject({
      code: 'GLIMPSE_MODEL_UNCLEAR',
      message: expect.stringMatching(/Name the classes with classes: the model does not say/),
    });
    const [job] = await jobs();
    expect(job).toMatchObject({ state: 'failed', error: { code: 'GLIMPSE_MODEL_UNCLEAR' } });
    expect(await versionsOf('tiny')).toEqual([1, 2, 3]);
  });

  it.each<[string, (model: string) => request.Test, number, string]>([
    ['is too large', (model) => send(model, Buffer.alloc(100_001)), 413, 'GLIMPSE_BODY_TOO_LARGE'],
    [
      'is too large in a form',
      (model) => post(model).attach('model', Buffer.alloc(100_001), 'a.onnx'),
      413,
      'GLIMPSE_BODY_TOO_LARGE',
    ],
    [
      'is two',
      (model) => post(model).attach('model', Buffer.from(named), 'a').attach('model', bright, 'b'),
      400,
      'GLIMPSE_BAD_REQUEST',
    ],
    [
      'has an unknown part',
      (model) =>
        post(model).attach('model', Buffer.from(named), 'a').attach('weights', bright, 'b'),
      400,
      'GLIMPSE_BAD_MULTIPART',
    ],
    ['is none', (model) => post(model).field('request', '{}'), 400, 'GLIMPSE_BAD_REQUEST'],
    [
      'has an unknown field',
      (model) =>
        post(model).field('request', '{"colour": 1}').attach('model', Buffer.from(named), 'a'),
      400,
      'GLIMPSE_INVALID_REQUEST',
    ],
    ['is JSON', (model) => post(model).send({ model: 'x' }), 415, 'GLIMPSE_UNSUPPORTED_MEDIA_TYPE'],
    ['is empty', (model) => send(model, Buffer.alloc(0)), 400, 'GLIMPSE_BAD_REQUEST'],
    [
      'is a picture',
      (model) => post(model).set('content-type', 'image/png').send(bright),
      415,
      'GLIMPSE_UNSUPPORTED_MEDIA_TYPE',
    ],
  ])('refuses at once what %s, and keeps nothing of it', async (_what, call, status, code) => {
    const before = (await jobs()).length;
    const { body } = await call('other').expect(status);
    expect(body.error.code).toBe(code);
    expect(await jobs()).toHaveLength(before);
    expect(await uploads()).toEqual([]);
  });

  it('refuses names that no model can have', async () => {
    const { body } = await send('..%2Fx', named).expect(400);
    expect(body.error.code).toMatch(/GLIMPSE_(BAD_NAME|INVALID_REQUEST)/);
  });

  it('keeps nothing of a client that leaves half way', async () => {
    const before = (await jobs()).length;
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST /models/tiny/versions HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/octet-stream\r\ncontent-length: 50000\r\n\r\n`,
    );
    socket.write(Buffer.from(named));
    await expect.poll(uploads).toHaveLength(1);
    socket.destroy();
    await expect.poll(uploads).toEqual([]);
    expect(await jobs()).toHaveLength(before);
    expect(await versionsOf('tiny')).toEqual([1, 2, 3]);
  });
});

describe('POST /models/{model}/versions with a graph of TensorFlow', () => {
  const plain = { classes: ['dark', 'bright'], preprocessing: { preset: 'plain' } };

  /** A form that asks for eight bits. */
  function form(quantise: object, ...parts: [string, Uint8Array][]): request.Test {
    const call = post('eight')
      .set('prefer', 'wait=60')
      .field('request', JSON.stringify({ ...plain, quantise }))
      .attach('model', brightnessFrozen(), 'frozen.pb');
    for (const [part, bytes] of parts) void call.attach(part, Buffer.from(bytes), 'images.zip');
    return call;
  }

  it('takes a frozen graph as the body, and a graph model of TensorFlow.js in a ZIP file', async () => {
    const { json, shard } = brightnessTfjs();
    const packed = zip([
      { name: 'web/model.json', data: json },
      { name: 'web/group1-shard1of1.bin', data: shard },
    ]);
    const asBody = send('graphs', brightnessFrozen(true)).query({
      classes: 'dark,bright',
      preset: 'plain',
      shape: '4,4,1',
    });
    const asForm = post('graphs')
      .field('request', JSON.stringify(plain))
      .attach('model', packed, 'web.zip')
      .attach('golden:dark', await ofLevel(100), 'a.png');
    for (const [at, call] of [asBody, asForm].entries()) {
      const { body } = await call.set('prefer', 'wait=60').expect(201);
      expect(body).toMatchObject({
        version: at + 1,
        runtime: 'onnx',
        signature: {
          input: { layout: 'NCHW', shape: [1, 4, 4] },
          output: { kind: 'probabilities' },
        },
      });
      const answer = await request(server.url)
        .post(`/models/graphs/versions/${at + 1}/predict`)
        .set('content-type', 'image/png')
        .send(await ofLevel(160))
        .expect(200);
      expect(answer.body.predictions).toMatchObject([{ label: 'bright' }]);
    }
  });

  it('says what a graph leaves open, and keeps no version of it', async () => {
    const call = send('open', brightnessFrozen(true)).query({
      classes: 'dark,bright',
      preset: 'plain',
    });
    const { body } = await call.set('prefer', 'wait=60').expect(422);
    expect(body.error).toMatchObject({
      code: 'GLIMPSE_MODEL_UNSUPPORTED',
      message: expect.stringContaining('or its whole shape'),
    });
    expect(await versionsOf('open')).toEqual([]);
  });

  it('puts it in eight bits by images that come with it, where it answers as before', async () => {
    const images = await Promise.all(
      Array.from({ length: 64 }, async (_, at) => ({
        name: `photos/${at}.png`,
        data: await ofLevel(at % 2 === 0 ? 60 + at / 2 : 170 + at / 2),
      })),
    );
    const { body } = await form({ minAgreement: 0.9 }, ['calibration', zip(images)]).expect(201);
    expect(body.quantisation).toMatchObject({
      method: 'static-qdq',
      comparedOn: 32,
      calibratedOn: { examples: 32 },
    });
    const few = await form({}, ['calibration', zip(images.slice(0, 10))]).expect(422);
    expect(few.body.error).toMatchObject({ code: 'GLIMPSE_NOT_QUANTISABLE' });
    const none = await form({}).expect(400);
    expect(none.body.error.message).toContain('to quantise needs examples');
    const both = await form({ dataset: { uri: 'sample:' } }, ['calibration', zip(images)]);
    expect([both.status, both.body.error.message]).toEqual([
      400,
      expect.stringContaining('as well'),
    ]);
    expect(await versionsOf('eight')).toEqual([1]);
  });
});
