import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Static } from 'typebox';
import { errors } from '../../errors.ts';
import type { Feedback } from '../../evidence/feedback.ts';
import type { RecentPredictions } from '../../evidence/recent-predictions.ts';
import { mostDoubtful } from '../../evidence/review.ts';
import { Type } from '../../schema/builder.ts';
import { seesModel } from '../access/visible.ts';
import { errorResponses, ModelParamsSchema, reference } from '../schemas.ts';
import {
  FeedbackBodySchema,
  PredictionParamsSchema,
  ReviewQuerySchema,
} from './feedback-schemas.ts';

export interface FeedbackRouteOptions {
  readonly feedback: Feedback;
  readonly recent: RecentPredictions;
  readonly defaultModel: string;
}

/** What predictions turned out to be, which of them somebody should look at, and their images. */
export function registerFeedbackRoutes(app: FastifyInstance, options: FeedbackRouteOptions): void {
  registerFeedback(app, options);
  registerReview(app, options.recent);
  registerImage(app, options.feedback);
}

function registerFeedback(
  app: FastifyInstance,
  { feedback, recent, defaultModel }: FeedbackRouteOptions,
): void {
  app.post<{ Body: Static<typeof FeedbackBodySchema> }>(
    '/feedback',
    {
      schema: {
        tags: ['models'],
        operationId: 'giveFeedback',
        summary: 'Say what an image really was.',
        description:
          'Attaches a true class to a prediction. The same again changes nothing, another class takes its place. Counts into glimpse_live_accuracy; where predictions are logged it is stored, with the image where that is kept, and glimpse feedback export makes a dataset of it.',
        body: FeedbackBodySchema,
        response: {
          200: reference('Feedback', 'It counts.'),
          ...errorResponses(404, 422, 429, 503),
        },
      },
    },
    async (request) => {
      const { id, class: truth } = request.body;
      const model = request.body.model ?? recent.modelOf(id) ?? defaultModel;
      // A key is not told whether there is a prediction of a model that is not its own.
      if (!seesModel(request, model)) throw new errors.GLIMPSE_PREDICTION_NOT_FOUND(id);
      const given = await feedback.give({ id, class: truth, model });
      request.auditedChange = { from: given.before, to: given.class };
      return given;
    },
  );
}

const usualLimit = 20;

function registerReview(app: FastifyInstance, recent: RecentPredictions): void {
  app.get<{
    Params: Static<typeof ModelParamsSchema>;
    Querystring: Static<typeof ReviewQuerySchema>;
  }>(
    '/models/:model/review',
    {
      schema: {
        tags: ['models'],
        operationId: 'reviewPredictions',
        summary: 'The predictions that there is most reason to doubt.',
        description:
          'Of those that this server remembers (GLIMPSE_RECENT_PREDICTIONS) and nobody has labelled: where another version answered otherwise, those with a warning, then the least certain. POST /feedback labels them.',
        params: ModelParamsSchema,
        querystring: ReviewQuerySchema,
        response: { 200: reference('Review', 'None where nothing is remembered.') },
      },
    },
    async (request) => {
      const { model } = request.params;
      const doubtful = mostDoubtful(recent.of(model), request.query.limit ?? usualLimit);
      const predictions = doubtful.map((each) => ({
        id: each.id,
        version: each.version,
        class: each.label,
        score: each.score,
        warnings: each.warnings,
        reasons: each.reasons,
        disagreements: each.disagreements.map(({ version, label }) => ({ version, class: label })),
      }));
      return { model, predictions };
    },
  );
}

function registerImage(app: FastifyInstance, feedback: Feedback): void {
  const binary = Type.String({ format: 'binary' });
  app.get<{ Params: Static<typeof PredictionParamsSchema> }>(
    '/models/:model/predictions/:id/image',
    {
      schema: {
        tags: ['models'],
        operationId: 'getPredictionImage',
        summary: 'The image of a prediction, where it is kept.',
        description: 'As it came in, from the prediction log (GLIMPSE_PREDICTION_LOG_IMAGES).',
        params: PredictionParamsSchema,
        response: {
          200: {
            description: 'The file.',
            content: { 'image/*': { schema: binary } },
          },
          ...errorResponses(404, 409, 503),
        },
      },
    },
    async (request, reply): Promise<FastifyReply> => {
      const { model, id } = request.params;
      const { bytes, type } = await feedback.image(model, id);
      return reply.type(type).header('cache-control', 'private, no-store').send(bytes);
    },
  );
}
