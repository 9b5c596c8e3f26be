import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { AppSettings } from './app-settings.ts';
import { nameBasePath } from './base-path.ts';
import { installCors } from './cors.ts';
import type { Arrivals } from '../admission/arrivals.ts';
import type { EventLoopTurns } from '../admission/event-loop-turns.ts';
import type { Ledger } from '../admission/ledger.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Registry } from '../registry/registry.ts';
import type { Predictor } from '../serving/predictor.ts';
import type { Tracing } from '../tracing/tracing.ts';
import type { DatasetCatalogue } from '../datasets/catalogue.ts';
import type { AuditLog } from '../access/audit-log.ts';
import { installAudit } from './access/audit.ts';
import { installGuard, type GuardOptions } from './access/guard.ts';
import { registerFeedbackRoutes, type FeedbackRouteOptions } from './evidence/feedback-route.ts';
import { registerReplay, replaySchemas, type ReplayRouteOptions } from './evidence/replay-route.ts';
import { feedbackSchemas } from './evidence/feedback-schemas.ts';
import type { JobQueue } from '../jobs/queue.ts';
import { registerDatasetRoutes } from './jobs/datasets-route.ts';
import { datasetSchemas } from './jobs/datasets-schemas.ts';
import { sendError, installErrorHandler, type ErrorHandling } from './error-handler.ts';
import type { HostingOptions } from './dialects/hosting-options.ts';
import { canonicalPath } from './dialects/tfserving/canonical-path.ts';
import { dialectsOf, registerDialects, shapeOfErrors } from './dialects/dialects.ts';
import { registerHealthRoutes } from './health-route.ts';
import { registerMetricsRoute } from './metrics-route.ts';
import { registerModelsRoutes, type ModelsRoutesOptions } from './models/models-route.ts';
import { registerExport } from './models/export-route.ts';
import { modelSchemas } from './models/models-schemas.ts';
import { asksForPage, registerConsole } from './console/console-route.ts';
import { registerOpenApi } from './contract/openapi.ts';
import { checkJsonBodies, smallBodyBytes } from './small-json.ts';
import { openReaders } from './open-readers.ts';
import { registerPredictRoutes, type PredictRouteOptions } from './predict/predict-route.ts';
import { predictSchemas } from './predict/reading-schemas.ts';
import { tellOfChanges, type OnChanged } from './tell-of-changes.ts';
import type { createPassOn } from './connections/pass-on.ts';
import { installRequestLog } from './request-log.ts';
import { addSharedSchemas } from './schemas.ts';
import { markStaleAnswers } from './stale-header.ts';
import { installSecurityHeaders } from './security-headers.ts';
import { registerJobEvents } from './jobs/job-events-route.ts';
import { registerJobsRoutes } from './jobs/jobs-route.ts';
import { registerPublish } from './jobs/publish-route.ts';
import { predictJobSchemas, registerPredictJobsRoute } from './jobs/predict-jobs-route.ts';
import { registerSearches, searchSchemas } from './jobs/searches-route.ts';
import { registerUpload } from './jobs/upload-route.ts';
import { registerTrainRoutes } from './jobs/train-route.ts';
import { trainSchemas } from './jobs/train-schemas.ts';
import { openServer, type ConnectionOptions, type OpenServer } from './connections/open-server.ts';
import { respondToSocketError, refuseLikeNode } from './connections/socket-errors.ts';
import { requestIdOf } from './trace-context.ts';
import { refuseUnknownRoutes } from './unknown-routes.ts';
import { refuseUnknownParameters, schemaController, useCompilers } from './validate-request.ts';

/** What the HTTP server needs of the other rooms, and its limits. */
export interface AppOptions {
  readonly predictor: Predictor;
  readonly registry: Registry;
  readonly jobs: JobQueue;
  readonly datasets: DatasetCatalogue;
  readonly evidence: Omit<FeedbackRouteOptions, 'defaultModel'>;
  readonly replay: ReplayRouteOptions['replay'];
  readonly canaryEvidence: ModelsRoutesOptions['canaryEvidence'];
  readonly exporter: Parameters<typeof registerExport>[1];
  readonly metrics: Metrics;
  readonly ledger: Ledger;
  readonly arrivals: Arrivals;
  readonly turns: EventLoopTurns;
  readonly logger: FastifyBaseLogger;
  /** Where requests are traced. */
  readonly tracing?: Tracing | undefined;
  /** How connections are treated. */
  readonly connections: ConnectionOptions;
  /** Origins whose pages may read responses; * is any. */
  readonly corsOrigins: readonly string[];
  /** Who may do what. */
  readonly guard: GuardOptions;
  readonly audit: AuditLog;
  readonly settings: AppSettings;
  readonly hosting: HostingOptions;
  readiness(): { ready: boolean; reasons: string[] };
  /** True from the beginning of a shutdown: responses then make their clients reconnect. */
  isDraining(): boolean;
  /** Aborts right before the listener closes, so that streams of job events do not delay that. */
  readonly closing: AbortSignal;
  /** Where there are several processes: passes on what another one answers. */
  readonly passOn?: ReturnType<typeof createPassOn> | undefined;
  /** Where there are several processes: awaited when a call has changed something, before it is answered. */
  readonly onChanged?: OnChanged | undefined;
}

/** The HTTP surface of Glimpse, ready to listen or to be injected into. Opens no port itself. */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const { metrics, settings, hosting } = options;
  const spoken = dialectsOf(settings.dialects, hosting);
  const errorHandling: ErrorHandling = {
    onErrorResponse: (code) => metrics.countErrorResponse(code),
    shapeOf: shapeOfErrors(spoken),
  };
  const app = openInstance(options, errorHandling);
  useCompilers(app);
  app.removeContentTypeParser('text/plain');
  checkJsonBodies(app);
  installErrorHandler(app, errorHandling);
  options.passOn?.install(app);
  installRequestLog(app, metrics, () => options.isDraining(), options.tracing);
  installSecurityHeaders(app);
  refuseLikeNode(app);
  options.passOn?.refuse(app);
  if (options.onChanged) tellOfChanges(app, options.onChanged);
  installCors(app, options.corsOrigins);
  await installGuard(app, options.guard);
  installAudit(app, options.audit, (error) => {
    options.logger.error({ err: error }, 'the audit log cannot be written');
  });
  addSharedSchemas(app, [
    ...predictSchemas,
    ...modelSchemas,
    ...trainSchemas,
    ...predictJobSchemas,
    ...searchSchemas,
    ...datasetSchemas,
    ...feedbackSchemas,
    ...replaySchemas,
    ...spoken.flatMap(({ schemas }) => schemas),
  ]);
  registerOpenApi(app, settings);
  const refuseOtherMethods = refuseUnknownRoutes(app);
  const { bodies, ...predicting } = openReaders(app, options);

  await app.register(async (scope) => {
    // Probes and scrapers may add parameters to the other routes; here an unknown one is a mistake of the client.
    refuseUnknownParameters(scope);
    await registerCalls(scope, options, predicting);
  });
  await registerDialects(app, spoken, {
    ...predicting,
    registry: options.registry,
    bodies,
    version: settings.version,
    hosting,
    readiness: () => options.readiness(),
  });
  await app.register(async (scope) => registerOpenRoutes(scope, options));

  refuseOtherMethods();
  return app;
}

/** What anybody may ask: how the server is, and the page for people. */
function registerOpenRoutes(app: FastifyInstance, options: AppOptions): void {
  const { version, consoleFolder } = options.settings;
  registerHealthRoutes(app, { version, readiness: () => options.readiness() });
  registerMetricsRoute(app, options.metrics);
  if (consoleFolder !== undefined) registerConsole(app, consoleFolder);
}

/** The routes for predictions, models, jobs and datasets. */
async function registerCalls(
  app: FastifyInstance,
  options: AppOptions,
  predicting: PredictRouteOptions,
): Promise<void> {
  const { settings, jobs, closing } = options;
  const uploads = {
    folder: settings.uploadDir,
    maxBytes: settings.maxUploadBytes,
    knob: 'GLIMPSE_TRAIN_BODY_LIMIT_BYTES',
  };
  await app.register(async (scope) => {
    markStaleAnswers(scope, options.registry);
    registerPredictRoutes(scope, predicting);
  });
  // The models of an endpoint come and go by SageMaker's calls, which have the same addresses.
  if (!options.hosting.models) {
    await app.register(async (scope) => {
      markStaleAnswers(scope, options.registry);
      const { registry, canaryEvidence } = options;
      registerModelsRoutes(scope, {
        registry,
        canaryEvidence,
        defaultModel: settings.defaultModel,
      });
      registerExport(scope, options.exporter);
    });
  }
  const submitting = { jobs, uploads, closing };
  await app.register(async (scope) => {
    registerFeedbackRoutes(scope, { ...options.evidence, defaultModel: settings.defaultModel });
    registerReplay(scope, { ...options, requestTimeoutMs: settings.requestTimeoutMs });
  });
  await app.register((scope) => registerTrainRoutes(scope, submitting));
  const knob = 'GLIMPSE_MAX_ARTIFACT_BYTES';
  const models = { ...uploads, maxBytes: settings.maxModelBytes, knob };
  await app.register((scope) =>
    registerUpload(scope, { ...submitting, uploads: models, registry: options.registry }),
  );
  await app.register((scope) => registerPredictJobsRoute(scope, submitting));
  await app.register((scope) => registerSearches(scope, submitting));
  await app.register(async (scope) => {
    registerJobsRoutes(scope, jobs);
    registerJobEvents(scope, submitting);
    registerPublish(scope, { ...submitting, jobs });
  });
  await app.register((scope) =>
    registerDatasetRoutes(scope, { ...submitting, datasets: options.datasets }),
  );
}

function openInstance(options: AppOptions, errorHandling: ErrorHandling): FastifyInstance {
  let opened: OpenServer | undefined;
  const hasConsole = options.settings.consoleFolder !== undefined;
  const app: FastifyInstance = Fastify({
    serverFactory: (listener) => {
      opened = openServer(options.connections, listener);
      return opened.server;
    },
    loggerInstance: options.logger,
    schemaController,
    logController: new LogController({
      disableRequestLogging: true,
      requestIdLogLabel: 'requestId',
    }),
    genReqId: requestIdOf,
    bodyLimit: smallBodyBytes,
    rewriteUrl: ({ url = '/', headers }) =>
      hasConsole && asksForPage(url, headers.accept) ? '/console' : canonicalPath(url),
    // A request that arrives while the listener closes is served, not refused.
    return503OnClosing: false,
    clientErrorHandler: (error, socket) =>
      respondToSocketError(error, socket, errorHandling.onErrorResponse),
    frameworkErrors: (error, request, reply) => {
      void sendError(error, request, reply, errorHandling);
    },
  });
  app.addHook('preClose', async () => opened?.closeUnused());
  nameBasePath(app, options.settings.basePath);
  return app;
}
