import { userInfo } from 'node:os';
import type { Actor } from './history-entry.ts';

/** Who runs a training or a command: the job, where it is one, else the user of the terminal. */
export function jobOrTerminal(job?: string): Actor {
  return job === undefined ? { kind: 'terminal', id: userName() } : { kind: 'job', id: job };
}

/** Users of containers may have a number and no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? '');
  }
}
