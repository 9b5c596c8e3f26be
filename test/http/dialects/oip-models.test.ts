import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyDraft, tinyPixels } from '../../support/tiny-version.ts';
import { closeServers, openServer, type TestServer } from '../../support/server.ts';
import { callOip, inferJson } from './oip-calls.ts';

let server: TestServer;
beforeAll(async () => {
  const versions = [await tinyDraft(), await tinyDraft({ shift: 2, label: 'candidate' })];
  server = await openServer({ versions });
  await server.repository.setLabel({ model: 'digits', label: 'production', version: 1 });
  await server.registry.refresh('digits');
});
afterAll(closeServers);

const call = (path: string, init?: Parameters<typeof fetch>[1]) => callOip(server.url, path, init);
const infer = (request: object, path = 'digits') => inferJson(server.url, path, request);

/** The pixels of two images, left and bright. */
const pixels = {
  name: 'pixels',
  datatype: 'UINT8',
  shape: [2, 4],
  data: [...tinyPixels.left, ...tinyPixels.bright],
};

const post = (path: string, body?: object) =>
  call(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: body ? JSON.stringify(body) : null,
  });

describe('OIP: what a server and its models are', () => {
  it('names itself and its extensions, with a slash and without one', async () => {
    for (const path of ['', '/']) {
      expect(await call(path)).toMatchObject({
        status: 200,
        json: {
          name: 'glimpse',
          version: expect.stringMatching(/^\d/),
          extensions: expect.arrayContaining(['binary_tensor_data', 'classification']),
        },
      });
    }
  });

  it('is live and ready, and each model, version and label by itself', async () => {
    expect(await call('/health/live')).toMatchObject({ status: 200, json: { live: true } });
    expect(await call('/health/ready')).toMatchObject({ status: 200, json: { ready: true } });
    for (const path of ['', '/versions/1', '/versions/2', '/versions/candidate']) {
      expect(await call(`/models/digits${path}/ready`)).toMatchObject({
        status: 200,
        json: { name: 'digits', ready: true },
      });
    }
  });

  it('describes what a model takes and gives, and which versions there are', async () => {
    const expected = {
      name: 'digits',
      versions: ['1', '2'],
      platform: 'onnx_onnxv1',
      inputs: [{ name: 'image', datatype: 'FP32', shape: [-1, 1, 2, 2] }],
      outputs: [{ name: 'logits', datatype: 'FP32', shape: [-1, 3] }],
    };
    for (const path of ['', '/versions/2', '/versions/production']) {
      expect(await call(`/models/digits${path}`)).toMatchObject({ status: 200, json: expected });
    }
  });

  it.each([
    ['/models/letters', 404, 'There is no model "letters".'],
    ['/models/letters/ready', 404, 'There is no model "letters".'],
    ['/models/digits/versions/7', 404, 'Model "digits" has no version 7.'],
    ['/models/digits/versions/7/ready', 404, 'Model "digits" has no version 7.'],
    ['/models/digits/versions/nightly', 404, 'Model "digits" has no label "nightly".'],
    ['/models/a%2Fb', 400, 'The model "a/b" is not usable'],
    ['/nothing', 404, 'There is no GET /v2/nothing.'],
  ])('answers %s with %d and one sentence', async (path, status, sentence) => {
    expect(await call(path)).toMatchObject({
      status,
      json: { error: expect.stringContaining(sentence) },
    });
  });

  it('answers a wrong verb with 405, the right ones, and a body of its own', async () => {
    const { status, json, headers } = await call('/models/digits/infer');
    expect([status, headers.get('allow')]).toEqual([405, 'POST']);
    expect(json).toEqual({ error: '/v2/models/digits/infer takes POST, not GET.' });
    expect(headers.get('glimpse-error-code')).toBe('GLIMPSE_METHOD_NOT_ALLOWED');
    expect((await call('/health/live', { method: 'POST' })).status).toBe(405);
  });
});

describe('OIP: the extensions of Triton', () => {
  it('configures clients by the same shapes without the batch, whose bound it tells', async () => {
    for (const path of ['', '/versions/1']) {
      expect(await call(`/models/digits${path}/config`)).toMatchObject({
        status: 200,
        json: {
          name: 'digits',
          platform: 'onnx_onnxv1',
          max_batch_size: 256,
          input: [{ name: 'image', data_type: 'TYPE_FP32', dims: [1, 2, 2] }],
          output: [{ name: 'logits', data_type: 'TYPE_FP32', dims: [3] }],
        },
      });
    }
  });

  it('lists every version of the repository, with its state', async () => {
    const entry = { name: 'digits', state: 'READY', reason: '' };
    expect((await post('/repository/index', { ready: 'yes' })).status).toBe(400);
    for (const body of [undefined, {}, { ready: true }]) {
      expect((await post('/repository/index', body)).json).toEqual([
        { ...entry, version: '1' },
        { ...entry, version: '2' },
      ]);
    }
  });

  it('reads the repository when a model is to be loaded, and takes no files from callers', async () => {
    expect(await post('/repository/models/digits/load')).toMatchObject({ status: 200, json: {} });
    expect(await post('/repository/models/letters/load', {})).toMatchObject({
      status: 404,
      json: { error: 'There is no model "letters".' },
    });
    const foreign = { parameters: { 'file:1/model.onnx': 'AAAA' } };
    expect(await post('/repository/models/digits/load', foreign)).toMatchObject({
      status: 400,
      json: { error: expect.stringContaining('file:1/model.onnx') },
    });
  });

  it.each(['load', 'unload'])('refuses to %s with parameters that are no object', async (verb) => {
    expect(await post(`/repository/models/digits/${verb}`, { parameters: [] })).toMatchObject({
      status: 400,
      json: { error: expect.stringContaining('"parameters" must be an object') },
    });
  });

  it('unloads nothing where the repository decides what is loaded', async () => {
    expect(await post('/repository/models/digits/unload', {})).toMatchObject({
      status: 409,
      json: { error: expect.stringContaining('GLIMPSE_MODEL_CONTROL') },
    });
  });

  it('counts calls, images and runs by the version that answered, and failures of their own', async () => {
    const before = (await call('/models/digits/versions/1/stats')).json.model_stats[0];
    await infer({ inputs: [pixels] }, 'digits/versions/1');
    await infer({ inputs: [{ ...pixels, name: 'x' }] }, 'digits/versions/1');
    const [after] = (await call('/models/digits/versions/production/stats')).json.model_stats;
    expect(after).toMatchObject({ name: 'digits', version: '1' });
    expect(after.inference_count - before.inference_count).toBe(2);
    expect(after.execution_count - before.execution_count).toBe(1);
    expect(after.inference_stats.success.count - before.inference_stats.success.count).toBe(1);
    expect(after.inference_stats.fail.count - before.inference_stats.fail.count).toBe(1);
    expect(after.inference_stats.compute_infer.ns).toBeGreaterThan(0);
    expect(after.last_inference).toBeGreaterThan(Date.now() - 60_000);
    expect(after.batch_stats.map((one: { batch_size: number }) => one.batch_size)).toContain(2);
    const all = (await call('/models/stats')).json.model_stats;
    expect(all.map((one: { version: string }) => one.version)).toEqual(['1', '2']);
    expect((await call('/models/letters/stats')).status).toBe(404);
  });
});
