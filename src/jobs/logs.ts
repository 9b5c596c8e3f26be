import type { JobEvent } from './record.ts';
import type { JobLog } from './log.ts';
import { logLineOf } from './log-lines.ts';

/** The open logs of jobs, each opened once. */
export interface JobLogs {
  of(id: string): JobLog;
  /** Keeps an event of a job. */
  hear(id: string, event: JobEvent): void;
  /** Closes the log of a job that is about to be removed. */
  forget(id: string): Promise<void>;
  /** Resolves when all that was said is on disk. */
  settled(): Promise<void>;
}

export function createJobLogs(open: (id: string) => JobLog): JobLogs {
  const logs = new Map<string, JobLog>();
  const of = (id: string): JobLog => {
    const log = logs.get(id) ?? open(id);
    logs.set(id, log);
    return log;
  };
  return {
    of,
    hear(id, event) {
      const line = logLineOf(event);
      if (line !== undefined) of(id).write(line);
    },
    async forget(id) {
      await logs.get(id)?.settled();
      logs.delete(id);
    },
    async settled() {
      for (const log of logs.values()) await log.settled();
    },
  };
}
