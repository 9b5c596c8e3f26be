import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { JobQueue } from '../../jobs/queue.ts';
import { hasEnded, type JobRecord } from '../../jobs/record.ts';
import { whenClientLeaves } from '../client-left.ts';

/** The longest a request may ask to be held open until its job has ended, whatever it prefers. */
export const longestWaitSeconds = 60;

export const PreferSchema = Type.Optional(
  Type.String({
    description: `wait=N (RFC 7240): hold the response for up to N seconds, at most ${longestWaitSeconds}, until the job has ended.`,
  }),
);

const preference = /(?:^|,)\s*([^\s=;,"]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^\s;,"]*))?/g;

/**
 * The seconds of "Prefer: wait=10" (RFC 7240), no more than the longest wait. Undefined when the header does
 * not say so: what is not understood there is not an error.
 */
export function waitOf(header: string | undefined): number | undefined {
  for (const [, name = '', value = ''] of (header ?? '').matchAll(preference)) {
    if (name.toLowerCase() !== 'wait') continue;
    const seconds = /^"?(\d{1,9})"?$/.exec(value)?.[1];
    return seconds === undefined ? undefined : Math.min(Number(seconds), longestWaitSeconds);
  }
  return undefined;
}

export interface WaitOptions {
  readonly jobs: Pick<JobQueue, 'events' | 'get'>;
  /** Aborts when the server shuts down: a waiting client then gets the job as it is. */
  readonly closing: AbortSignal;
}

/** Waits until a job has ended, the seconds are over, the client has left or the server closes; how the job is then. */
export async function waitForEnd(
  id: string,
  seconds: number,
  reply: FastifyReply,
  { jobs, closing }: WaitOptions,
): Promise<JobRecord> {
  const left = new AbortController();
  whenClientLeaves(reply, () => left.abort());
  const late = AbortSignal.timeout(seconds * 1000);
  const signal = AbortSignal.any([left.signal, late, closing]);
  for await (const event of jobs.events(id, { signal })) {
    if (event.type === 'state' && hasEnded(event)) break;
  }
  return jobs.get(id);
}
