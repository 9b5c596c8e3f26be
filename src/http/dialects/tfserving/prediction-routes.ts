import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Static, TSchema } from 'typebox';
import { Type } from '../../../schema/builder.ts';
import { unchecked } from '../../validate-request.ts';
import {
  errorResponsesAs,
  LabelParamsSchema,
  ModelParamsSchema,
  VersionParamsSchema,
} from '../../schemas.ts';
import { answerCall, refuseOtherTypes, type Choice } from '../answer-call.ts';
import { invalidBody } from '../body-problem.ts';
import { servedScores } from '../class-scores.ts';
import type { DialectOptions } from '../dialect.ts';
import { classifyAnswer, predictAnswer } from './answers.ts';
import { classifyForm } from './classify-body.ts';
import { predictForm } from './predict-body.ts';

const verbs = ['predict', 'classify', 'regress'] as const;
type Verb = (typeof verbs)[number];

/** `:predict`, `:classify` and `:regress` of a model, one of its versions, and a label. */
export function registerPredictionRoutes(app: FastifyInstance, options: DialectOptions): void {
  const answer = answerers(options);
  for (const verb of verbs) {
    const method: Answer = async (request, reply, choice) => {
      refuseOtherTypes(request, accepted);
      return answer[verb](request, reply, choice);
    };
    // A colon in a pattern begins a parameter, and two of them are one; the expression ends the parameter before them.
    app.post<{ Params: Static<typeof ModelParamsSchema> }>(
      `/v1/models/:model([^:]+)::${verb}`,
      described(verb, '', ModelParamsSchema),
      (request, reply) => method(request, reply, request.params),
    );
    app.post<{ Params: Static<typeof VersionParamsSchema> }>(
      `/v1/models/:model/versions/:version([^:]+)::${verb}`,
      described(verb, 'Version', VersionParamsSchema),
      (request, reply) => {
        const { model, version } = request.params;
        return method(request, reply, { model, selector: { version } });
      },
    );
    app.post<{ Params: Static<typeof LabelParamsSchema> }>(
      `/v1/models/:model/labels/:label([^:]+)::${verb}`,
      described(verb, 'Label', LabelParamsSchema),
      (request, reply) => {
        const { model, label } = request.params;
        return method(request, reply, { model, selector: { label } });
      },
    );
  }
}

/** TensorFlow Serving does not look at the type, and curl calls every body a form. */
const accepted = [
  'application/json',
  '',
  'text/plain',
  'application/octet-stream',
  'application/x-www-form-urlencoded',
];

type Answer = (
  request: FastifyRequest,
  reply: FastifyReply,
  choice: Choice,
) => Promise<FastifyReply>;

function answerers(options: DialectOptions): Record<Verb, Answer> {
  return {
    predict: (request, reply, choice) =>
      answerCall(options, request, reply, choice, {
        form: predictForm,
        asks: () => ({}),
        write: ({ result }, form) => {
          void reply.type('application/json');
          return predictAnswer(form, servedScores(result).rows);
        },
      }),
    classify: (request, reply, choice) =>
      answerCall(options, request, reply, choice, {
        form: classifyForm,
        asks: () => ({}),
        write: ({ result }) => {
          void reply.type('application/json');
          const { classes, rows } = servedScores(result);
          return classifyAnswer(classes, rows);
        },
      }),
    async regress() {
      throw invalidBody(
        'Expected regression signature method_name to be tensorflow/serving/regress. Was: tensorflow/serving/classify; models here are classifiers: call :classify or :predict',
      );
    },
  };
}

const bodies: Record<Verb, TSchema> = {
  predict: Type.Object(
    {
      signature_name: Type.Optional(Type.String()),
      instances: Type.Optional(
        Type.Array(Type.Unknown(), {
          description:
            'Row by row: each is the tensor of one image as the model itself takes it, or {"b64": "..."}, bare or under the name of the input.',
        }),
      ),
      inputs: Type.Optional(
        Type.Unknown({ description: 'Instead: the tensor of all images, bare or named.' }),
      ),
    },
    { title: 'TfServingPredict' },
  ),
  classify: Type.Object(
    {
      signature_name: Type.Optional(Type.String()),
      context: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
      examples: Type.Array(Type.Record(Type.String(), Type.Unknown()), {
        description:
          'One feature each: the file of an image as {"b64": "..."}, or the numbers of its tensor.',
      }),
    },
    { title: 'TfServingClassify' },
  ),
  regress: Type.Record(Type.String(), Type.Unknown()),
};

const answers: Record<Verb, TSchema> = {
  predict: Type.Object(
    {
      predictions: Type.Optional(Type.Array(Type.Array(Type.Number()))),
      outputs: Type.Optional(Type.Array(Type.Array(Type.Number()))),
    },
    {
      title: 'TfServingPredictions',
      description:
        'The scores of all classes for each image: predictions of instances, outputs of inputs.',
    },
  ),
  classify: Type.Object(
    { results: Type.Array(Type.Array(Type.Array(Type.Unknown()))) },
    {
      title: 'TfServingClassifications',
      description: 'For each example a list of [class, score].',
    },
  ),
  regress: Type.Object({}, { title: 'TfServingRegressions', description: 'Never: see 400.' }),
};

const summaries: Record<Verb, string> = {
  predict: 'The scores of all classes, as TensorFlow Serving answers them.',
  classify: 'The same with the names of the classes.',
  regress: 'Refused: models here are classifiers.',
};

function described(verb: Verb, what: '' | 'Version' | 'Label', params: TSchema) {
  const name = `${verb.charAt(0).toUpperCase()}${verb.slice(1)}`;
  return {
    // The body is read by its form, with errors of its own.
    validatorCompiler: unchecked('body', 'headers'),
    schema: {
      tags: ['tfserving'],
      operationId: `tfserving${name}${what === '' ? '' : `With${what}`}`,
      summary: summaries[verb],
      description:
        what === '' ? 'Of the version that answers by default.' : `Of a ${what.toLowerCase()}.`,
      params,
      body: { content: { 'application/json': { schema: bodies[verb] } } },
      response: {
        200: answers[verb],
        ...errorResponsesAs('TfServingError')(404, 429, 503, 504),
      },
    },
  };
}
