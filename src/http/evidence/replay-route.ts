import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { flowOf } from '../../access/caller.ts';
import type { Ledger } from '../../admission/ledger.ts';
import { createLimiter } from '../../concurrency.ts';
import { errors } from '../../errors.ts';
import { bulkOf } from '../../fair-queue.ts';
import { Closed, invalidRequest } from '../../schema.ts';
import { Type } from '../../schema/builder.ts';
import type { ReplayRequest, ReplayResult } from '../../serving/replay.ts';
import { createRequestCancellation, requestTimes } from '../predict/request-cancellation.ts';
import { errorResponses, reference, VersionParamsSchema } from '../schemas.ts';

export interface ReplayRouteOptions {
  /** undefined where predictions are not logged. */
  readonly replay: ((request: ReplayRequest) => Promise<ReplayResult>) | undefined;
  readonly ledger: Ledger;
  readonly requestTimeoutMs: number;
}

const time = (description: string) =>
  Type.Optional(Type.String({ format: 'date-time', maxLength: 40, description }));

const ReplayBodySchema = Type.Object(
  {
    from: time('Predictions from then on; left out: of the last day.'),
    to: time('Until then; left out: until now.'),
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1000,
        default: 100,
        description: 'Images at most; glimpse replay takes as many as there are.',
      }),
    ),
  },
  { ...Closed, title: 'ReplayBody' },
);

const Answer = { version: Type.Integer(), class: Type.Optional(Type.String()) };
const score = Type.Optional(Type.Number());

const ReplaySchema = Type.Object(
  {
    model: Type.String(),
    version: Type.Integer({ description: 'The version that was asked again.' }),
    replayed: Type.Integer({ minimum: 0 }),
    same: Type.Integer({ minimum: 0, description: 'Answered with the same class.' }),
    changed: Type.Array(
      Type.Object(
        {
          id: Type.String({ description: 'Of the prediction.' }),
          image: Type.String({ description: 'SHA-256 of the image.' }),
          before: Type.Object({ ...Answer, score }, { title: 'LoggedAnswer' }),
          after: Type.Object(
            {
              ...Answer,
              score,
              error: Type.Optional(
                Type.String({ description: 'The code that the image is refused with.' }),
              ),
            },
            { title: 'ReplayedAnswer' },
          ),
        },
        { title: 'ChangedAnswer' },
      ),
      { description: 'Every answer that is another one.' },
    ),
    skipped: Type.Integer({
      minimum: 0,
      description: 'Logged predictions whose image or class is not kept.',
    }),
    isComplete: Type.Boolean({ description: 'false: there are more than the limit.' }),
  },
  { $id: 'Replay' },
);

export const replaySchemas = [ReplaySchema];

const usualLimit = 100;
const dayMs = 24 * 60 * 60 * 1000;
/** So many wait for the one that runs: each holds up to eight images. */
const maxWaiting = 4;

/** Asks a version again about images of the prediction log. */
export function registerReplay(app: FastifyInstance, options: ReplayRouteOptions): void {
  const limiter = createLimiter({
    concurrency: 1,
    queue: { size: maxWaiting, full: () => new errors.GLIMPSE_RATE_LIMITED('replays at once') },
  });
  app.post<{ Params: Static<typeof VersionParamsSchema>; Body: Static<typeof ReplayBodySchema> }>(
    '/models/:model/versions/:version/replay',
    {
      schema: {
        tags: ['models'],
        operationId: 'replayPredictions',
        summary: 'Ask a version about logged images, and show every changed answer.',
        description:
          'Runs images of the prediction log through the version as POST /predict would, within the deadline of a predict call. Nothing of it is logged or counted as a prediction.',
        params: VersionParamsSchema,
        body: ReplayBodySchema,
        response: {
          200: reference('Replay', 'What changed.'),
          ...errorResponses(404, 409, 422, 429, 503, 504),
        },
      },
    },
    async (request, reply) => {
      const { replay } = options;
      if (!replay) throw new errors.GLIMPSE_NO_PREDICTION_LOG();
      const { model, version } = request.params;
      const { from, to, limit = usualLimit } = request.body;
      const until = to === undefined ? Date.now() : timeOf(to, '/to');
      const since = from === undefined ? until - dayMs : timeOf(from, '/from');
      const cancellation = createRequestCancellation(
        reply,
        requestTimes(request, reply, options.requestTimeoutMs),
      );
      const account = options.ledger.open(bulkOf(flowOf(request.caller)), cancellation.deadline);
      try {
        const asked = { model, version, from: since, to: until, limit, cancellation, account };
        return await limiter.run(() => replay(asked), cancellation);
      } finally {
        account.close();
      }
    },
  );
}

/** A leap second (RFC 3339 has them) is a time of the contract, and none of JavaScript's. */
function timeOf(text: string, path: string): number {
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return time;
  throw invalidRequest('body', { sentence: `${path} is no time that can be looked for`, path });
}
