import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest, FastifySchemaCompiler } from 'fastify';
import type { Static, TSchema } from 'typebox';
import type { JobQueue, SubmitOptions } from '../../jobs/queue.ts';
import { errorResponses, reference } from '../schemas.ts';
import type { TrainHeadersSchema } from './train-schemas.ts';
import { receiveTrainForm, type ReceivedForm, type UploadLimits } from './train-upload.ts';

/** What a request that becomes a job may be answered, for the contract. */
export const jobResponses = {
  202: reference('Job', 'Accepted; location names the job.'),
  200: reference('Job', 'The job this idempotency key has made before.'),
  ...errorResponses(403, 404, 408, 409, 413, 415, 422, 429, 503),
};

/** The queue checks the request itself, whole and before it accepts it: the form and JSON alike. */
export const formValidator: FastifySchemaCompiler<TSchema> = (part) =>
  part.httpPart === 'body' ? () => true : TypeBoxValidatorCompiler(part);

/** What the headers and the files of a request mean to the queue. */
export function optionsOf(
  { headers }: { headers: Static<typeof TrainHeadersSchema> },
  { uploads: upload }: ReceivedForm,
): SubmitOptions {
  const key = headers['idempotency-key'];
  return { upload, ...(key !== undefined && { idempotencyKey: key }) };
}

/** The job a request has become; what the queue has not taken over of its files is removed. */
export async function submitForm(
  form: ReceivedForm,
  submitted: ReturnType<JobQueue['submit']>,
): ReturnType<JobQueue['submit']> {
  try {
    return await submitted;
  } finally {
    await form.discard();
  }
}

/** A repeated key is answered with the job it made, and that nothing was created now. */
export function sendJob(
  reply: FastifyReply,
  { job, created }: Awaited<ReturnType<JobQueue['submit']>>,
): FastifyReply {
  return reply
    .code(created ? 202 : 200)
    .header('location', `/train/${job.id}`)
    .send(job);
}

/** The request, as JSON or as a form with files. */
export async function receiveRequest(
  request: FastifyRequest,
  uploads: UploadLimits,
): Promise<ReceivedForm> {
  if (request.isMultipart()) return receiveTrainForm(request, uploads);
  return { request: request.body ?? {}, uploads: [], discard: async () => {} };
}
