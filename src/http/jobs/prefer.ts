import type { FastifyReply } from 'fastify';
import type { JobQueue } from '../../jobs/queue.ts';
import { hasEnded, type JobRecord } from '../../jobs/record.ts';
import { Type } from '../../schema/builder.ts';
import { whenClientLeaves } from '../client-left.ts';

/** The longest a request may ask to be held open until its job has ended, whatever it prefers. */
export const maxWaitSeconds = 60;

export const PreferSchema = Type.Optional(
  Type.String({
    description: `wait=N (RFC 7240): hold the response for up to N seconds, at most ${maxWaitSeconds}, until the job has ended.`,
  }),
);

const preference = /(?:^|,)\s*([^\s=;,"]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^\s;,"]*))?/g;

/**
 * The seconds of "Prefer: wait=10" (RFC 7240), capped at the longest wait. Undefined when the header has no such
 * preference: RFC 7240 says that preferences which are not understood are ignored.
 */
export function preferredWaitSeconds(header: string | undefined): number | undefined {
  for (const [, name = '', value = ''] of (header ?? '').matchAll(preference)) {
    if (name.toLowerCase() !== 'wait') continue;
    const seconds = /^"?(\d{1,9})"?$/.exec(value)?.[1];
    return seconds === undefined ? undefined : Math.min(Number(seconds), maxWaitSeconds);
  }
  return undefined;
}

export interface WaitOptions {
  readonly jobs: Pick<JobQueue, 'events' | 'get'>;
  /** Aborts when the server shuts down: a waiting client then gets the job as it is. */
  readonly closing: AbortSignal;
}

/** Waits until a job has ended, the seconds are over, the client has left or the server closes; returns its record then. */
export async function waitForEnd(
  id: string,
  seconds: number,
  reply: FastifyReply,
  { jobs, closing }: WaitOptions,
): Promise<JobRecord> {
  const clientLeft = new AbortController();
  whenClientLeaves(reply, () => clientLeft.abort());
  const timeout = AbortSignal.timeout(seconds * 1000);
  const signal = AbortSignal.any([clientLeft.signal, timeout, closing]);
  for await (const event of jobs.events(id, { signal })) {
    if (event.type === 'state' && hasEnded(event)) break;
  }
  return jobs.get(id);
}
