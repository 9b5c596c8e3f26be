import type { FastifyRequest } from 'fastify';
import { coversModel, includesScope, type Scope } from '../../access/scopes.ts';
import { errors, withDetails } from '../../errors.ts';
import { jobKinds } from '../../jobs/kinds.ts';
import type { JobQueue } from '../../jobs/queue.ts';
import type { JobRecord } from '../../jobs/record.ts';

/** Whether the caller of a request may know of a model. */
export function seesModel({ caller }: FastifyRequest, model: string): boolean {
  return coversModel(caller.models, model);
}

/** Whether the caller of a request may know of a job: of its model, where it is about one. */
export function seesJob(request: FastifyRequest, record: JobRecord): boolean {
  const model = modelOf(record);
  return model === undefined || seesModel(request, model);
}

/** The job that a request names. GLIMPSE_JOB_NOT_FOUND also where its caller may not know of it. */
export async function visibleJob(
  request: FastifyRequest,
  jobs: Pick<JobQueue, 'catchUp' | 'get'>,
  id: string,
): Promise<JobRecord> {
  await jobs.catchUp(id);
  const record = jobs.get(id);
  if (seesJob(request, record)) return record;
  throw new errors.GLIMPSE_JOB_NOT_FOUND(id.slice(0, 64));
}

/** GLIMPSE_FORBIDDEN for work on a model that the key of the caller is not for. */
export function checkModel(request: FastifyRequest, model: string | undefined): void {
  if (model === undefined || seesModel(request, model)) return;
  const reason = `"${request.caller.name}" is not for the model "${model}"`;
  throw withDetails(new errors.GLIMPSE_FORBIDDEN(reason), { model });
}

/** GLIMPSE_FORBIDDEN for what a request asks for besides, and the scopes of the caller do not include. */
export function checkScope({ caller }: FastifyRequest, scope: Scope): void {
  if (includesScope(caller.scopes, scope)) return;
  const reason = `"${caller.name}" does not have the scope "${scope}"`;
  throw withDetails(new errors.GLIMPSE_FORBIDDEN(reason), { scope });
}

function modelOf(record: JobRecord): string | undefined {
  return jobKinds[record.kind].subject(record.request).model;
}
