import { spawn, type ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { entryBeside, type Entry } from '../../entry.ts';
import { errors } from '../../errors.ts';
import type { ModelLimits } from '../model-host.ts';
import { keepOutput } from './cell-output.ts';
import { FrameReader, headOf, type Frame, type FrameKind } from './frames.ts';
import type { CellMemory, Reservation } from '../../account.ts';
import { createMemoryWatch, type MemoryWatch, type ProcessMemory } from './memory-watch.ts';

/** Why a cell ended that nobody had closed; the words are those of the metrics. */
export type DeathCause = 'timeout' | 'memory' | 'crash' | 'junk';

export interface CellOptions {
  /** The whole environment of the cell: nothing else of this process's own reaches it. */
  readonly env: Readonly<Record<string, string>>;
  readonly limits: ModelLimits;
  /** Where the memory of every cell is reserved. */
  readonly memory: CellMemory;
  /** A cell ended that nobody had closed. */
  readonly onDeath: (cause: DeathCause, reason: string) => void;
  /** A line of what a cell wrote to its stderr. */
  readonly onOutput: (line: string) => void;
}

/** What any answer but the result of a batch may be as long as. */
const usualFrameBytes = 1024 * 1024;

/** What grows is reserved so far ahead: it is looked at ten times a second. */
const aheadFactor = 1.25;

interface Waiter {
  readonly maxBytes: number;
  readonly resolve: (frame: Frame) => void;
  readonly reject: (error: Error) => void;
}

/** A child process, from its start to its end, and the pipe to it. */
export class Cell {
  /** Settles with why it ended, when nobody asked it to. */
  readonly death: Promise<string>;
  readonly #options: CellOptions;
  readonly #child: ChildProcess;
  readonly #pipe: Socket | undefined;
  readonly #reserved: Reservation;
  readonly #memory: MemoryWatch;
  readonly #waiters: Waiter[] = [];
  readonly #exited: Promise<void>;
  #onDeath!: (reason: string) => void;
  #ended: Error | undefined;

  /** The reservation is the cell's from now on, until it has ended. */
  constructor(
    options: CellOptions,
    reserved: Reservation,
    entry: Entry = entryBeside(import.meta.url, 'cell-process'),
  ) {
    this.#options = options;
    this.#reserved = reserved;
    this.death = new Promise((resolve) => {
      this.#onDeath = resolve;
    });
    const child = startProcess(entry, options.env);
    this.#child = child;
    this.#exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#die('crash', signal === null ? `exit code ${code}` : endedBy(signal));
        resolve();
      });
      // Its message would tell the path of Node.
      child.once('error', (error) => {
        const code = 'code' in error ? String(error.code) : error.name;
        this.#die('crash', `it could not be started (${code})`);
        resolve();
      });
    });
    void this.#exited.then(() => reserved.release());
    this.#memory = createMemoryWatch(child.pid ?? 0, (memory) => this.#limitMemory(memory));
    this.#pipe = openPipe(child);
    this.#pipe?.on('error', () => {
      // That nobody reads any more is told by the exit.
    });
    const reader = new FrameReader(() => this.#waiters[0]?.maxBytes ?? 0);
    this.#pipe?.on('data', (piece: Buffer) => this.#receive(reader.push(piece)));
    keepOutput(child.stderr, options.onOutput);
  }

  /** One answer for each frame, in order. Rejects when the cell ends before. */
  async ask(kind: FrameKind, payload: Buffer, maxBytes = usualFrameBytes): Promise<Frame> {
    if (this.#ended) throw this.#ended;
    const answer = new Promise<Frame>((resolve, reject) => {
      this.#waiters.push({ maxBytes: Math.max(maxBytes, usualFrameBytes), resolve, reject });
    });
    this.#memory.begin();
    this.#pipe?.cork();
    this.#pipe?.write(headOf(kind, payload.length));
    this.#pipe?.write(payload);
    this.#pipe?.uncork();
    return await answer;
  }

  /** Reserves what it holds by now; it is ended where that is more than there is. */
  async reserveWhatItHolds(): Promise<void> {
    await this.#memory.look();
    if (this.#ended) throw this.#ended;
  }

  /** What it holds by now, with what it shares with others; undefined where the system does not tell. */
  async residentBytes(): Promise<number | undefined> {
    return (await this.#memory.look())?.residentBytes;
  }

  /** Ends it because of what it did; whoever waits for an answer gets the error. */
  kill(cause: DeathCause, error: Error): void {
    this.#die(cause, error.message, error);
  }

  /** Ends it; it has nothing to put away. */
  async close(): Promise<void> {
    this.#finish(new errors.GLIMPSE_RUNTIME_FAILED('its cell was closed'));
    await this.#exited;
  }

  #receive(frames: Frame[] | undefined): void {
    for (const frame of frames ?? []) {
      const waiter = this.#waiters.shift();
      if (!waiter) return this.kill('junk', junk());
      if (this.#waiters.length === 0) this.#memory.end();
      waiter.resolve(frame);
    }
    if (!frames) this.kill('junk', junk());
  }

  #limitMemory({ residentBytes, ownBytes }: ProcessMemory): void {
    const { limits } = this.#options;
    if (residentBytes > limits.memoryBytes) {
      this.kill('memory', new errors.GLIMPSE_MODEL_MEMORY(residentBytes, limits.memoryBytes));
    } else if (ownBytes > this.#reserved.bytes) {
      const full = this.#reserved.extendTo(ownBytes, ownBytes * aheadFactor);
      if (full) this.kill('memory', full);
    }
  }

  #die(cause: DeathCause, reason: string, error?: Error): void {
    if (this.#ended) return;
    this.#finish(error ?? new errors.GLIMPSE_RUNTIME_FAILED(`its cell ended: ${reason}`));
    this.#options.onDeath(cause, reason);
    this.#onDeath(reason);
  }

  #finish(error: Error): void {
    if (this.#ended) return;
    this.#ended = error;
    this.#memory.stop();
    this.#child.kill('SIGKILL');
    for (const { reject } of this.#waiters.splice(0)) reject(error);
  }
}

/** The error for an answer that is none. */
export function junk(): Error {
  return new errors.GLIMPSE_RUNTIME_FAILED('its cell wrote what is no answer');
}

function startProcess({ url, execArgv }: Entry, env: CellOptions['env']): ChildProcess {
  return spawn(process.execPath, [...execArgv, fileURLToPath(url)], {
    env: { ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
    // In a group of its own: Ctrl-C in a terminal is for the server, which answers what it has accepted.
    detached: true,
  });
}

/** The pipe is missing where the process could not be started. */
function openPipe({ stdio }: ChildProcess): Socket | undefined {
  const pipe = stdio[3];
  return pipe instanceof Socket ? pipe : undefined;
}

function endedBy(signal: NodeJS.Signals): string {
  const hint = signal === 'SIGKILL' ? ' (so does the system when its memory runs out)' : '';
  return `it was ended by ${signal}${hint}`;
}
