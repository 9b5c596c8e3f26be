import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from '../../../schema/builder.ts';
import type { Static, TSchema } from 'typebox';
import { errorResponsesAs, ModelParamsSchema, textResponse } from '../../schemas.ts';
import { unchecked } from '../../validate-request.ts';
import { answerCall } from '../answer-call.ts';
import { servedScores } from '../class-scores.ts';
import type { DialectOptions } from '../dialect.ts';
import { answerTypes } from '../hosting-options.ts';
import { chooseAnswerType } from './accept.ts';
import { scoringAnswer } from './answers.ts';
import { invocationForm } from './invocation-form.ts';

/** `/invocations` and what else is asked of a container that SageMaker or MLflow hosts; `/ping` is one of our own calls. */
export function registerInvocations(app: FastifyInstance, options: DialectOptions): void {
  const summary =
    'The scores of all classes, as endpoints of SageMaker and servers of MLflow answer.';
  app.post('/invocations', invocationsOf('invoke', summary), (request, reply) =>
    invoke(options, request, reply, options.defaultModel),
  );
  app.post<{ Params: Static<typeof ModelParamsSchema> }>(
    '/endpoints/:model/invocations',
    invocationsOf(
      'invokeEndpoint',
      'The same of the model that an endpoint is called by, as clients of SageMaker’s runtime ask for it.',
      ModelParamsSchema,
    ),
    (request, reply) => invoke(options, request, reply, request.params.model),
  );
  app.get(
    '/execution-parameters',
    {
      schema: {
        tags: ['sagemaker'],
        operationId: 'sagemakerExecutionParameters',
        summary: 'How a batch transform is to send its records.',
        description:
          'What the settings of this server say, and what its job does where it says nothing itself.',
        response: { 200: ExecutionParametersSchema },
      },
    },
    async () => options.hosting.execution,
  );
  app.get(
    '/version',
    {
      schema: {
        tags: ['sagemaker'],
        operationId: 'scoringVersion',
        summary: 'The release of this server.',
        description: 'MLflow’s own server answers that of MLflow.',
        response: { 200: textResponse('text/plain', 'The release of Glimpse.') },
      },
    },
    async (_request, reply) => reply.type('text/plain; charset=utf-8').send(options.version),
  );
}

/** Sent with an invocation for the model, and back with its answer. */
const customAttributes = 'x-amzn-sagemaker-custom-attributes';

/** Answers an invocation of a model in the type that its caller likes best. */
export async function invoke(
  options: DialectOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  model: string,
): Promise<FastifyReply> {
  const { headers } = request;
  const type = chooseAnswerType(headers.accept, options.hosting.accept);
  const form = invocationForm(headers['content-type'] ?? '');
  const attributes = headers[customAttributes];
  if (attributes !== undefined) void reply.header(customAttributes, attributes);
  return answerCall(
    options,
    request,
    reply,
    { model },
    {
      form,
      asks: () => ({}),
      write({ result }) {
        void reply.type(type);
        return scoringAnswer(type, servedScores(result).rows);
      },
    },
  );
}

const ExecutionParametersSchema = Type.Object(
  {
    MaxConcurrentTransforms: Type.Integer(),
    BatchStrategy: Type.String(),
    MaxPayloadInMB: Type.Integer(),
  },
  { title: 'ExecutionParameters' },
);

const DataFrameSplit = Type.Object(
  {
    columns: Type.Optional(Type.Array(Type.String())),
    data: Type.Array(Type.Array(Type.Unknown())),
  },
  { title: 'DataFrameSplit' },
);

const ScoringBodySchema = Type.Object(
  {
    instances: Type.Optional(
      Type.Array(Type.Unknown(), {
        description:
          'The tensor of each image as the model itself takes it, or the file of an image in base64, bare, as {"b64": "..."} or as a data URL.',
      }),
    ),
    inputs: Type.Optional(Type.Unknown({ description: 'The same, bare or under one name.' })),
    dataframe_split: Type.Optional(DataFrameSplit),
    dataframe_records: Type.Optional(
      Type.Array(Type.Record(Type.String(), Type.Unknown()), {
        description: 'A row for each image: its numbers, or in one column its file in base64.',
      }),
    ),
  },
  { title: 'ScoringBody', description: 'Exactly one of its fields.' },
);

const Scores = Type.Array(Type.Number(), { description: 'Of all classes, in their order.' });

const Binary = Type.String({ format: 'binary' });

/** The description of a call that invokes a model. */
function invocationsOf(operationId: string, summary: string, params: TSchema = Type.Object({})) {
  return {
    // The body is read by its form, with errors of its own.
    validatorCompiler: unchecked('body', 'headers'),
    schema: {
      tags: ['sagemaker'],
      operationId,
      summary,
      params,
      description: `Answered as the header accept says: ${answerTypes.join(', ')}.`,
      body: {
        content: {
          'application/json': { schema: ScoringBodySchema },
          'application/jsonlines': { schema: Type.String() },
          'text/csv': { schema: Type.String() },
          'application/octet-stream': { schema: Binary },
          'image/*': { schema: Binary },
        },
      },
      response: {
        ...errorResponsesAs('ScoringError')(404, 406, 422, 429, 503, 504),
        200: {
          description: 'The scores of all classes for each image.',
          content: {
            'application/json': {
              schema: Type.Object({ predictions: Type.Array(Scores) }, { title: 'ScoringAnswer' }),
            },
            'application/jsonlines': { schema: Type.String() },
            'text/csv': { schema: Type.String() },
          },
        },
      },
    },
  };
}
