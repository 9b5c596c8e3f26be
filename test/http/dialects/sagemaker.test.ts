import { cp, mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKey } from '../../../src/access/api-key.ts';
import { changeKeyFile } from '../../../src/access/key-file.ts';
import type { Scope } from '../../../src/access/scopes.ts';
import { withHostedModel } from '../../../src/compose/sagemaker/hosted-config.ts';
import { readConfig } from '../../../src/config.ts';
import { closeServers, openServer, type TestServer } from '../../support/server.ts';
import { tinyPixels, tinyPng, tinyScores, type TinyClass } from '../../support/tiny-version.ts';

let server: TestServer;
let left: Buffer;

beforeAll(async () => {
  left = await tinyPng('left');
  server = await openServer({
    env: { SAGEMAKER_MAX_CONCURRENT_TRANSFORMS: '8', SAGEMAKER_MAX_PAYLOAD_IN_MB: '6' },
  });
});
afterAll(closeServers);

const invoke = (type: string, body: string | Buffer, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/invocations`, {
    method: 'POST',
    headers: { 'content-type': type, ...headers },
    body,
  });
const get = (path: string) => request(server.url).get(path).expect(200);
const near = (name: TinyClass) => tinyScores(name).map((score) => expect.closeTo(score, 5));
const cells = (name: TinyClass): string => tinyPixels[name].map((pixel) => pixel / 255).join(',');
const tensor = (name: TinyClass): number[] => tinyPixels[name].map((pixel) => pixel / 255);

describe('POST /invocations', () => {
  it.each<[string, () => string | Buffer, TinyClass[]]>([
    ['image/png', () => left, ['left']],
    ['application/x-image', () => left, ['left']],
    ['application/octet-stream', () => left, ['left']],
    ['application/octet-stream', () => JSON.stringify({ instances: [tensor('dark')] }), ['dark']],
    [
      'application/json',
      () => JSON.stringify({ instances: [tensor('left'), { b64: left.toString('base64') }] }),
      ['left', 'left'],
    ],
    [
      'application/json; charset=UTF-8',
      () => JSON.stringify({ inputs: [tensor('dark')] }),
      ['dark'],
    ],
    [
      'application/json',
      () =>
        JSON.stringify({
          dataframe_split: { columns: ['a', 'b', 'c', 'd'], data: [tensor('left')] },
        }),
      ['left'],
    ],
    [
      'application/json',
      () => JSON.stringify({ dataframe_records: [{ image: left.toString('base64') }] }),
      ['left'],
    ],
    ['text/csv', () => `a,b,c,d\n${cells('left')}\n${cells('dark')}\n`, ['left', 'dark']],
    ['application/csv;charset=utf-8', () => cells('bright'), ['bright']],
    ['text/csv', () => `image\n${left.toString('base64')}\n`, ['left']],
    [
      'application/jsonlines',
      () => `[${cells('left')}]\n{"b64":"${left.toString('base64')}"}\n`,
      ['left', 'left'],
    ],
  ])('takes %s', async (type, body, names) => {
    const answer = await invoke(type, body());
    expect([answer.status, await answer.json()]).toEqual([200, { predictions: names.map(near) }]);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  });

  it('answers in the type that is liked best, and sends custom attributes back', async () => {
    const rows = `${cells('left')}\n${cells('dark')}`;
    const attributes = { 'x-amzn-sagemaker-custom-attributes': 'trace=7' };
    const csv = await invoke('text/csv', rows, { accept: 'text/csv', ...attributes });
    expect(csv.headers.get('content-type')).toMatch(/^text\/csv/);
    expect(csv.headers.get('x-amzn-sagemaker-custom-attributes')).toBe('trace=7');
    const lines = (await csv.text()).split('\n');
    expect(lines[2]).toBe('');
    expect(lines.slice(0, 2).map((line) => line.split(',').map(Number))).toEqual([
      near('left'),
      near('dark'),
    ]);
    const jsonLines = await invoke('text/csv', rows, { accept: 'application/jsonlines' });
    expect(
      (await jsonLines.text())
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([near('left'), near('dark')]);
  });

  it.each<[string, string, number, string, RegExp, Record<string, string>?]>([
    ['application/pdf', 'x', 415, 'BAD_REQUEST', /application\/pdf/],
    ['text/csv; charset=iso-8859-1', '1,2', 415, 'BAD_REQUEST', /text\/csv in iso-8859-1/],
    ['text/csv; charset=utf-8; charset=utf-16', '1,2', 415, 'BAD_REQUEST', /text\/csv in utf-16/],
    ['application/json', '{"instances":[[NaN]]}', 400, 'BAD_REQUEST', /holds NaN/],
    ['application/json', '[[1]]', 400, 'BAD_REQUEST', /must be a JSON object/],
    ['application/json', '{"instances":[[1,2]]}', 400, 'BAD_REQUEST', /has the shape \[2\]/],
    ['text/csv', '1,2,3,4\n1,2', 400, 'BAD_REQUEST', /row 1 has 2 values/],
    ['text/csv', 'a,b', 400, 'BAD_REQUEST', /no image/],
    ['application/octet-stream', 'a=1&b=2', 415, 'BAD_REQUEST', /form fields|image format/],
    ['image/png', 'x', 415, 'BAD_REQUEST', /image format/],
    [
      'text/csv',
      '1,2,3,4',
      406,
      'BAD_REQUEST',
      /answers application\/json/,
      { accept: 'image/png' },
    ],
  ])('refuses %s %j', async (type, body, status, code, sentence, headers = {}) => {
    const answer = await invoke(type, body, headers);
    expect([answer.status, await answer.json()]).toEqual([
      status,
      { error_code: code, message: expect.stringMatching(sentence) },
    ]);
  });

  it('answers for the model of an endpoint, signed for AWS or not', async () => {
    for (const authorization of [undefined, 'AWS4-HMAC-SHA256 Credential=x, Signature=y']) {
      const answer = await fetch(`${server.url}/endpoints/digits/invocations`, {
        method: 'POST',
        headers: { 'content-type': 'image/png', ...(authorization && { authorization }) },
        body: left,
      });
      expect([answer.status, await answer.json()]).toEqual([200, { predictions: [near('left')] }]);
    }
    const none = await fetch(`${server.url}/endpoints/none/invocations`, {
      method: 'POST',
      body: left,
    });
    expect([none.status, await none.json()]).toEqual([
      404,
      { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'There is no model "none".' },
    ]);
  });

  it('takes a large image as it is', async () => {
    const large = Buffer.concat([left, Buffer.alloc(2 * 1024 * 1024)]);
    const answer = await invoke('image/png', large);
    expect([answer.status, await answer.json()]).toEqual([200, { predictions: [near('left')] }]);
  });

  it('reads a large table on a thread', async () => {
    const rows = Array.from({ length: 200 }, () => cells('dark')).join('\n');
    const padded = rows + ' '.repeat(300_000);
    const answer = await invoke('text/csv', padded);
    const { predictions } = (await answer.json()) as { predictions: unknown[] };
    expect(predictions).toHaveLength(200);
    expect(predictions[199]).toEqual(near('dark'));
  });
});

describe('what a platform asks', () => {
  it('is answered: execution parameters, version, ping and health', async () => {
    expect((await get('/execution-parameters')).text).toBe(
      '{"MaxConcurrentTransforms":8,"BatchStrategy":"MULTI_RECORD","MaxPayloadInMB":6}',
    );
    expect((await get('/version')).text).toMatch(/^\d+\.\d+\.\d+/);
    await get('/ping');
    await get('/health');
  });
});

describe('the model of an endpoint', () => {
  it('is served from where SageMaker puts it: a version, or a repository', async () => {
    const { folder } = server;
    const env = {
      GLIMPSE_DATA_DIR: join(folder, 'hosted'),
      GLIMPSE_SAGEMAKER_MODEL_DIR: join(folder, 'opt'),
    };
    const version = { ...readConfig(env) };
    expect(await withHostedModel(version)).toEqual(version);
    await mkdir(join(folder, 'opt'));
    expect(await withHostedModel(version)).toEqual(version);
    await cp(join(folder, 'models', 'digits', '1'), join(folder, 'opt'), { recursive: true });
    const hosted = await withHostedModel({ ...version, GLIMPSE_DEFAULT_MODEL: 'other' });
    expect(hosted).toMatchObject({
      GLIMPSE_REPOSITORY: join(folder, 'hosted', 'sagemaker-model'),
      GLIMPSE_DEFAULT_MODEL: 'digits',
    });
    const models = { ...version, GLIMPSE_SAGEMAKER_MODEL_DIR: join(folder, 'models') };
    expect(await withHostedModel(models)).toMatchObject({
      GLIMPSE_REPOSITORY: join(folder, 'models'),
    });
    const nothing = { ...version, GLIMPSE_SAGEMAKER_MODEL_DIR: join(folder, 'data') };
    await expect(withHostedModel(nothing)).rejects.toThrow('holds neither a version');
  });
});

describe('an endpoint of several models', () => {
  let endpoint: TestServer;
  let root: string;
  beforeAll(async () => {
    const folder = join(server.folder, 'endpoint');
    root = join(folder, 'opt');
    await cp(join(server.folder, 'models', 'digits', '1'), join(root, 'a', 'model'), {
      recursive: true,
    });
    await cp(join(root, 'a'), join(root, 'b'), { recursive: true });
    await rm(join(root, 'b', 'model', 'model.onnx'));
    await mkdir(join(root, 'empty', 'model'), { recursive: true });
    await symlink(server.folder, join(root, 'link'));
    endpoint = await openServer({
      versions: [],
      env: {
        SAGEMAKER_MULTI_MODEL: 'true',
        GLIMPSE_SAGEMAKER_MODELS_DIR: root,
        GLIMPSE_MAX_LOADED_BYTES: String(12 * 1024 * 1024),
      },
      hosted: true,
    });
  });

  const load = (name: string, url = join(root, 'a', 'model')) =>
    request(endpoint.url).post('/models').send({ model_name: name, url });
  const image = (name: string) =>
    request(endpoint.url)
      .post(`/models/${name}/invoke`)
      .set('content-type', 'application/x-image')
      .set('x-amzn-sagemaker-target-model', 'a.tar.gz')
      .send(left);
  const hash = 'a'.repeat(70);

  it('is live without any', async () => {
    expect(endpoint.readiness()).toEqual({ ready: true, reasons: [] });
    await request(endpoint.url).get('/ping').expect(200);
    expect((await request(endpoint.url).get('/models').expect(200)).text).toBe('{"models":[]}');
  });

  it('loads, lists, describes, invokes and unloads them', async () => {
    const url = join(root, 'a', 'model');
    await load(hash).expect(200);
    const listed = await request(endpoint.url).get('/models').expect(200);
    expect(listed.body).toEqual({ models: [{ modelName: hash, modelUrl: url }] });
    const one = await request(endpoint.url).get(`/models/${hash}`).expect(200);
    expect(one.body).toEqual({ modelName: hash, modelUrl: url });
    expect((await image(hash).expect(200)).body).toEqual({ predictions: [near('left')] });
    expect((await load(hash).expect(409)).body.error_code).toBe('RESOURCE_ALREADY_EXISTS');
    await request(endpoint.url).delete(`/models/${hash}`).expect(200);
    const states = endpoint.registry.describe().flatMap(({ versions }) => versions);
    expect(states.filter(({ state }) => state !== 'UNLOADED')).toEqual([]);
    for (const answer of [
      image(hash),
      request(endpoint.url).get(`/models/${hash}`),
      request(endpoint.url).delete(`/models/${hash}`),
    ]) {
      expect((await answer.expect(404)).body.error_code).toBe('RESOURCE_DOES_NOT_EXIST');
    }
  });

  it('loads a name once, also when it is asked for twice at the same time', async () => {
    const answers = await Promise.all([load('twice'), load('twice')]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 409]));
    await request(endpoint.url).delete('/models/twice').expect(200);
  });

  it('answers 507 where one does not fit in, and takes it when another has left', async () => {
    await load('first').expect(200);
    expect((await load('second').expect(507)).body.error_code).toBe('RESOURCE_EXHAUSTED');
    await image('second').expect(404);
    await request(endpoint.url).delete('/models/first').expect(200);
    await load('second').expect(200);
    await image('second').expect(200);
    await request(endpoint.url).delete('/models/second').expect(200);
  });

  it.each<[string, () => string, number, RegExp]>([
    ['outside', () => join(server.folder, 'models', 'digits', '1'), 403, /lies outside/],
    ['through a link', () => join(root, 'link', 'models', 'digits', '1'), 403, /lies outside/],
    ['up', () => `${root}/a/../../models`, 403, /lies outside/],
    ['nowhere', () => join(root, 'none'), 403, /is not there/],
    ['without a version', () => join(root, 'empty', 'model'), 422, /holds 0 versions/],
    ['without its file', () => join(root, 'b', 'model'), 422, /is not in the store/],
  ])('does not load a model that lies %s', async (_name, url, status, sentence) => {
    const answer = await load('x', url());
    expect([answer.status, answer.body.message]).toEqual([status, expect.stringMatching(sentence)]);
    await image('x').expect(404);
  });

  it('refuses calls that are none, and is silent about models otherwise', async () => {
    const { body } = await request(endpoint.url).post('/models').send({ url: 'x' }).expect(400);
    expect(body.message).toContain('"model_name"');
    await request(endpoint.url).get('/models?next_page_token=x').expect(400);
    await request(endpoint.url)
      .put('/models/digits/labels/production')
      .send({ version: 1 })
      .expect(404);
  });
});

describe('an endpoint of several models that has keys', () => {
  it('loads and lists those that a key is for, and no others', async () => {
    const root = join(server.folder, 'keyed');
    await cp(join(server.folder, 'models', 'digits', '1'), join(root, 'a'), { recursive: true });
    const scopes: Scope[] = ['read', 'release'];
    const [shop, any] = [['shop-*'], ['*']].map((models) =>
      createKey({ name: models[0]!, scopes, models }, new Date()),
    );
    const file = join(server.folder, 'keys.json');
    await changeKeyFile(file, () => [shop!.stored, any!.stored]);
    const { url } = await openServer({
      versions: [],
      env: {
        SAGEMAKER_MULTI_MODEL: 'true',
        GLIMPSE_SAGEMAKER_MODELS_DIR: root,
        GLIMPSE_KEYS_FILE: file,
      },
      hosted: true,
    });
    const load = (key: string, name: string) =>
      request(url)
        .post('/models')
        .set('x-api-key', key)
        .send({ model_name: name, url: join(root, 'a') });
    await load(shop!.text, 'other').expect(403);
    await load(any!.text, 'other').expect(200);
    await load(shop!.text, 'shop-1').expect(200);
    const namesFor = async (key: string): Promise<string[]> => {
      const { body } = await request(url).get('/models').set('x-api-key', key).expect(200);
      return body.models.map(({ modelName }: { modelName: string }) => modelName);
    };
    expect(await namesFor(shop!.text)).toEqual(['shop-1']);
    expect(await namesFor(any!.text)).toEqual(['other', 'shop-1']);
  });
});
