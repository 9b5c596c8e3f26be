import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { renderContract } from '../../scripts/contract.ts';

type Node = Record<string, unknown>;
interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: string[];
  readonly requestBody?: { content: Record<string, { schema: Node }> };
  readonly responses: Record<string, { $ref?: string; content?: Record<string, { schema: Node }> }>;
}
interface Contract {
  readonly info: Node;
  readonly servers: Node[];
  readonly tags: { name: string; description?: string }[];
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: {
    readonly schemas: Record<string, Node>;
    readonly responses: Record<string, { content: Record<string, { schema: Node }> }>;
  };
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

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every object in a document. */
function nodesIn(value: unknown): Node[] {
  if (Array.isArray(value)) return value.flatMap(nodesIn);
  return isNode(value) ? [value, ...Object.values(value).flatMap(nodesIn)] : [];
}

/** Where in a document an object or a union is described in place. */
function namelessIn(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((one, at) => namelessIn(one, `${path}/${at}`));
  if (!isNode(value)) return [];
  const isNameless =
    (isNode(value['properties']) && value['type'] === 'object') || 'oneOf' in value;
  const inner = Object.entries(value).flatMap(([key, one]) => namelessIn(one, `${path}/${key}`));
  return isNameless ? [path, ...inner] : inner;
}

const choices = (node: Node): Node[] => [node['anyOf'], node['oneOf']].flat().filter(isNode);

describe('openapi.yaml', () => {
  it('bounds every number of a query, a path or a header by what its text may say', () => {
    const parameters = nodesIn(contract.paths).filter(
      ({ in: place, schema }) => typeof place === 'string' && isNode(schema),
    );
    const numbers = parameters.filter(({ schema }) => (schema as Node)['type'] === 'integer');
    expect(numbers.length).toBeGreaterThan(20);
    for (const { name, schema } of numbers) {
      const { maximum } = schema as { maximum?: number };
      expect(maximum, String(name)).toBeLessThanOrEqual(999_999_999_999_999);
    }
  });

  it('is what the code says (npm run openapi writes it)', async () => {
    const committed = await readFile(join(import.meta.dirname, '../../openapi.yaml'), 'utf8');
    expect(committed).toBe(text);
  });

  it('has every call of the product and no other, each under the name that clients know it by', () => {
    expect(
      Object.fromEntries(
        operations().map(({ path, method, operation }) => [
          `${method} ${path}`,
          operation.operationId,
        ]),
      ),
    ).toEqual({
      'post /predict': 'predict',
      'post /models/{model}/predict': 'predictWithModel',
      'post /models/{model}/versions/{version}/predict': 'predictWithVersion',
      'post /models/{model}/labels/{label}/predict': 'predictWithLabel',
      'get /v2': 'oipGetServer',
      'get /v2/health/live': 'oipLive',
      'get /v2/health/ready': 'oipReady',
      'get /v2/models/{model}': 'oipGetModel',
      'get /v2/models/{model}/versions/{version}': 'oipGetModelVersion',
      'get /v2/models/{model}/ready': 'oipModelReady',
      'get /v2/models/{model}/versions/{version}/ready': 'oipModelVersionReady',
      'get /v2/models/{model}/config': 'oipGetModelConfiguration',
      'get /v2/models/{model}/versions/{version}/config': 'oipGetModelVersionConfiguration',
      'get /v2/models/stats': 'oipGetStatistics',
      'get /v2/models/{model}/stats': 'oipGetModelStatistics',
      'get /v2/models/{model}/versions/{version}/stats': 'oipGetModelVersionStatistics',
      'post /v2/repository/index': 'oipRepositoryIndex',
      'post /v2/repository/models/{model}/load': 'oipLoadModel',
      'post /v2/repository/models/{model}/unload': 'oipUnloadModel',
      'post /v2/models/{model}/infer': 'oipInfer',
      'post /v2/models/{model}/versions/{version}/infer': 'oipInferVersion',
      'get /': 'kserveLive',
      'get /v1/models': 'tfservingListModels',
      'get /v1/models/{model}': 'tfservingModelStatus',
      'get /v1/models/{model}/versions/{version}': 'tfservingVersionStatus',
      'get /v1/models/{model}/labels/{label}': 'tfservingLabelStatus',
      'get /v1/models/{model}/metadata': 'tfservingMetadata',
      'get /v1/models/{model}/versions/{version}/metadata': 'tfservingVersionMetadata',
      'get /v1/models/{model}/labels/{label}/metadata': 'tfservingLabelMetadata',
      'post /v1/models/{model}:predict': 'tfservingPredict',
      'post /v1/models/{model}/versions/{version}:predict': 'tfservingPredictWithVersion',
      'post /v1/models/{model}/labels/{label}:predict': 'tfservingPredictWithLabel',
      'post /v1/models/{model}:classify': 'tfservingClassify',
      'post /v1/models/{model}/versions/{version}:classify': 'tfservingClassifyWithVersion',
      'post /v1/models/{model}/labels/{label}:classify': 'tfservingClassifyWithLabel',
      'post /v1/models/{model}:regress': 'tfservingRegress',
      'post /v1/models/{model}/versions/{version}:regress': 'tfservingRegressWithVersion',
      'post /v1/models/{model}/labels/{label}:regress': 'tfservingRegressWithLabel',
      'post /invocations': 'invoke',
      'post /endpoints/{model}/invocations': 'invokeEndpoint',
      'get /execution-parameters': 'sagemakerExecutionParameters',
      'get /version': 'scoringVersion',
      'post /predictions/{model}': 'torchservePredict',
      'post /predictions/{model}/{version}': 'torchservePredictWithVersion',
      'put /predictions/{model}': 'torchservePutPredict',
      'put /predictions/{model}/{version}': 'torchservePutPredictWithVersion',
      'post /models/{model}/versions/{version}/evaluate': 'evaluateVersion',
      'delete /models/{model}': 'deleteModel',
      'post /models/{model}/restore': 'restoreModel',
      'delete /models/{model}/versions/{version}': 'deleteVersion',
      'post /models/{model}/versions/{version}/restore': 'restoreVersion',
      'delete /datasets/{name}/{digest}': 'deleteDataset',
      'post /datasets/{name}/{digest}/restore': 'restoreDataset',
      'post /models/{model}/load': 'loadModel',
      'post /models/{model}/unload': 'unloadModel',
      'post /models/{model}/versions/{version}/load': 'loadVersion',
      'post /models/{model}/versions/{version}/unload': 'unloadVersion',
      'get /models': 'listModels',
      'get /models/{model}': 'getModel',
      'get /models/{model}/versions/{version}': 'getVersion',
      'get /models/{model}/versions/{version}/card': 'getModelCard',
      'post /models/{model}/versions': 'uploadVersion',
      'get /models/{model}/versions/{version}/export': 'exportVersion',
      'post /models/{model}/refresh': 'refreshModel',
      'post /models/{model}/rollback': 'rollBack',
      'get /models/{model}/approvals': 'listApprovals',
      'post /models/{model}/approvals/{id}': 'decideApproval',
      'get /models/{model}/history': 'getModelHistory',
      'get /models/{model}/traffic': 'getTraffic',
      'put /models/{model}/traffic': 'setTraffic',
      'get /models/{model}/policy': 'getPolicy',
      'put /models/{model}/policy': 'setPolicy',
      'put /models/{model}/labels/{label}': 'setLabel',
      'delete /models/{model}/labels/{label}': 'removeLabel',
      'post /feedback': 'giveFeedback',
      'post /models/{model}/versions/{version}/replay': 'replayPredictions',
      'get /models/{model}/review': 'reviewPredictions',
      'get /models/{model}/predictions/{id}/image': 'getPredictionImage',
      'post /train': 'startTraining',
      'get /train': 'listJobs',
      'get /train/{id}': 'getJob',
      'get /train/{id}/events': 'followJob',
      'get /train/{id}/logs': 'getJobLogs',
      'get /train/{id}/sheet': 'getContactSheet',
      'delete /train/{id}': 'cancelJob',
      'post /train/{id}/publish': 'publishJob',
      'post /searches': 'startSearch',
      'get /searches': 'listSearches',
      'get /searches/{id}': 'getSearch',
      'delete /searches/{id}': 'cancelSearch',
      'post /predict-jobs': 'startPrediction',
      'post /datasets': 'importDataset',
      'get /datasets': 'listDatasets',
      'get /datasets/{name}': 'getDatasetHistory',
      'get /datasets/{name}/{digest}': 'getDataset',
      'get /livez': 'getLiveness',
      'get /readyz': 'getReadiness',
      'get /health': 'getHealth',
      'get /ping': 'ping',
      'get /metrics': 'getMetrics',
    });
  });

  it('says whose it is, where it is served, and what each tag is for', () => {
    expect(contract.info).toMatchObject({ license: { name: 'MIT', identifier: 'MIT' } });
    expect(contract.info['contact']).toBeDefined();
    expect(contract.servers).toMatchObject([{ url: '/' }]);
    expect(new Set(contract.tags.map(({ name }) => name))).toEqual(
      new Set(operations().flatMap(({ operation }) => operation.tags)),
    );
    for (const { description } of contract.tags) expect(description).toMatch(/\.$/);
  });

  it('says of every call what it is for, and gives its errors the one shape', () => {
    for (const { path, operation } of operations()) {
      expect(operation.summary, path).toMatch(/[.?]$/);
      expect(operation.description, path).toMatch(/\.$/);
      expect(operation.tags, path).toHaveLength(1);
      expect(Object.keys(operation.responses), path).toContain('400');
      const asksHealth = ['/readyz', '/health', '/ping'].includes(path) || path.endsWith('/ready');
      for (const [status, { $ref = '' }] of Object.entries(operation.responses)) {
        if (Number(status) < 400 || (asksHealth && status === '503')) continue;
        expect($ref, `${path} ${status}`).toMatch(/^#\/components\/responses\//);
      }
    }
    for (const [name, { content }] of Object.entries(contract.components.responses)) {
      // Where another API is spoken, its own shape.
      const [shape = 'ErrorAnswer'] = [
        'OipError',
        'TfServingError',
        'ScoringError',
        'TorchServeError',
      ].filter((one) => name.startsWith(one.slice(0, -5)));
      expect(content['application/json']?.schema).toEqual({
        $ref: `#/components/schemas/${shape}`,
      });
    }
  });

  it('has no schema that generators of clients choke on', () => {
    const schemas = nodesIn(contract);
    expect(
      schemas.filter((node) =>
        choices(node).some(({ type, format }) => format === 'binary' || type === 'null'),
      ),
    ).toEqual([]);
    // Of a file, which has one of bytes, clients in Go take the length of its text.
    expect(
      schemas.filter(
        (node) => node['format'] === 'binary' && ('minLength' in node || 'maxLength' in node),
      ),
    ).toEqual([]);
    expect(schemas.filter((node) => choices(node).length === 1)).toEqual([]);
    expect(schemas.filter((node) => Array.isArray(node['enum']) && !('type' in node))).toEqual([]);
    expect(schemas.filter((node) => 'const' in node || 'allOf' in node)).toEqual([]);
  });

  it('gives every object and every union a name (its title), so that no generator makes one up', () => {
    expect(
      Object.entries(contract.components.schemas).flatMap(([name, schema]) =>
        Object.entries(schema).flatMap(([key, inner]) => namelessIn(inner, `${name}/${key}`)),
      ),
    ).toEqual([]);
    expect(namelessIn(contract.paths, 'paths')).toEqual([]);
  });

  it('says each named shape once, and tells the members of a union apart by a field where they have one', () => {
    expect(
      nodesIn(contract.paths)
        .concat(nodesIn(contract.components))
        .filter(({ title }) => typeof title === 'string'),
    ).toEqual([]);
    const { Optimizer, Layer, Schedule } = contract.components.schemas;
    expect(Optimizer).toMatchObject({
      discriminator: {
        propertyName: 'name',
        mapping: { adam: '#/components/schemas/AdamOptimizer' },
      },
    });
    expect(Layer).toMatchObject({ discriminator: { propertyName: 'type' } });
    expect(Schedule).toMatchObject({ discriminator: { propertyName: 'name' } });
  });

  it('gives each word to one named list only: clients in Go have it as a constant of that name', () => {
    const words = Object.entries(contract.components.schemas).flatMap(([name, { enum: values }]) =>
      (Array.isArray(values) ? values : []).map((word) => [String(word).toUpperCase(), name]),
    );
    expect(words.length).toBeGreaterThan(20);
    const shared = words.filter(([word, name]) => words.some(([w, n]) => w === word && n !== name));
    expect(shared).toEqual([]);
  });

  it('calls no shape as clients in TypeScript call the parameters of a call', () => {
    const names = operations().map(({ operation: { operationId: id = '' } }) => id);
    const taken = names.map((id) => `${id.slice(0, 1).toUpperCase()}${id.slice(1)}Request`);
    expect(taken.filter((name) => name in contract.components.schemas)).toEqual([]);
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
