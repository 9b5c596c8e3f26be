import { fork, type ChildProcess } from 'node:child_process';
import { setPriority } from 'node:os';
import type { Readable } from 'node:stream';
import type { Entry } from '../entry.ts';
import { errors } from '../errors.ts';
import { jobErrorOf } from './job-error.ts';
import type { Launch, RunEnd } from './launch.ts';
import { isTrainerReport, type TrainerCommand } from './messages.ts';

export interface TrainerOptions {
  /** The program of the training process. */
  readonly entry: Entry;
  /** The GLIMPSE_ settings it works under. */
  readonly settings: Readonly<Record<string, string | number>>;
  /** Its niceness, 0 to 19: a larger number leaves more of the CPU to serving. */
  readonly niceness: number;
  /** With more resident memory it is killed, and its job fails for that reason. */
  readonly memoryBytes: number;
  /** How long a stopped process may take to save its checkpoint and exit before it is killed. */
  readonly stopGraceMs: number;
  /** A process was started. */
  readonly onStart?: (pid: number) => void;
}

const MiB = 1024 * 1024;
/** How much of the end of a process's stderr is kept, as the reason when it dies. */
const STDERR_TAIL_BYTES = 2000;
const LONGEST_LINE = 4096;

/** Runs every attempt at a job in a process of its own, so that nothing it does can hurt serving. */
export function createTrainerLauncher(options: TrainerOptions): Launch {
  return (job, report, log) => {
    const child = startProcess(options);
    log(`process ${child.pid ?? '?'} started`);
    const stderrTail = keepStderrTail(child);
    forEachLine(child.stdout, (line) => log(`stdout: ${line}`));
    let isOutOfHeap = false;
    forEachLine(child.stderr, (line) => {
      isOutOfHeap ||= line.includes('JavaScript heap out of memory');
      log(`stderr: ${line}`);
    });
    let end: RunEnd | undefined;
    let killing: NodeJS.Timeout | undefined;
    let isStopping = false;
    const send = (order: TrainerCommand): void => {
      // Nothing can be sent to a process that has exited; `end` has the reason.
      if (child.connected) child.send(order, () => undefined);
    };

    child.on('message', (message) => {
      if (!isTrainerReport(message) || end) return;
      if (message.type === 'event') report(message.event);
      else if (message.type === 'end') end = message.end;
      else if (message.residentBytes > options.memoryBytes) {
        end = tooLarge(message.residentBytes, options.memoryBytes);
        child.kill('SIGKILL');
      }
    });
    send({
      type: 'start',
      job: { ...job, uploads: [...job.uploads] },
      settings: Object.fromEntries(
        Object.entries(options.settings).map(([name, value]) => [name, String(value)]),
      ),
    });

    return {
      end: exitOf(child).then((exit) => {
        clearTimeout(killing);
        log(`process ${child.pid ?? '?'}: ${exit}`);
        // The same job would run out of it again, so it is not tried again.
        if (isOutOfHeap) end ??= tooLarge(`more than ${options.memoryBytes}`, options.memoryBytes);
        return end ?? { type: 'died', reason: [exit, stderrTail()].filter(Boolean).join(': ') };
      }),
      stop(how) {
        if (isStopping) return;
        isStopping = true;
        send({ type: 'stop', how });
        killing = setTimeout(() => child.kill('SIGKILL'), options.stopGraceMs);
      },
    };
  };
}

/**
 * Memory outside of the heap (what a decoder makes of a file) goes when the young object that owns it does: a
 * small young generation is looked through often, and reading 60,000 images took 35 to 40 MB less. Steps
 * allocate so little that they do not notice.
 */
export function memoryFlags(memoryBytes: number): string[] {
  return ['--max-semi-space-size=4', `--max-old-space-size=${Math.floor(memoryBytes / MiB)}`];
}

function startProcess({ entry, niceness, memoryBytes, onStart }: TrainerOptions): ChildProcess {
  const child = fork(entry.url, {
    execArgv: [...entry.execArgv, ...memoryFlags(memoryBytes)],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  // From outside and at once: threads the process starts later inherit it.
  if (child.pid !== undefined) {
    setNiceness(child.pid, niceness);
    onStart?.(child.pid);
  }
  return child;
}

function setNiceness(pid: number, niceness: number): void {
  try {
    setPriority(pid, niceness);
  } catch {
    // It may have exited already, or we may not change priorities: the job runs all the same.
  }
}

/** Resolves when the process has exited and all its output was read, with how it exited. */
function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    // Its message contains the path of Node.
    child.once('error', (error) =>
      resolve(`it could not be started (${'code' in error ? String(error.code) : error.name})`),
    );
    child.once('close', (code, signal) =>
      resolve(signal === null ? `it ended with exit code ${code}` : endedBy(signal)),
    );
  });
}

function endedBy(signal: NodeJS.Signals): string {
  const hint = signal === 'SIGKILL' ? ' (so does the system when its memory runs out)' : '';
  return `it was ended by ${signal}${hint}`;
}

function keepStderrTail(child: ChildProcess): () => string {
  let tail = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-STDERR_TAIL_BYTES);
  });
  return () => tail.trim();
}

/** Calls back with every line of a stream; a line that does not end is cut. */
function forEachLine(stream: Readable | null, onLine: (line: string) => void): void {
  let rest = '';
  stream
    ?.setEncoding('utf8')
    .on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      for (const line of lines) onLine(line);
      if (rest.length < LONGEST_LINE) return;
      onLine(rest);
      rest = '';
    })
    .on('end', () => rest !== '' && onLine(rest));
}

function tooLarge(used: number | string, limit: number): RunEnd {
  return { type: 'failed', error: jobErrorOf(new errors.GLIMPSE_TRAINING_MEMORY(used, limit)) };
}
