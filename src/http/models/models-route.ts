import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import type { Registry } from '../../registry/registry.ts';
import { seesModel } from '../access/visible.ts';
import { acceptEncodedBodies } from '../content-encoding.ts';
import { unwrapIfMatch } from './label-etag.ts';
import { IfMatchSchema, LabelTargetSchema } from './models-schemas.ts';
import { registerCard } from './card/card-route.ts';
import { describedVersion } from './described-version.ts';
import { registerControl } from './control-route.ts';
import { registerApprovals } from './approvals-route.ts';
import { registerHistory, registerRollback } from './history-route.ts';
import { registerDeletions } from './deletion-route.ts';
import { causeOf } from './request-cause.ts';
import { registerTraffic, type TrafficRouteOptions } from './traffic-route.ts';
import { registerPolicy } from './policy-route.ts';
import { modelRoute, withEtag } from './model-route.ts';
import { LabelParamsSchema, ModelParamsSchema, VersionParamsSchema } from '../schemas.ts';

type DescribedRegistry = Pick<
  Registry,
  | 'describe'
  | 'describeModel'
  | 'describeVersion'
  | 'refresh'
  | 'lookUp'
  | 'setLabel'
  | 'policies'
  | 'history'
  | 'traffic'
  | 'approvals'
  | 'control'
  | 'deletions'
  | 'freshness'
>;
type LabelChange = Parameters<Registry['setLabel']>[0];
type MovedLabel = Awaited<ReturnType<Registry['setLabel']>>;
type LabelRoute = {
  Params: Static<typeof LabelParamsSchema>;
  Headers: Static<typeof IfMatchSchema>;
};

export interface ModelsRoutesOptions extends Pick<TrafficRouteOptions, 'canaryEvidence'> {
  readonly registry: DescribedRegistry;
  readonly defaultModel: string;
}

/** Models in the repository and in memory, and the labels that decide which version serves. */
export function registerModelsRoutes(
  app: FastifyInstance,
  { registry, defaultModel, canaryEvidence }: ModelsRoutesOptions,
): void {
  acceptEncodedBodies(app);
  registerModels(app, registry, defaultModel);
  registerVersion(app, registry);
  registerCard(app, registry);
  registerRefresh(app, registry);
  registerLabels(app, registry);
  registerPolicy(app, registry.policies);
  registerHistory(app, registry.history);
  registerTraffic(app, { traffic: registry.traffic, canaryEvidence });
  registerApprovals(app, registry.approvals);
  registerRollback(app, registry.traffic);
  registerControl(app, registry);
  registerDeletions(app, registry);
}

function registerModels(
  app: FastifyInstance,
  registry: DescribedRegistry,
  defaultModel: string,
): void {
  app.get(
    '/models',
    modelRoute(
      {
        operationId: 'listModels',
        summary: 'All models.',
        description:
          'What lies in the repository and what of it is loaded in this process, as of now.',
      },
      'ModelList',
    ),
    async (request) => ({
      defaultModel,
      staleSince: registry.freshness().staleSince?.toISOString(),
      models: registry
        .describe()
        .filter(({ model }) => seesModel(request, model))
        .map((model) => ({ ...model, etag: undefined })),
    }),
  );
  app.get<{ Params: Static<typeof ModelParamsSchema> }>(
    '/models/:model',
    modelRoute(
      {
        operationId: 'getModel',
        summary: 'One model, its labels and versions.',
        description: 'The etag is that of its labels: send it back as if-match to move one.',
      },
      'Model',
      {
        params: ModelParamsSchema,
      },
    ),
    async (request, reply) => {
      await registry.lookUp(request.params.model);
      const { etag, ...model } = registry.describeModel(request.params.model);
      return withEtag(reply, etag).send(model);
    },
  );
}

function registerVersion(app: FastifyInstance, registry: DescribedRegistry): void {
  app.get<{ Params: Static<typeof VersionParamsSchema> }>(
    '/models/:model/versions/:version',
    modelRoute(
      {
        operationId: 'getVersion',
        summary: 'One version with its signature, preprocessing, lineage and figures.',
        description:
          'The fields of its manifest are left out when the manifest cannot be read; reason says why.',
      },
      'Version',
      {
        params: VersionParamsSchema,
      },
    ),
    async (request) => {
      const { model, version } = request.params;
      return describedVersion(registry, model, version);
    },
  );
}

function registerRefresh(app: FastifyInstance, registry: DescribedRegistry): void {
  app.post<{ Params: Static<typeof ModelParamsSchema> }>(
    '/models/:model/refresh',
    modelRoute(
      {
        operationId: 'refreshModel',
        summary: 'Look into the repository now, not only at the next poll.',
        description:
          'Answers when what is at rest now was seen, and has been loaded or has failed to load: what was published, or rolled back, before the call is in force afterwards. Versions of the model that were set aside because the server died while loading them get another try.',
      },
      'Model',
      { params: ModelParamsSchema },
    ),
    async (request, reply) => {
      await registry.refresh(request.params.model);
      const { etag, ...model } = registry.describeModel(request.params.model);
      return withEtag(reply, etag).send(model);
    },
  );
}

function registerLabels(app: FastifyInstance, registry: DescribedRegistry): void {
  app.put<LabelRoute & { Body: Static<typeof LabelTargetSchema> }>(
    '/models/:model/labels/:label',
    modelRoute(
      {
        operationId: 'setLabel',
        summary: 'Point a label at a version: release, or roll back.',
        description:
          'A version that is not loaded yet answers for the label as soon as it is; until then the one before does.',
      },
      'Labels',
      {
        params: LabelParamsSchema,
        headers: IfMatchSchema,
        body: LabelTargetSchema,
      },
      labelStatuses,
    ),
    async (request, reply) => {
      const { model, label } = request.params;
      const ifMatch = unwrapIfMatch(request.headers['if-match']);
      const { version, reason } = request.body;
      const change = { model, label, version, cause: causeOf(request, reason) };
      const moved = await registry.setLabel({ ...change, ...(ifMatch && { ifMatch }) });
      return sendMoved(request, reply, change, moved);
    },
  );
  app.delete<LabelRoute>(
    '/models/:model/labels/:label',
    modelRoute(
      {
        operationId: 'removeLabel',
        summary: 'Remove a label.',
        description: 'The version stays, under its number and its other labels.',
      },
      'Labels',
      { params: LabelParamsSchema, headers: IfMatchSchema },
      labelStatuses,
    ),
    async (request, reply) => {
      const { model, label } = request.params;
      const ifMatch = unwrapIfMatch(request.headers['if-match']);
      const change = { model, label, version: null, cause: causeOf(request, undefined) };
      const moved = await registry.setLabel({ ...change, ...(ifMatch && { ifMatch }) });
      return sendMoved(request, reply, change, moved);
    },
  );
}

/** The labels after a change, which the audit log tells with what was there before. */
function sendMoved(
  request: FastifyRequest,
  reply: FastifyReply,
  { model, label, version }: LabelChange,
  { labels, etag, before }: MovedLabel,
): FastifyReply {
  request.auditedChange = {
    from: { label, version: before ?? null },
    to: { label, version },
  };
  return withEtag(reply, etag).send({ model, labels });
}

/** A label cannot be moved when somebody else was faster, and when the labels at rest cannot be read. */
const labelStatuses = [404, 409, 422, 503];
