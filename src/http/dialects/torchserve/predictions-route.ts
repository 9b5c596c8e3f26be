import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Static, TSchema } from 'typebox';
import { Type } from '../../../schema/builder.ts';
import { unchecked } from '../../validate-request.ts';
import { errorResponsesAs, ModelParamsSchema, VersionParamsSchema } from '../../schemas.ts';
import { answerCall, refuseOtherTypes, type Choice } from '../answer-call.ts';
import { servedScores } from '../class-scores.ts';
import type { DialectOptions } from '../dialect.ts';
import { classifierAnswer } from './answers.ts';
import { predictionsForm } from './predictions-form.ts';

/** `/predictions/{model}` and `/predictions/{model}/{version}`. */
export function registerPredictions(app: FastifyInstance, options: DialectOptions): void {
  const answer = async (request: FastifyRequest, reply: FastifyReply, choice: Choice) => {
    refuseOtherTypes(request, accepted);
    return answerCall(options, request, reply, choice, {
      form: predictionsForm,
      asks: () => ({}),
      write({ result }, asked) {
        void reply.type('application/json');
        return classifierAnswer(servedScores(result), asked);
      },
    });
  };
  // `curl -T kitten.jpg`, as TorchServe's own pages have it, is a PUT.
  for (const method of ['post', 'put'] as const) {
    app[method]<{ Params: Static<typeof ModelParamsSchema> }>(
      '/predictions/:model',
      described(method, 'Predict', 'The five likeliest classes of an image.', ModelParamsSchema),
      (request, reply) => answer(request, reply, request.params),
    );
    app[method]<{ Params: Static<typeof VersionParamsSchema> }>(
      '/predictions/:model/:version',
      described(method, 'PredictWithVersion', 'The same, of one version.', VersionParamsSchema),
      (request, reply) => {
        const { model, version } = request.params;
        return answer(request, reply, { model, selector: { version } });
      },
    );
  }
}

/** TorchServe takes the bytes of an image under whatever type, and curl calls every body a form. */
const accepted = [
  'image/*',
  '',
  'application/octet-stream',
  'binary/octet-stream',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'application/json',
];

const Binary = Type.String({ format: 'binary' });

function described(method: 'post' | 'put', call: string, summary: string, params: TSchema) {
  return {
    // The body is read by its form, with errors of its own.
    validatorCompiler: unchecked('body', 'headers'),
    schema: {
      tags: ['torchserve'],
      operationId: `torchserve${method === 'put' ? 'Put' : ''}${call}`,
      summary,
      description:
        'An object of classes and their scores, best first; a list of them for several images.',
      params,
      body: {
        content: {
          'application/octet-stream': { schema: Binary },
          'image/*': { schema: Binary },
          'multipart/form-data': {
            schema: Type.Object({ data: Type.Array(Binary) }, { title: 'TorchServeForm' }),
          },
          'application/json': {
            schema: Type.Object(
              {
                data: Type.Unknown({ description: 'A tensor, or the file of an image in base64.' }),
              },
              { title: 'TorchServeBody' },
            ),
          },
        },
      },
      response: {
        ...errorResponsesAs('TorchServeError')(404, 422, 429, 503, 504),
        200: Type.Record(Type.String(), Type.Number(), {
          description: 'Classes and their scores.',
        }),
      },
    },
  };
}
