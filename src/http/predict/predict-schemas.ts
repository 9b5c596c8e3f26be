import { priorities } from '../../admission/arrivals.ts';
import type { RouteShorthandOptions } from 'fastify';
import type { Static, TSchema } from 'typebox';
import { Type } from '../../schema/builder.ts';
import { warningNames } from '../../serving/warnings.ts';
import { errorResponses, exactlyOne, oneOf, reference } from '../schemas.ts';
import {
  ExplanationSchema,
  GradientMapSchema,
  NearestExampleSchema,
  OcclusionSchema,
  SeenInputSchema,
} from './explain-schemas.ts';
import { unchecked } from '../validate-request.ts';
import { Closed } from '../../schema.ts';

export const PredictQuerySchema = Type.Object(
  {
    topK: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100_000,
        default: 3,
        description: 'How many classes to answer per image, best first.',
      }),
    ),
    partial: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Answer the good images even when others of the request are not usable.',
      }),
    ),
    strict: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Refuse an image of which pixels were lost inside its file; else its answer has the warning damaged.',
      }),
    ),
    sets: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Answer also the set of classes that cannot be excluded; how often the true class is among them says gate.sets.coverage of the version.',
      }),
    ),
    read: Type.Optional(
      oneOf(
        ['line', 'one'],
        'line: every digit of each picture is answered, with its box and score, in reading order; one: one digit. Unless given, as the contract of the version says (read), which is one unless it says all. Lines are for image files and models whose contract finds handwriting; counted as so many images as there are digits, at most GLIMPSE_MAX_DIGITS in one picture.',
      ),
    ),
    explain: Type.Optional(ExplanationSchema),
    priority: Type.Optional(
      oneOf(
        priorities,
        'bulk: answered while no other call waits, and refused first; for work that nobody waits for.',
        'Priority',
      ),
    ),
    evidence: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Answer also by what each prediction can be named, traced and checked.',
      }),
    ),
  },
  Closed,
);
export type PredictQuery = Static<typeof PredictQuerySchema>;

const PredictHeadersSchema = Type.Object({
  'x-request-timeout-ms': Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 999_999_999,
      description: 'Deadline of this call in milliseconds; never more than the server allows.',
    }),
  ),
  'x-request-id': Type.Optional(Type.String({ description: 'Comes back in answer and logs.' })),
  traceparent: Type.Optional(Type.String({ description: 'W3C Trace Context.' })),
});

const ScoredClassSchema = Type.Object(
  {
    label: Type.String({ description: 'A class of the model.' }),
    score: Type.Number({
      description:
        'Its probability, 0 to 1; of a model with sigmoids, that of this class by itself.',
    }),
  },
  { title: 'ScoredClass' },
);

export const PredictionSchema = Type.Object(
  {
    ...ScoredClassSchema.properties,
    top: Type.Array(ScoredClassSchema, { description: 'The best topK classes, best first.' }),
    warnings: Type.Optional(
      Type.Array(
        oneOf(
          warningNames,
          'damaged: pixels of the image were lost inside its file. blank: there is hardly any ink. no_ink: what stands out is not sharp as ink is (noise, texture, a gradient), or is a part of a photograph of things. several: beside the digit that was read there is another, or something like one; read=line answers them all. uncertain: the best score is below the minScore of the version.',
        ),
        { description: 'Reasons to doubt it; left out when there is none.' },
      ),
    ),
    set: Type.Optional(
      Type.Array(Type.String(), {
        description: 'With sets=true: the classes that cannot be excluded, best first.',
      }),
    ),
    saw: Type.Optional(SeenInputSchema),
    occlusion: Type.Optional(OcclusionSchema),
    gradient: Type.Optional(GradientMapSchema),
    nearest: Type.Optional(Type.Array(NearestExampleSchema)),
  },
  { $id: 'Prediction' },
);

export const PredictResponseSchema = Type.Object(
  {
    model: Type.String(),
    version: Type.Integer(),
    predictions: Type.Array(
      exactlyOne(
        [
          reference('Prediction'),
          reference('Reading'),
          Type.Object({ error: reference('ErrorBody') }, { title: 'FailedPrediction' }),
        ],
        {
          title: 'PredictionResult',
          description:
            'A prediction, where every digit is read a reading, or with partial=true an error.',
        },
      ),
      { description: 'One per image, in the order of the request.' },
    ),
    evidence: Type.Optional(reference('PredictionEvidence', 'With evidence=true.')),
  },
  { $id: 'PredictAnswer' },
);

const Binary = Type.String({ format: 'binary' });

const EncodedImageSchema = Type.Object(
  { b64: Type.String({ description: 'The bytes of an image file in base64.' }) },
  { ...Closed, title: 'EncodedImage' },
);

/** A list of one or more: an empty one would be a row of numbers and a row of rows at once. */
const rowOf = (items: TSchema, description?: string): TSchema =>
  Type.Array(items, { minItems: 1, ...(description !== undefined && { description }) });

const InstancesSchema = Type.Object(
  {
    instances: Type.Array(
      exactlyOne(
        [
          EncodedImageSchema,
          Type.String({ description: 'A data URL.' }),
          rowOf(Type.Number(), 'Pixels 0..255 in the shape of the model, flat.'),
          rowOf(rowOf(Type.Number()), 'Pixels, row by row.'),
          rowOf(rowOf(rowOf(Type.Number())), 'Pixels in three dimensions, as the model has them.'),
        ],
        { title: 'Instance', description: 'One image: encoded, as a data URL, or as pixels.' },
      ),
      { minItems: 1 },
    ),
  },
  { ...Closed, title: 'Instances' },
);

/**
 * For the contract only: image-body.ts reads and checks these. JSON comes first, since some generators of
 * clients know one content type for a call.
 */
const bodies = {
  content: {
    'application/json': { schema: InstancesSchema },
    'multipart/form-data': {
      schema: Type.Object(
        {
          image: Type.Array(Binary, {
            description:
              'Image files, under this or any other field name; together they are one batch.',
          }),
        },
        { title: 'PredictForm' },
      ),
    },
    'application/octet-stream': { schema: Binary },
    'image/*': { schema: Binary },
  },
};

const description =
  'Takes image files of a form, the bytes of one image, or JSON; PNG, JPEG, WebP, GIF (the first frame), AVIF and TIFF. ' +
  'All images of a request are answered together and in order. One that is not usable refuses the request and is named by ' +
  'its index, or with partial=true is answered with its error. The header server-timing says how long each stage took; glimpse-prediction-id, glimpse-model-digest, ' +
  'glimpse-preprocessing-digest and glimpse-batch name the call, what answered it, and its batches. While the repository has not answered for long, the header ' +
  'glimpse-stale says for how many seconds: a newer version may be meant to answer. A call is refused (429) before its body is read where its queue has no room ' +
  'or its deadline would pass in it; Retry-After says when it would have been let in.';

/** The description of one predict call. */
export function predictSchema(
  operationId: string,
  summary: string,
  params: TSchema = Type.Object({}),
): RouteShorthandOptions {
  return {
    // Fastify would check bodies described by content type against their bytes and refuse them all.
    validatorCompiler: unchecked('body', 'headers'),
    schema: {
      tags: ['predict'],
      operationId,
      summary,
      description,
      params,
      querystring: PredictQuerySchema,
      headers: PredictHeadersSchema,
      body: bodies,
      response: {
        200: reference('PredictAnswer', 'One prediction per image, in order.'),
        ...errorResponses(404, 409, 422, 429, 503, 504),
      },
    },
  };
}
