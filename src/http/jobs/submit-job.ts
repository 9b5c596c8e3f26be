import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import { errors, withDetails } from '../../errors.ts';
import { responseErrorOf } from '../../jobs/job-error.ts';
import type { JobKindName } from '../../jobs/kinds.ts';
import type { JobQueue } from '../../jobs/queue.ts';
import type { JobRecord } from '../../jobs/record.ts';
import { isRecord } from '../../json.ts';
import { invalidRequest } from '../../schema.ts';
import { Type } from '../../schema/builder.ts';
import { checkModel, checkScope } from '../access/visible.ts';
import { errorResponses, reference } from '../schemas.ts';
import { unchecked } from '../validate-request.ts';
import { PreferSchema, waitForEnd, preferredWaitSeconds, type WaitOptions } from './prefer.ts';
import { receiveForm, type ReceivedForm, type UploadLimits } from './receive-form.ts';

export const JobHeadersSchema = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      description: 'The same request sent twice with the same key makes one job.',
    }),
  ),
  prefer: PreferSchema,
});
export type JobHeaders = Static<typeof JobHeadersSchema>;

/** The responses to a request that becomes a job, for the contract. */
export const jobResponses = {
  202: reference('Job', 'Accepted, and not done yet; location names the job.'),
  200: reference(
    'Job',
    'With "Prefer: wait": the job, done. Else the job this idempotency key has made before.',
  ),
  ...errorResponses(403, 404, 409, 422, 429, 503),
};

/** The queue checks the request itself, whole and before it accepts it: the form and JSON alike. */
export const formValidator = unchecked('body');

export interface SubmitContext extends WaitOptions {
  readonly jobs: Pick<JobQueue, 'submit' | 'events' | 'get'>;
  readonly uploads: UploadLimits;
  /** Where its jobs are found; /train when left out. */
  readonly at?: string;
}

export interface SubmitResponse {
  /** Takes in a body that is neither JSON nor a form; undefined where it is. */
  readonly receive?: (limits: UploadLimits) => Promise<ReceivedForm> | undefined;
  /** The fields of the request that stand in the path. */
  readonly path?: Readonly<Record<string, unknown>>;
  /** Responds to a client that waited for a job that has succeeded. Default: with its record. */
  readonly onSuccess?: (job: JobRecord) => Promise<FastifyReply>;
}

/**
 * Makes a job of a request and responds with it; to a client that prefers to wait, with its result: the job's
 * success, its error, or the job as it is when the wait is over.
 */
export async function submitJob(
  kind: JobKindName,
  request: FastifyRequest<{ Headers: JobHeaders }>,
  reply: FastifyReply,
  context: SubmitContext,
  { path = {}, receive, onSuccess }: SubmitResponse = {},
): Promise<FastifyReply> {
  const { job, created } = await submit(kind, request, path, context, receive);
  return respondWithJob(job, created ? 202 : 200, request, reply, {
    ...context,
    ...(onSuccess && { onSuccess }),
  });
}

export interface JobResponse
  extends WaitOptions, Pick<SubmitResponse, 'onSuccess'>, Pick<SubmitContext, 'at'> {}

/** Responds with a job at once, or with its result to a client that prefers to wait for it. */
export async function respondWithJob(
  job: JobRecord,
  acceptedStatus: 200 | 202,
  request: FastifyRequest<{ Headers: Pick<JobHeaders, 'prefer'> }>,
  reply: FastifyReply,
  { onSuccess, at = '/train', ...waiting }: JobResponse,
): Promise<FastifyReply> {
  request.auditedChange = { to: { job: job.id } };
  const respond = (status: number, record: JobRecord): FastifyReply =>
    reply.code(status).header('location', `${at}/${job.id}`).send(record);
  const seconds = preferredWaitSeconds(request.headers.prefer);
  if (seconds === undefined) return respond(acceptedStatus, job);

  void reply.header('preference-applied', `wait=${seconds}`);
  const record = await waitForEnd(job.id, seconds, reply, waiting);
  if (record.error) throw responseErrorOf(record.error, job.id);
  if (record.state === 'cancelled') {
    throw withDetails(new errors.GLIMPSE_TRAINING_CANCELLED(), { job: job.id });
  }
  if (record.state !== 'succeeded') return respond(acceptedStatus, record);
  return onSuccess ? onSuccess(record) : respond(200, record);
}

/** Submits the request to the queue; files that the queue has not moved away are removed. */
async function submit(
  kind: JobKindName,
  request: FastifyRequest<{ Headers: JobHeaders }>,
  path: Readonly<Record<string, unknown>>,
  { jobs, uploads: limits }: SubmitContext,
  receive: SubmitResponse['receive'],
): ReturnType<JobQueue['submit']> {
  const form = await (receive?.(limits) ?? receiveRequest(request, limits));
  const idempotencyKey = request.headers['idempotency-key'];
  try {
    return await jobs.submit(kind, withPath(form.request, path), {
      uploads: form.uploads,
      permit(subject) {
        checkModel(request, subject.model);
        if (subject.releases) checkScope(request, 'release');
      },
      ...(idempotencyKey !== undefined && { idempotencyKey: ownKey(request, idempotencyKey) }),
    });
  } finally {
    await form.discard();
  }
}

/** Two callers with keys of their own never share an idempotency key by accident. */
function ownKey({ caller }: FastifyRequest, key: string): string {
  return caller.kind === 'key' || caller.kind === 'token' ? `${caller.id} ${key}` : key;
}

/** The request, as JSON or as a form with files. */
async function receiveRequest(
  request: FastifyRequest,
  uploads: UploadLimits,
): Promise<ReceivedForm> {
  if (request.isMultipart()) return receiveForm(request, uploads);
  return { request: request.body ?? {}, uploads: [], discard: async () => {} };
}

/** The body with the fields of the path added; a body that has one of them is refused. */
function withPath(body: unknown, path: Readonly<Record<string, unknown>>): unknown {
  if (!isRecord(body)) return body;
  const duplicate = Object.keys(path).find((name) => name in body);
  if (duplicate === undefined) return { ...body, ...path };
  throw invalidRequest('body', {
    sentence: `it has no field called "${duplicate}"; the path of the call says it`,
    path: `/${duplicate}`,
  });
}
