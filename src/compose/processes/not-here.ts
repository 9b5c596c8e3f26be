import { errors } from '../../errors.ts';
import type { ExclusiveQueue } from '../../jobs/exclusive-queue.ts';
import type { FoldersWatch } from '../folders.ts';

const noJobs = { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0, interrupted: 0 };

/** The queue of a process that passes every call about jobs on: none arrives here. */
export function jobsOfAnotherProcess(): ExclusiveQueue {
  return refusing(() => new errors.GLIMPSE_PROCESS_AWAY());
}

/** The queue of a server that takes no jobs. */
export function jobsNowhere(): ExclusiveQueue {
  return refusing(() => new errors.GLIMPSE_NOT_OFFERED('it takes no jobs (GLIMPSE_JOBS=off).'));
}

function refusing(reason: () => Error): ExclusiveQueue {
  const refuse = (): never => {
    throw reason();
  };
  const refuseLater = async (): Promise<never> => refuse();
  return {
    problem: undefined,
    submit: refuseLater,
    catchUp: async () => {},
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
