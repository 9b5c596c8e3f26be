import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { renderContract } from '../../scripts/contract.ts';

interface Operation {
  readonly summary?: string;
  readonly tags?: string[];
  readonly responses: Record<string, { content?: Record<string, { schema: object }> }>;
}
interface Contract {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, object> };
}

let text: string;
let contract: Contract;
beforeAll(async () => {
  text = await renderContract();
  contract = parse(text);
});

const operations = () =>
  Object.entries(contract.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

describe('openapi.yaml', () => {
  it('is what the code says (npm run openapi writes it)', async () => {
    const committed = await readFile(join(import.meta.dirname, '../../openapi.yaml'), 'utf8');
    expect(committed).toBe(text);
  });

  it('has every call of the product and no other', () => {
    expect(
      operations()
        .map(({ path, method }) => `${method} ${path}`)
        .toSorted(),
    ).toEqual(
      [
        'post /predict',
        'post /models/{model}/predict',
        'post /models/{model}/versions/{version}/predict',
        'post /models/{model}/versions/{version}/evaluate',
        'post /models/{model}/labels/{label}/predict',
        'get /models',
        'get /models/{model}',
        'get /models/{model}/versions/{version}',
        'put /models/{model}/labels/{label}',
        'delete /models/{model}/labels/{label}',
        'post /train',
        'get /train',
        'get /train/{id}',
        'get /train/{id}/events',
        'get /train/{id}/logs',
        'delete /train/{id}',
        'post /datasets',
        'get /datasets',
        'get /datasets/{name}',
        'get /datasets/{name}/{digest}',
        'get /livez',
        'get /readyz',
        'get /health',
        'get /ping',
        'get /metrics',
      ].toSorted(),
    );
  });

  it('says of every call what it is for, and gives its errors the one shape', () => {
    for (const { path, operation } of operations()) {
      expect(operation.summary, path).toMatch(/[.?]$/);
      expect(operation.tags, path).toHaveLength(1);
      for (const [status, { content = {} }] of Object.entries(operation.responses)) {
        if (Number(status) < 400 || path === '/readyz') continue;
        if (['/health', '/ping'].includes(path)) continue;
        expect(content['application/json']?.schema, `${path} ${status}`).toEqual({
          $ref: '#/components/schemas/ErrorAnswer',
        });
      }
    }
  });

  it('refers only to shapes that it has', () => {
    const references = [...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map(
      ([, name]) => name!,
    );
    const known = Object.keys(contract.components.schemas);
    expect(references.filter((name) => !known.includes(name))).toEqual([]);
    expect(known.filter((name) => name.startsWith('Schema'))).toEqual([]);
  });
});
