import { errors } from '../errors.ts';
import { discardUploads } from './admission.ts';
import { holdExclusively, type LockTiming } from './exclusive-hold.ts';
import type { JobQueue } from './queue.ts';

/** A queue that only one process at a time has: its records, checkpoints and lanes are one process's own. */
export interface ExclusiveQueue extends JobQueue {
  /** Why this process takes no jobs; undefined when it does. */
  readonly problem: string | undefined;
}

export interface ExclusiveQueueOptions {
  /** Where the lock lies; it holds nothing else. */
  readonly lockFolder: string;
  /** Opens the queue, once its records are this process's own. */
  readonly open: () => Promise<JobQueue>;
  /** Called when this process begins or ends to wait for another one, with the reason. */
  readonly onWaiting: (problem: string | undefined) => void;
  readonly timing?: LockTiming;
}

const noJobs = { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0, interrupted: 0 };

/**
 * Opens the queue now, or as soon as the process that has it ends. Until then every call but `states` is refused with
 * GLIMPSE_DATA_DIR_IN_USE.
 */
export async function openExclusiveQueue(options: ExclusiveQueueOptions): Promise<ExclusiveQueue> {
  const hold = await holdExclusively({
    ...options,
    name: 'jobs',
    close: (queue) => queue.close(),
  });
  let isDraining = false;
  const present = (): JobQueue => {
    if (hold.opened) return hold.opened;
    if (isDraining) throw new errors.GLIMPSE_DRAINING();
    throw new errors.GLIMPSE_DATA_DIR_IN_USE(hold.holder);
  };
  return {
    get problem() {
      return hold.opened ? undefined : new errors.GLIMPSE_DATA_DIR_IN_USE(hold.holder).message;
    },
    async submit(kind, request, given = {}) {
      if (!hold.opened) await discardUploads(given.uploads ?? []);
      return present().submit(kind, request, given);
    },
    catchUp: async (id) => hold.opened?.catchUp(id),
    get: (id) => present().get(id),
    list: () => present().list(),
    states: () => hold.opened?.states() ?? { ...noJobs },
    cancel: async (id) => present().cancel(id),
    publish: async (id) => present().publish(id),
    events: (id, follow) => present().events(id, follow),
    logs: async (id, given) => present().logs(id, given),
    sheet: async (id) => present().sheet(id),
    async drain() {
      isDraining = true;
      await hold.stopWaiting();
      await hold.opened?.drain();
    },
    close: () => hold.close(),
  };
}
