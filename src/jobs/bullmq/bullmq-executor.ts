import type { Queue, QueueEvents } from 'bullmq';
import { errors, isGlimpseError } from '../../errors.ts';
import { compiledWhenUsed } from '../../schema.ts';
import type { ExecutorListener, JobExecutor } from '../executor.ts';
import { jobKinds, RunEventSchema } from '../kinds.ts';
import { jobLanes, type JobLaneName } from '../kinds/job-kind.ts';
import {
  commandOptions,
  connectRedis,
  jobIdOf,
  leave,
  loadBullmq,
  queueOf,
  reasonOf,
  ticketIdOf,
  waitingOptions,
  type RedisConnection,
  type RedisPlace,
} from './connect.ts';

/** Has jobs worked on by workers that take their tickets from queues in a Redis, one queue for each lane. */
export interface BullmqExecutor extends JobExecutor {
  /** Why nothing can be submitted now, for people. */
  readonly problem: string | undefined;
  close(): Promise<void>;
}

export interface BullmqExecutorOptions extends RedisPlace {
  /** Called for failures that no caller receives. */
  readonly onProblem: (problem: string) => void;
}

const isRunEvent = compiledWhenUsed(RunEventSchema);

/** An executor that connects at once and goes on trying; until then calls are refused. */
export function createBullmqExecutor(options: BullmqExecutorOptions): BullmqExecutor {
  const listeners = new Set<ExecutorListener>();
  const tell: ExecutorListener = (id, event) => {
    for (const listener of listeners) listener(id, event);
  };
  const opening = openQueues(options, tell);
  let opened: OpenedQueues | undefined;
  let problem: string | undefined;
  opening.then(
    (queues) => (opened = queues),
    (error: unknown) => options.onProblem((problem = reasonOf(error))),
  );
  const ask = async <T>(call: (queues: OpenedQueues) => Promise<T>): Promise<T> => {
    try {
      const queues = await opening;
      await queues.connection.ready();
      return await call(queues);
    } catch (error) {
      if (isGlimpseError(error)) throw error;
      throw new errors.GLIMPSE_JOBS_UNAVAILABLE(reasonOf(error));
    }
  };
  return {
    get problem() {
      return problem ?? opened?.connection.problem();
    },
    submit: ({ id, kind }) =>
      ask(async ({ queues }) => {
        const jobId = ticketIdOf(id);
        await queues[jobKinds[kind].lane].add(kind, { id, kind }, { jobId, ...leaveNothing });
      }),
    describe: (id) =>
      ask(async ({ queues }) => {
        const all = Object.values(queues).map((queue) => queue.getJobState(ticketIdOf(id)));
        const states = await Promise.all(all);
        if (states.includes('active')) return 'running';
        const waits = states.some((state) => !['unknown', 'completed', 'failed'].includes(state));
        return waits ? 'waiting' : undefined;
      }),
    cancel: (id) => ask(({ queues }) => cancelIn(Object.values(queues), id)),
    events(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => opening.then((queues) => queues.close()).catch(() => {}),
  };
}

/** What has become of a job is told by its record. */
const leaveNothing = { removeOnComplete: true, removeOnFail: true };

interface OpenedQueues {
  readonly connection: RedisConnection;
  readonly queues: Readonly<Record<JobLaneName, Queue>>;
  close(): Promise<void>;
}

async function openQueues(
  { onProblem, ...place }: BullmqExecutorOptions,
  tell: ExecutorListener,
): Promise<OpenedQueues> {
  const { Redis, Queue, QueueEvents } = await loadBullmq();
  // What Redis is fit for is asked once, not by each of them.
  const own = { prefix: place.prefix, skipVersionCheck: true };
  const connection = connectRedis(Redis, place, commandOptions, onProblem);
  const listening = connectRedis(Redis, place, waitingOptions, () => {});
  const open = (lane: JobLaneName): Queue => {
    const queue = new Queue(queueOf(lane), { connection: connection.redis, ...own });
    // The connection tells of what is wrong with it.
    queue.on('error', () => {});
    return queue;
  };
  const queues = {
    training: open('training'),
    prediction: open('prediction'),
    short: open('short'),
    search: open('search'),
  };
  const events = jobLanes.map((lane) =>
    passOn(new QueueEvents(queueOf(lane), { connection: listening.redis, ...own }), tell),
  );
  return {
    connection,
    queues,
    async close() {
      await leave([...Object.values(queues), ...events]);
      listening.close();
      connection.close();
    },
  };
}

/** Passes on what workers tell through Redis. */
function passOn(events: QueueEvents, tell: ExecutorListener): QueueEvents {
  const changed = ({ jobId }: { readonly jobId: string }): void => tell(jobIdOf(jobId));
  events.on('active', changed);
  events.on('completed', changed);
  events.on('progress', ({ jobId, data }) =>
    tell(jobIdOf(jobId), isRunEvent(data) ? data : undefined),
  );
  events.on('error', () => {});
  return events;
}

/** Takes the ticket of a job that waits away. Whoever works on one looks at its record, and stops by that. */
async function cancelIn(queues: readonly Queue[], id: string): Promise<boolean> {
  for (const queue of queues) {
    const ticket = await queue.getJob(ticketIdOf(id));
    if (!ticket) continue;
    if (!(await ticket.isActive())) await ticket.remove().catch(() => {});
    return true;
  }
  return false;
}
