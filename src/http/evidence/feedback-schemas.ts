import { reviewReasons } from '../../evidence/review.ts';
import { Closed } from '../../schema.ts';
import { Type } from '../../schema/builder.ts';
import { oneOf } from '../schemas.ts';

const PredictionId = Type.String({
  pattern: '^[0-9a-f-]{36}([.][0-9]{1,6})?$',
  description:
    'Of a prediction, as evidence=true tells it; the id of a call (glimpse-prediction-id) means its first image.',
});

export const FeedbackBodySchema = Type.Object(
  {
    id: PredictionId,
    class: Type.String({ minLength: 1, maxLength: 200, description: 'What the image really is.' }),
    model: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
        description:
          'Whose prediction it is: needed where this server does not remember it and it is not of the default model.',
      }),
    ),
  },
  { ...Closed, title: 'FeedbackBody' },
);

const GivenFeedbackSchema = Type.Object(
  {
    id: Type.String(),
    model: Type.String(),
    version: Type.Integer(),
    predicted: Type.String({ description: 'What the version answered.' }),
    class: Type.String(),
    before: Type.Optional(
      Type.String({ description: 'What it was called before; left out for the first time.' }),
    ),
    stored: oneOf(
      ['image', 'label', 'no'],
      'image: with its image, so that it can be learnt from. label: alone, since no image is kept. no: remembered by this process only.',
    ),
  },
  { $id: 'Feedback' },
);

export const ReviewQuerySchema = Type.Object(
  {
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1000, default: 20, description: 'How many are listed.' }),
    ),
  },
  Closed,
);

const ReviewSchema = Type.Object(
  {
    model: Type.String(),
    predictions: Type.Array(
      Type.Object(
        {
          id: Type.String({ description: 'To label it with POST /feedback.' }),
          version: Type.Integer(),
          class: Type.String({ description: 'What was answered.' }),
          score: Type.Number(),
          warnings: Type.Array(Type.String()),
          reasons: Type.Array(
            oneOf(
              reviewReasons,
              'disagreement: another version answered otherwise. warned: damaged, blank, no_ink or several. uncertain: below the minScore of its version.',
            ),
          ),
          disagreements: Type.Array(
            Type.Object(
              { version: Type.Integer(), class: Type.String() },
              { title: 'Disagreement' },
            ),
          ),
        },
        { title: 'ReviewedPrediction' },
      ),
      { description: 'The most doubtful first; those that somebody has labelled are left out.' },
    ),
  },
  { $id: 'Review' },
);

export const PredictionParamsSchema = Type.Object({
  model: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$', description: 'A model.' }),
  id: PredictionId,
});

export const feedbackSchemas = [GivenFeedbackSchema, ReviewSchema];
