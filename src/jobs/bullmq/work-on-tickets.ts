import type { Job } from 'bullmq';
import { isGlimpseError, messageOf } from '../../errors.ts';
import type { ExecutorListener } from '../executor.ts';
import type { JobLaneName } from '../kinds/job-kind.ts';
import type { SharedRunEnd } from '../shared/run-shared-job.ts';
import {
  connectRedis,
  jobIdOf,
  leave,
  loadBullmq,
  queueOf,
  reasonOf,
  waitingOptions,
  type RedisPlace,
} from './connect.ts';

/** Takes tickets from the queues of lanes and has their jobs worked on, in each lane one after the other. */
export interface TicketWork {
  /** Why it takes no tickets now; undefined when it does. */
  problem(): string | undefined;
  /** Takes no further ticket, has those at work put aside for others, and ends. */
  drain(): Promise<void>;
}

export interface TicketWorkOptions extends RedisPlace {
  readonly lanes: readonly JobLaneName[];
  /** How long a worker may not be heard of until its tickets go to another one. */
  readonly stallMs: number;
  readonly run: (
    id: string,
    report: ExecutorListener,
    signal: AbortSignal,
  ) => Promise<SharedRunEnd>;
  readonly onProblem: (problem: string) => void;
}

/** A ticket that cannot be worked on here and now is offered again after this time. */
const AGAIN_MS = 3_000;
/** Steps come faster than anybody reads. */
const PROGRESS_INTERVAL_MS = 250;
/** Vanished workers are counted in the record of the job, which knows whether it got further. */
const ANY_NUMBER = 2 ** 31 - 1;

/** Begins to take tickets, as soon as the Redis answers. GLIMPSE_JOBS_UNAVAILABLE without its packages. */
export async function workOnTickets(options: TicketWorkOptions): Promise<TicketWork> {
  const { lanes, stallMs, prefix, onProblem } = options;
  const { Redis, Worker, DelayedError, WaitingError } = await loadBullmq();
  const connection = connectRedis(Redis, options, waitingOptions, onProblem);
  const draining = new AbortController();
  const runs = new Set<Promise<unknown>>();

  const again = async (ticket: Job, token: string | undefined, why: string): Promise<never> => {
    onProblem(`Job ${ticket.name} ${jobIdOf(ticket.id ?? '')} is left for later: ${why}`);
    await ticket.moveToDelayed(Date.now() + AGAIN_MS, token);
    throw new DelayedError();
  };
  const work = async (ticket: Job, token: string | undefined): Promise<void> => {
    const run = options.run(jobIdOf(ticket.id ?? ''), reportOf(ticket), draining.signal);
    const settled = run.catch((error: unknown) => ({ error }));
    runs.add(settled);
    const end = await settled.finally(() => runs.delete(settled));
    if (end === 'put aside') {
      await ticket.moveToWait(token);
      throw new WaitingError();
    }
    // A job that is gone leaves nothing to do; one that cannot be read or fetched here may be elsewhere, or later.
    if (typeof end === 'object' && !isGone(end.error))
      await again(ticket, token, messageOf(end.error));
  };
  const workers = lanes.map((lane) => {
    const worker = new Worker(queueOf(lane), work, {
      connection: connection.redis,
      prefix,
      skipVersionCheck: true,
      concurrency: 1,
      lockDuration: stallMs,
      stalledInterval: Math.ceil(stallMs / 2),
      maxStalledCount: ANY_NUMBER,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    });
    worker.on('error', tellOnce(onProblem));
    return worker;
  });
  return {
    problem: () => connection.problem(),
    async drain() {
      const pausing = workers.map((worker) => worker.pause(true));
      draining.abort();
      await Promise.allSettled([...pausing, ...runs]);
      await leave(workers);
      connection.close();
    },
  };
}

/** Tells servers through Redis what no record keeps; nobody is hurt where it is lost. */
function reportOf(ticket: Job): ExecutorListener {
  let toldAt = -Infinity;
  return (_, event) => {
    const now = performance.now();
    if (event?.type !== 'progress' && event?.type !== 'checkpoint') return;
    if (event.type === 'progress' && now - toldAt < PROGRESS_INTERVAL_MS) return;
    toldAt = now;
    void ticket.updateProgress(event).catch(() => {});
  };
}

/** The same problem again and again is told once. */
function tellOnce(onProblem: (problem: string) => void): (error: Error) => void {
  let last: string | undefined;
  return (error) => {
    const reason = reasonOf(error);
    if (reason !== last) onProblem(reason);
    last = reason;
  };
}

function isGone(error: unknown): boolean {
  return isGlimpseError(error) && error.code === 'GLIMPSE_JOB_NOT_FOUND';
}
