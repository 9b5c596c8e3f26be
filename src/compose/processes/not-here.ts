import { errors } from '../../errors.ts';
import type { ExclusiveQueue } from '../../jobs/exclusive-queue.ts';
import type { FoldersWatch } from '../folders.ts';

const noJobs = { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0, interrupted: 0 };

const refuse = (): never => {
  throw new errors.GLIMPSE_PROCESS_AWAY();
};
const refuseLater = async (): Promise<never> => refuse();

/** The queue of a process that passes every call about jobs on: none arrives here. */
export function jobsOfAnotherProcess(): ExclusiveQueue {
  return {
    problem: undefined,
    submit: refuseLater,
    get: refuse,
    list: refuse,
    states: () => ({ ...noJobs }),
    cancel: refuseLater,
    publish: refuseLater,
    events: refuse,
    logs: refuseLater,
    sheet: refuseLater,
    drain: async () => {},
    close: async () => {},
  };
}

/** The folders of a server are watched by its first process. */
export const noFolders: FoldersWatch = { problems: () => [], close: () => {} };
