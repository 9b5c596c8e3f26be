import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import { ModelParamsSchema } from '../../schemas.ts';
import { answerCall, choiceOf, refuseOtherTypes } from '../answer-call.ts';
import type { DialectOptions } from '../dialect.ts';
import { checkOutputs, outputsOf, writeAnswer } from './infer-answer.ts';
import { inferForm } from './infer-form.ts';
import { inferRoute, OipVersionParamsSchema } from './oip-schemas.ts';

/** The calls for predictions. */
export function registerInfer(app: FastifyInstance, options: DialectOptions): void {
  app.post<{ Params: Static<typeof ModelParamsSchema> }>(
    '/v2/models/:model/infer',
    inferRoute('oipInfer', 'Ask a model, as Triton and KServe are asked.', ModelParamsSchema),
    (request, reply) => infer(options, request, reply, request.params),
  );
  app.post<{ Params: Static<typeof OipVersionParamsSchema> }>(
    '/v2/models/:model/versions/:version/infer',
    inferRoute('oipInferVersion', 'Ask a version, or a label.', OipVersionParamsSchema),
    (request, reply) => infer(options, request, reply, request.params),
  );
}

/** The last one is what curl says of --data-binary; many say nothing at all. */
const acceptedTypes = [
  'application/json',
  'application/octet-stream',
  'application/vnd.sagemaker-triton.binary+json',
  'binary/octet-stream',
  'image/*',
  '',
  'application/x-www-form-urlencoded',
];

async function infer(
  options: DialectOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  { model, version }: { readonly model: string; readonly version?: string },
): Promise<FastifyReply> {
  refuseOtherTypes(request, acceptedTypes);
  return await answerCall(options, request, reply, choiceOf(model, version), {
    form: inferForm,
    asks: ({ isBulk, timeoutMs, outputs }) => ({
      isBulk,
      timeoutMs,
      onSignature: (signature) => checkOutputs(outputs, signature),
    }),
    write: ({ result }, wanted) => {
      const { body, jsonBytes } = writeAnswer(result, outputsOf(result, wanted), wanted);
      if (jsonBytes === undefined) void reply.type('application/json');
      else {
        void reply.type('application/octet-stream');
        void reply.header('inference-header-content-length', jsonBytes);
      }
      return body;
    },
  });
}
