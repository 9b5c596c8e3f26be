import type { FastifyInstance } from 'fastify';
import type { Static, TSchema } from 'typebox';
import { errors } from '../../../errors.ts';
import { Type } from '../../../schema/builder.ts';
import type { Selector } from '../../../registry/registry.ts';
import { seesModel } from '../../access/visible.ts';
import {
  errorResponsesAs,
  LabelParamsSchema,
  ModelParamsSchema,
  VersionParamsSchema,
} from '../../schemas.ts';
import type { DialectOptions } from '../dialect.ts';
import { metadataDocument, statusDocument } from './documents.ts';

type ModelParams = { Params: Static<typeof ModelParamsSchema> };
type VersionParams = { Params: Static<typeof VersionParamsSchema> };
type LabelParams = { Params: Static<typeof LabelParamsSchema> };
type Registry = DialectOptions['registry'];

/** Which models there are, in which state their versions are, and what they take. */
export function registerModelRoutes(app: FastifyInstance, { registry }: DialectOptions): void {
  app.get(
    '/',
    described('kserveLive', 'Whether the server lives, as KServe asks.', 'Live'),
    () => ({
      status: 'alive',
      docs: '/docs',
    }),
  );
  registerStatus(app, registry);
  registerMetadata(app, registry);
}

function registerStatus(app: FastifyInstance, registry: Registry): void {
  app.get(
    '/v1/models',
    described(
      'tfservingListModels',
      'The names of all models, as KServe lists them.',
      'ModelNames',
    ),
    async (request) => ({
      models: registry
        .describe()
        .map(({ model }) => model)
        .filter((model) => seesModel(request, model)),
    }),
  );
  app.get<ModelParams>(
    '/v1/models/:model',
    described(
      'tfservingModelStatus',
      'The state of every loaded version.',
      'Status',
      ModelParamsSchema,
    ),
    ({ params: { model } }) => statusOf(registry, model, undefined),
  );
  app.get<VersionParams>(
    '/v1/models/:model/versions/:version',
    described('tfservingVersionStatus', 'The state of one version.', 'Status', VersionParamsSchema),
    ({ params: { model, version } }) => statusOf(registry, model, { version }),
  );
  app.get<LabelParams>(
    '/v1/models/:model/labels/:label',
    described(
      'tfservingLabelStatus',
      'The state of the version of a label.',
      'Status',
      LabelParamsSchema,
    ),
    ({ params: { model, label } }) => statusOf(registry, model, { label }),
  );
}

function registerMetadata(app: FastifyInstance, registry: Registry): void {
  app.get<ModelParams>(
    '/v1/models/:model/metadata',
    described('tfservingMetadata', 'What a model takes and gives.', 'Metadata', ModelParamsSchema),
    ({ params: { model } }) => metadataOf(registry, model, undefined),
  );
  app.get<VersionParams>(
    '/v1/models/:model/versions/:version/metadata',
    described(
      'tfservingVersionMetadata',
      'What a version takes and gives.',
      'Metadata',
      VersionParamsSchema,
    ),
    ({ params: { model, version } }) => metadataOf(registry, model, { version }),
  );
  app.get<LabelParams>(
    '/v1/models/:model/labels/:label/metadata',
    described(
      'tfservingLabelMetadata',
      'What the version of a label takes and gives.',
      'Metadata',
      LabelParamsSchema,
    ),
    ({ params: { model, label } }) => metadataOf(registry, model, { label }),
  );
}

/** The versions that this server has to do with; of one that is named, also that it is not loaded. */
async function statusOf(registry: Registry, model: string, selector: Selector | undefined) {
  await registry.lookUp(model, selector);
  const { versions } = registry.describeModel(model);
  if (selector === undefined) {
    return statusDocument(
      model,
      versions.filter(({ state }) => state !== 'UNLOADED'),
    );
  }
  const version = numberOf(registry, model, selector);
  const known = versions.find((one) => one.version === version);
  if (!known) throw new errors.GLIMPSE_VERSION_NOT_FOUND(model, version);
  return statusDocument(model, [known]);
}

async function metadataOf(registry: Registry, model: string, selector: Selector | undefined) {
  await registry.lookUp(model, selector);
  const version = numberOf(registry, model, selector);
  const { manifest, reason } = await registry.describeVersion(model, version);
  if (!manifest) {
    const why = reason?.message ?? `the manifest of version ${version} cannot be read.`;
    throw new errors.GLIMPSE_MODEL_NOT_READY(model, why);
  }
  return metadataDocument(model, version, manifest.signature);
}

/** The version that is meant: by its number, by a label, or the one that answers by default. */
function numberOf(registry: Registry, model: string, selector: Selector | undefined): number {
  if (selector && 'version' in selector) return selector.version;
  const { labels, serving, reasons } = registry.describeModel(model);
  if (selector) {
    const version = Object.hasOwn(labels, selector.label) ? labels[selector.label] : undefined;
    if (version === undefined) throw new errors.GLIMPSE_LABEL_NOT_FOUND(model, selector.label);
    return version;
  }
  if (serving !== undefined) return serving;
  throw new errors.GLIMPSE_MODEL_NOT_READY(model, reasons[0] ?? 'none of its versions is loaded.');
}

const answers = {
  Live: Type.Object(
    { status: Type.Literal('alive'), docs: Type.String() },
    { title: 'KServeLive' },
  ),
  ModelNames: Type.Object({ models: Type.Array(Type.String()) }, { title: 'TfServingModels' }),
  Status: Type.Object(
    {
      model_version_status: Type.Array(
        Type.Object(
          {
            version: Type.String(),
            state: Type.String({ description: 'START, LOADING, AVAILABLE, UNLOADING or END.' }),
            status: Type.Object(
              { error_code: Type.String(), error_message: Type.String() },
              { title: 'TfServingVersionError' },
            ),
          },
          { title: 'TfServingVersionStatus' },
        ),
      ),
      name: Type.String(),
      ready: Type.Boolean({ description: 'As KServe says it: whether one of them is AVAILABLE.' }),
    },
    { title: 'TfServingStatus' },
  ),
  Metadata: Type.Object(
    {
      model_spec: Type.Object(
        { name: Type.String(), signature_name: Type.String(), version: Type.String() },
        { title: 'TfServingModelSpec' },
      ),
      metadata: Type.Record(Type.String(), Type.Unknown(), {
        description: 'signature_def: its signatures, as TensorFlow writes a SignatureDefMap.',
      }),
    },
    { title: 'TfServingMetadata' },
  ),
};

const descriptions: Record<keyof typeof answers, string> = {
  Live: 'What the client of KServe asks for its first protocol; and where all calls are listed.',
  ModelNames: 'TensorFlow Serving itself has no such call.',
  Status:
    'Versions that this server has loaded, loads or could not load; of one that is named, also that it is not loaded.',
  Metadata:
    'The signatures serving_default (its own tensor), serving_bytes (files of images) and classification.',
};

function described(
  operationId: string,
  summary: string,
  answer: keyof typeof answers,
  params?: TSchema,
) {
  return {
    schema: {
      tags: ['tfserving'],
      operationId,
      summary,
      description: descriptions[answer],
      ...(params && { params }),
      response: { 200: answers[answer], ...errorResponsesAs('TfServingError')(404, 503) },
    },
  };
}
