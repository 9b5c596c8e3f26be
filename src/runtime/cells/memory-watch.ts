import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** How often the memory of a busy cell is looked at. */
const everyMs = 100;

/** Whether this system tells what memory another process holds: Linux does. */
export const canReadMemory = (): boolean => existsSync('/proc/self/status');

/** Looks at the memory of a process while it works. Where the system does not tell, it never calls back. */
export interface MemoryWatch {
  /** It has something to do from now on. */
  begin(): void;
  end(): void;
}

export function createMemoryWatch(
  pid: number,
  limitBytes: number,
  onOverrun: (bytes: number) => void,
): MemoryWatch {
  let isBusy = false;
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
  };
  const look = async (): Promise<void> => {
    // Stopped here and not at the end of each batch: batches of a millisecond would set a timer each.
    if (!isBusy) return stop();
    const bytes = await residentBytes(pid);
    if (bytes !== undefined && bytes > limitBytes && timer) {
      stop();
      onOverrun(bytes);
    }
  };
  return {
    begin() {
      isBusy = true;
      if (canReadMemory()) timer ??= setInterval(() => void look(), everyMs).unref();
    },
    end() {
      isBusy = false;
    },
  };
}

/** What a process holds in memory; undefined when that cannot be told, or when it has ended. */
async function residentBytes(pid: number): Promise<number | undefined> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const found = /^VmRSS:\s+(\d+) kB$/m.exec(status);
    return found ? Number(found[1]) * 1024 : undefined;
  } catch {
    return undefined;
  }
}
