import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Compile } from 'typebox/schema';
import { parse } from 'yaml';
import { Type } from '../../src/schema/builder.ts';
import { closeServers, openServer, type TestServer } from '../support/server.ts';
import { tinyDraft, tinyPixels } from '../support/tiny-version.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let server: TestServer;
let shapes: Record<string, object>;

beforeAll(async () => {
  const text = await readFile(join(import.meta.dirname, '../../openapi.yaml'), 'utf8');
  // TypeBox resolves references by bare name.
  const contract = parse(text.replaceAll('#/components/schemas/', ''));
  shapes = closed(contract.components.schemas) as Record<string, object>;
  server = await openServer({
    versions: [
      await tinyDraft({ label: 'production' }),
      await tinyDraft({ onnx: Buffer.from('this is no graph') }),
    ],
  });
});
afterAll(closeServers);

/** Every described object, with no room for fields that are not described. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, at]) => [key, closed(at)]));
  const isOpen = 'properties' in schema && !('additionalProperties' in schema);
  return isOpen ? { ...inner, additionalProperties: false } : inner;
}

function expectShape(name: string, value: unknown): void {
  const check = Compile(shapes, Type.Unsafe({ $ref: name }));
  expect(check.Errors(value), name).toEqual([true, []]);
}

const ask = (path: string, instances: unknown[]) =>
  request(server.url).post(path).send({ instances });
const get = async (path: string): Promise<unknown> => (await request(server.url).get(path)).body;

describe('answers are what openapi.yaml says, without a field more', () => {
  it.each([
    ['/livez', 'Health'],
    ['/readyz', 'Health'],
    ['/models', 'ModelList'],
    ['/models/digits', 'Model'],
    ['/models/digits/versions/1', 'Version'],
    ['/models/digits/versions/2', 'Version'],
    ['/train', 'JobList'],
    ['/train/none', 'ErrorAnswer'],
    ['/nothing', 'ErrorAnswer'],
  ])('GET %s is a %s', async (path, shape) => {
    expectShape(shape, await get(path));
  });

  it('POST /predict, whole and partial, right and wrong', async () => {
    expectShape('PredictAnswer', (await ask('/predict', [tinyPixels.dark])).body);
    const partial = await ask('/predict?partial=true', [tinyPixels.dark, [1], { b64: '!' }]);
    expect(partial.status).toBe(200);
    expectShape('PredictAnswer', partial.body);
    expectShape('ErrorAnswer', (await ask('/predict', [[1]])).body);
  });

  it('labels that were moved', async () => {
    const call = request(server.url).put('/models/digits/labels/canary').send({ version: 1 });
    expectShape('Labels', (await call.expect(200)).body);
  });

  it('a job, from its beginning to its end', async () => {
    const csv = Array.from(
      { length: 40 },
      (_, i) => `${i % 2},${i % 2 ? '255,255,0,0' : '0,0,255,255'}`,
    );
    const { body } = await request(server.url)
      .post('/train')
      .field('request', JSON.stringify({ model: 'pairs', epochs: 2, dataset: { labelColumn: 0 } }))
      .attach('data', Buffer.from(csv.join('\n')), 'pairs.csv')
      .expect(202);
    expectShape('Job', body);
    const state = async (): Promise<string> =>
      (await request(server.url).get(`/train/${body.id}`)).body.state;
    await expect.poll(state, { timeout: 40_000 }).toMatch(/succeeded|failed/);
    expectShape('Job', await get(`/train/${body.id}`));
    expect(await state()).toBe('succeeded');
  });
});
