import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** How often the memory of a busy cell is looked at. */
const everyMs = 100;

/** Whether this system tells what memory another process holds: Linux does. */
export const canReadMemory = (): boolean => existsSync('/proc/self/status');

/** Memory of a process. */
export interface ProcessMemory {
  /** What it holds, with what it shares with others. */
  readonly residentBytes: number;
  /** What it holds for itself. */
  readonly ownBytes: number;
}

/** Looks at the memory of a process while it works. Where the system does not tell, it never calls back. */
export interface MemoryWatch {
  /** It has something to do from now on. */
  begin(): void;
  end(): void;
  /** Looks at once, and tells what it saw. */
  look(): Promise<ProcessMemory | undefined>;
  /** Looks no more. */
  stop(): void;
}

export function createMemoryWatch(
  pid: number,
  onLook: (memory: ProcessMemory) => void,
): MemoryWatch {
  // Asked once: a cell begins with something thousands of times a second.
  const isTold = canReadMemory();
  let isBusy = false;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  const pause = (): void => {
    clearInterval(timer);
    timer = undefined;
  };
  const look = async (): Promise<ProcessMemory | undefined> => {
    // Paused here and not at the end of each batch: batches of a millisecond would set a timer each.
    if (!isBusy) pause();
    const memory = await memoryOf(pid);
    if (memory && !isStopped) onLook(memory);
    return memory;
  };
  return {
    begin() {
      isBusy = true;
      if (isTold && !isStopped) timer ??= setInterval(() => void look(), everyMs).unref();
    },
    end() {
      isBusy = false;
    },
    look,
    stop() {
      isStopped = true;
      pause();
    },
  };
}

/** Undefined when that cannot be told, or when the process has ended. */
async function memoryOf(pid: number): Promise<ProcessMemory | undefined> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const residentBytes = bytesOf(status, 'VmRSS');
    if (residentBytes === undefined) return undefined;
    return { residentBytes, ownBytes: bytesOf(status, 'RssAnon') ?? residentBytes };
  } catch {
    return undefined;
  }
}

function bytesOf(status: string, name: 'VmRSS' | 'RssAnon'): number | undefined {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status);
  return found ? Number(found[1]) * 1024 : undefined;
}
