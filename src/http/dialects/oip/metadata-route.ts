import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { errors } from '../../../errors.ts';
import type { Registry } from '../../../registry/registry.ts';
import type { Signature } from '../../../signature.ts';
import { ModelParamsSchema, errorResponsesAs, reference } from '../../schemas.ts';
import { choiceOf, type Choice } from '../answer-call.ts';
import type { DialectOptions } from '../dialect.ts';
import { oipErrorId, oipRoute, OipVersionParamsSchema } from './oip-schemas.ts';

type ModelState = ReturnType<Registry['describeModel']>;
type Params = { readonly model: string; readonly version?: string };

/** What a server and its models are, and whether they answer. */
export function registerMetadata(app: FastifyInstance, options: DialectOptions): void {
  registerServer(app, options);
  const { registry } = options;
  const notFound = errorResponsesAs(oipErrorId)(404, 503);
  for (const [path, named, params] of [
    ['/v2/models/:model', '', ModelParamsSchema],
    ['/v2/models/:model/versions/:version', 'Version', OipVersionParamsSchema],
  ] as const) {
    app.get<{ Params: Static<typeof params> }>(
      path,
      oipRoute(
        {
          operationId: `oipGetModel${named}`,
          summary: 'What a model takes and gives.',
          description: 'Its own input; "pixels" and "image" are taken beside it by every model.',
        },
        'OipModelMetadata',
        params,
        notFound,
      ),
      (request) => metadataOf(registry, request.params),
    );
    app.get<{ Params: Static<typeof params> }>(
      `${path}/ready`,
      oipRoute(
        {
          operationId: `oipModel${named}Ready`,
          summary: 'Would it answer now?',
          description: 'Decide by the status: 200, or 503.',
        },
        'OipModelReady',
        params,
        { ...notFound, 503: reference('OipModelReady', 'No.') },
      ),
      async (request, reply) => {
        const ready = await isReady(registry, request.params);
        return reply.code(ready ? 200 : 503).send({ name: request.params.model, ready });
      },
    );
  }
}

/** Extensions of the protocol that are spoken here, told truthfully. */
const extensions = ['binary_tensor_data', 'classification'];

function registerServer(app: FastifyInstance, { version, readiness }: DialectOptions): void {
  for (const [path, operationId] of [
    ['/v2', 'oipGetServer'],
    ['/v2/', 'oipGetServerAtRoot'],
  ] as const) {
    app.get(
      path,
      oipRoute(
        {
          operationId,
          summary: 'Which server this is, and which extensions of the protocol it has.',
          description: 'Other addresses of the protocol lie below this one.',
        },
        'OipServerMetadata',
      ),
      async () => ({ name: 'glimpse', version, extensions }),
    );
  }
  app.get(
    '/v2/health/live',
    oipRoute(
      {
        operationId: 'oipLive',
        summary: 'Does the process answer?',
        description: 'The same as /livez.',
      },
      'OipLive',
    ),
    async (_request, reply) => reply.header('cache-control', 'no-store').send({ live: true }),
  );
  app.get(
    '/v2/health/ready',
    oipRoute(
      {
        operationId: 'oipReady',
        summary: 'Should this process get traffic?',
        description: 'The same as /readyz.',
      },
      'OipServerReady',
      undefined,
      { 503: reference('OipServerReady', 'No, for these reasons.') },
    ),
    async (_request, reply) => {
      const { ready, reasons } = readiness();
      void reply.header('cache-control', 'no-store');
      return reply.code(ready ? 200 : 503).send({ ready, reasons });
    },
  );
}

/** What the metadata of a version is called, by the runtime of its manifest. */
const platforms: Readonly<Record<string, string>> = {
  onnx: 'onnx_onnxv1',
  tensorflow: 'tensorflow_savedmodel',
};

async function metadataOf(registry: Registry, params: Params) {
  const { state, version } = await stateOf(registry, params);
  if (version === undefined) {
    throw new errors.GLIMPSE_MODEL_NOT_READY(state.model, state.reasons[0] ?? 'it has no version.');
  }
  const { manifest, reason } = await registry.describeVersion(state.model, version);
  if (!manifest) {
    throw new errors.GLIMPSE_MODEL_NOT_READY(
      state.model,
      reason?.message ?? 'its manifest cannot be read.',
    );
  }
  const { signature, runtime } = manifest;
  return {
    name: state.model,
    versions: state.versions
      .filter((one) => one.state !== 'UNAVAILABLE')
      .map((one) => String(one.version)),
    platform: platforms[runtime] ?? `${runtime}_unknown`,
    ...tensorsOf(signature),
  };
}

/** What the datatypes of signatures are called here. */
const datatypeOf = { float32: 'FP32', uint8: 'UINT8', float16: 'FP16' } as const;

/** What the model itself takes and gives; -1 stands for the batch. */
function tensorsOf({ input, output, classes }: Signature) {
  return {
    inputs: [{ name: input.name, datatype: datatypeOf[input.dtype], shape: [-1, ...input.shape] }],
    outputs: [{ name: output.name, datatype: 'FP32', shape: [-1, classes.length] }],
  };
}

async function isReady(registry: Registry, params: Params): Promise<boolean> {
  const { state, version } = await stateOf(registry, params);
  return state.versions.some((one) => one.version === version && one.state === 'READY');
}

/** A model, and the version that an address means; undefined where none would answer. 404 for what there is not. */
async function stateOf(
  registry: Registry,
  params: Params,
): Promise<{ readonly state: ModelState; readonly version: number | undefined }> {
  const { model, selector } = choiceOf(params.model, params.version);
  await registry.lookUp(model, selector);
  const state = registry.describeModel(model);
  return { state, version: versionIn(state, selector) };
}

function versionIn(state: ModelState, selector: Choice['selector']): number | undefined {
  const { model, versions, labels, serving } = state;
  if (!selector) return serving;
  if ('version' in selector) {
    const { version } = selector;
    if (versions.some((one) => one.version === version)) return version;
    throw new errors.GLIMPSE_VERSION_NOT_FOUND(model, version);
  }
  const { label } = selector;
  const answering = versions.find(({ serves }) => serves.includes(label))?.version;
  const target = Object.hasOwn(labels, label) ? labels[label] : undefined;
  if (answering === undefined && target === undefined) {
    throw new errors.GLIMPSE_LABEL_NOT_FOUND(model, label);
  }
  return answering ?? target;
}
