import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { closeServers, openServer, type TestServer } from '../support/server.ts';
import { tinyPng } from '../support/tiny-version.ts';

let server: TestServer;
beforeAll(async () => {
  server = await openServer();
});
afterAll(closeServers);

interface Refused {
  readonly status: number;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly details: Record<string, unknown>;
  };
}

async function ask(method: string, path: string, init: RequestInit = {}): Promise<Refused> {
  const response = await fetch(new URL(path, server.url), { method, ...init });
  const body = (await response.json()) as Pick<Refused, 'error'>;
  return { status: response.status, error: body.error };
}

const json = (value: unknown): RequestInit => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});

const prediction = '01a21f02-1d07-7a98-bcc2-f2eb716c5d08';

/** Probes and scrapers may add parameters, and clients of other servers do, since those pass over what they do not know. */
const lenient = ['health', 'metrics', 'oip', 'tfserving', 'sagemaker', 'torchserve'];

/** Every call of the contract that does something, with a value for each name in its path. */
const calls = Object.entries(
  (parse(readFileSync(join(import.meta.dirname, '../../openapi.yaml'), 'utf8')) as Contract).paths,
).flatMap(([path, methods]) =>
  Object.entries(methods)
    .filter(([, { tags = [] }]) => !tags.some((tag) => lenient.includes(tag)))
    .map(([method]) => [method.toUpperCase(), pathOf(path)] as const),
);
function pathOf(template: string): string {
  const values: Record<string, string> = { version: '1', digest: '01234567', id: prediction };
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? name);
}
/** The body of a call, by the end of its path, where there has to be one. */
const bodies: Record<string, object> = {
  policy: { promote: 'never' },
  traffic: {},
  replay: {},
  feedback: { id: prediction, class: 'dark' },
  [prediction]: { decision: 'approve' },
  label: { version: 1 },
};
interface Contract {
  readonly paths: Record<string, Record<string, { readonly tags?: readonly string[] }>>;
}

describe('an unknown query parameter', () => {
  it('is refused by every call that does something', () => {
    expect(calls.length).toBeGreaterThan(15);
  });

  it.each(calls)('is refused by %s %s', async (method, path) => {
    const body = method === 'GET' ? undefined : bodies[path.split('/').at(-1)!];
    const init = body ? json(body) : {};
    const { status, error } = await ask(method, `${path}?frobnicate=1`, init);
    expect(status).toBe(400);
    expect(error).toMatchObject({
      code: 'GLIMPSE_INVALID_REQUEST',
      details: { in: 'querystring', path: '/frobnicate', accepted: expect.any(Array) },
    });
  });

  it('is answered with what is accepted and what was probably meant', async () => {
    const body = await tinyPng('dark');
    const { error } = await ask('POST', '/predict?topk=2', { body: Uint8Array.from(body) });
    expect(error).toEqual({
      code: 'GLIMPSE_INVALID_REQUEST',
      message:
        'The request does not fit its schema: the query string has no field called "topk"; did you mean "topK"?',
      details: {
        in: 'querystring',
        path: '/topk',
        accepted: expect.arrayContaining(['topK', 'partial']),
        nearest: 'topK',
      },
    });
    const none = await ask('POST', '/train?epochs=2', json({}));
    expect(none.error.message).toContain('has no field called "epochs"; it takes none');
    expect(none.error.details['accepted']).toEqual([]);
  });

  it('does not bother those who probe or scrape', async () => {
    for (const path of ['/livez', '/readyz', '/health', '/ping', '/metrics']) {
      const response = await fetch(new URL(`${path}?from=balancer`, server.url));
      expect({ path, status: response.status }).toEqual({ path, status: 200 });
    }
  });
});

describe('a parameter of the query or the path', () => {
  it.each(['topK=1.5', 'topK=', 'topK=true', 'topK=2&topK=3', 'topK=0x2', 'partial=yes'])(
    '%s is refused, not read as something else',
    async (query) => {
      const body = Uint8Array.from(await tinyPng('dark'));
      const { status, error } = await ask('POST', `/predict?${query}`, { body });
      expect(status).toBe(400);
      expect(error).toMatchObject({
        code: 'GLIMPSE_INVALID_REQUEST',
        details: { in: 'querystring', path: `/${query.split('=', 1)[0]}` },
      });
    },
  );

  it('is no version if it is no whole number', async () => {
    const { status, error } = await ask('GET', '/models/digits/versions/1.5');
    expect(status).toBe(400);
    expect(error.details).toEqual({ in: 'params', path: '/version' });
  });

  it.each(['partial=true&topK=1', 'partial=1', 'partial=FALSE'])('%s is taken', async (query) => {
    const body = Uint8Array.from(await tinyPng('dark'));
    const response = await fetch(new URL(`/predict?${query}`, server.url), {
      method: 'POST',
      body,
    });
    expect(response.status).toBe(200);
  });
});

describe('an unknown field of a body', () => {
  it.each([
    ['/train', { epoch: 2 }, '/epoch', 'epochs'],
    [
      '/train',
      { optimizer: { name: 'adam', learningrate: 1 } },
      '/optimizer/learningrate',
      'learningRate',
    ],
    [
      '/train',
      { architecture: { layers: [{ type: 'dense', unit: 3 }] } },
      '/architecture/layers/0/unit',
      'units',
    ],
    ['/train', { dataset: { url: 'x.csv' } }, '/dataset/url', 'uri'],
    ['/train', { schedule: { name: 'cosin' } }, '/schedule/name', 'cosine'],
    ['/datasets', { name: 'x', keepduplicates: true }, '/keepduplicates', 'keepDuplicates'],
    ['/models/digits/versions/1/evaluate', { datset: {} }, '/datset', 'dataset'],
    ['/predict', { instance: [] }, '/instance', 'instances'],
    ['/predict', { instances: [{ b46: '' }] }, '/instances/0/b46', 'b64'],
  ])('of POST %s %j is named by %s, and so is %s', async (path, value, pointer, nearest) => {
    const { status, error } = await ask('POST', path, json(value));
    expect(status).toBe(400);
    expect(error).toMatchObject({
      code: 'GLIMPSE_INVALID_REQUEST',
      details: { in: 'body', path: pointer, nearest },
    });
    expect(error.details['accepted']).toContain(nearest);
    expect(error.message).toMatch(/did you mean/);
  });

  it('is refused where a label is moved', async () => {
    const moved = json({ version: 1, vresion: 2 });
    const { status, error } = await ask('PUT', '/models/digits/labels/candidate', moved);
    expect(status).toBe(400);
    expect(error.details).toEqual({
      in: 'body',
      path: '/vresion',
      accepted: ['version', 'reason'],
      nearest: 'version',
    });
  });

  it('that belongs into the query, or is said by the path, says so', async () => {
    const asked = await ask('POST', '/predict', json({ instances: [], topK: 2 }));
    expect(asked.error.message).toContain('no field called "topK"; send it as ?topK=');
    const named = json({ dataset: { uri: 'x' }, model: 'digits' });
    const evaluated = await ask('POST', '/models/digits/versions/1/evaluate', named);
    expect(evaluated.error.message).toContain('"model"; the path of the call says it');
  });

  it('may be of any length, and is answered with its beginning', async () => {
    const { status, error } = await ask('POST', '/train', json({ ['x'.repeat(900_000)]: 1 }));
    expect(status).toBe(400);
    expect(error.details['path']).toBe(`/${'x'.repeat(100)}`);
  });
});

describe('an unknown field of a form', () => {
  it('of POST /predict is refused beside the files', async () => {
    const form = new FormData();
    form.append('image', new Blob([Uint8Array.from(await tinyPng('dark'))]), 'dark.png');
    form.append('topK', '2');
    const { status, error } = await ask('POST', '/predict', { body: form });
    expect(status).toBe(400);
    expect(error).toMatchObject({
      code: 'GLIMPSE_INVALID_REQUEST',
      details: { in: 'form', path: '/topK', accepted: [] },
    });
    expect(error.message).toContain('the form has no field called "topK"; send it as ?topK=');
    form.delete('topK');
    const { status: taken } = await fetch(new URL('/predict', server.url), {
      method: 'POST',
      body: form,
    });
    expect(taken).toBe(200);
  });

  it.each(['/train', '/datasets', '/models/digits/versions/1/evaluate'])(
    'of POST %s is refused',
    async (path) => {
      const form = new FormData();
      form.append('requst', '{}');
      const { status, error } = await ask('POST', path, { body: form });
      expect(status).toBe(400);
      expect(error).toMatchObject({
        code: 'GLIMPSE_INVALID_REQUEST',
        details: { in: 'form', path: '/requst', accepted: ['request'], nearest: 'request' },
      });
    },
  );
});
