import cluster from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Entry } from '../entry.ts';
import type { FromServer } from './messages.ts';
import { RestartDelay } from './restart-delay.ts';
import { Fork, type ProcessEnd } from './fork.ts';
import { Switchboard } from './switchboard.ts';

export interface PrimaryOptions {
  /** The program of every process. */
  readonly entry: Entry;
  /** How many serve. */
  readonly count: number;
  /** Told every process at its beginning. */
  readonly data: unknown;
  /** A folder of nobody else's, where the first process listens for what the others pass on. */
  readonly socketFolder: string;
  readonly on: PrimaryEvents;
}

export interface PrimaryEvents {
  /** One began to accept connections. */
  onListening(process: { readonly number: number; readonly pid: number | undefined }): void;
  /** One died, and is started again after so long. */
  onDeath(death: ProcessEnd & { readonly number: number; readonly restartMs: number }): void;
}

/** The processes of one server, which share its port. */
export interface Primary {
  /** Resolves when the first accepts connections; undefined. Else how it ended before that: nothing runs any more then. */
  start(): Promise<ProcessEnd | undefined>;
  /** Ends them, one after the other, so that somebody answers until all that was accepted is answered. */
  stop(options: { readonly drainDelayMs: number }): Promise<void>;
  /** Ends what is left, at once. */
  kill(): void;
}

/**
 * Starts the processes of a server, starts those again that die, and connects them with each other. It serves nothing itself,
 * so no request can end it. Every process accepts connections of the shared port by itself: one that was handed out by this
 * process to another that dies just then would stay open and never be answered.
 */
export function createPrimary(options: PrimaryOptions): Primary {
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  cluster.setupPrimary({
    exec: fileURLToPath(options.entry.url),
    execArgv: [...process.execArgv, ...options.entry.execArgv],
    args: [],
    // Bytes of images are among what they tell each other.
    serialization: 'advanced',
  });
  return new ClusterPrimary(options);
}

class ClusterPrimary implements Primary {
  readonly #options: PrimaryOptions;
  readonly #switchboard = new Switchboard();
  readonly #running = new Map<number, Fork>();
  readonly #secret = randomBytes(32).toString('hex');
  readonly #stopping = new AbortController();
  #starts = 0;
  #deaths = 0;
  /** Where the first process listens, and where the one is going to that does not yet. */
  #socketPath: string | undefined;
  #nextSocketPath: string | undefined;
  #onFirstListening: () => void = () => {};

  constructor(options: PrimaryOptions) {
    this.#options = options;
  }

  async start(): Promise<ProcessEnd | undefined> {
    const listening = new Promise<undefined>((resolve) => {
      this.#onFirstListening = () => resolve(undefined);
    });
    const first = this.#fork(0);
    const end = await Promise.race([listening, first.end]);
    if (end !== undefined) return end;
    void this.#keepRunning(first, new RestartDelay());
    for (let number = 1; number < this.#options.count; number += 1) {
      void this.#keepRunning(this.#fork(number), new RestartDelay());
    }
    return undefined;
  }

  async stop({ drainDelayMs }: { readonly drainDelayMs: number }): Promise<void> {
    this.#stopping.abort();
    for (const one of this.#running.values()) one.send({ kind: 'drain' });
    await delay(drainDelayMs);
    // The first comes last: until then the others pass on to it.
    const order = [...this.#running.values()].sort((one, other) => other.number - one.number);
    for (const one of order) {
      one.send({ kind: 'stop' });
      await one.end;
    }
  }

  kill(): void {
    this.#stopping.abort();
    for (const one of this.#running.values()) one.kill();
  }

  /** Starts it again whenever it ends, until the server stops. */
  async #keepRunning(started: Fork, delays: RestartDelay): Promise<void> {
    const { signal } = this.#stopping;
    for (let one = started; ; one = this.#fork(one.number)) {
      const end = await one.end;
      if (signal.aborted) return;
      const restartMs = delays.next(performance.now() - one.startedAt);
      this.#options.on.onDeath({ ...end, number: one.number, restartMs });
      this.#deaths += 1;
      this.#tellDeaths(one.number);
      await delay(restartMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
    }
  }

  #fork(number: number): Fork {
    const one = new Fork(number, cluster.fork(), (from, message) => this.#take(from, message));
    this.#running.set(number, one);
    this.#switchboard.add(one);
    void one.end.then(() => this.#forget(one));
    return one;
  }

  /** What a process is to be: it is told when it listens. */
  #begin(one: Fork): void {
    const { count, data, socketFolder } = this.#options;
    if (one.isFirst) {
      this.#starts += 1;
      this.#nextSocketPath = join(socketFolder, `${this.#starts}.sock`);
    }
    const socketPath = one.isFirst ? this.#nextSocketPath : this.#socketPath;
    const role = one.isFirst ? 'first' : 'further';
    const order = {
      role,
      number: one.number,
      othersAnswer: !one.isFirst || this.#starts > 1,
      count,
      socketPath,
      secret: this.#secret,
      data,
    } as const;
    one.send({ kind: 'begin', order });
    if (one.isFirst) this.#tellDeaths(undefined);
  }

  #take(from: Fork, message: FromServer): void {
    if (message.kind === 'here') return this.#begin(from);
    if (message.kind !== 'listening') return this.#switchboard.take(from, message);
    this.#options.on.onListening(from);
    if (!from.isFirst) return;
    this.#tellFirst(this.#nextSocketPath);
    this.#onFirstListening();
  }

  #forget(one: Fork): void {
    this.#switchboard.remove(one);
    if (this.#running.get(one.number) === one) this.#running.delete(one.number);
    if (one.isFirst) this.#tellFirst(undefined);
  }

  #tellDeaths(number: number | undefined): void {
    this.#running.get(0)?.send({ kind: 'death', deaths: this.#deaths, number });
  }

  #tellFirst(socketPath: string | undefined): void {
    this.#socketPath = socketPath;
    for (const one of this.#running.values()) {
      if (!one.isFirst) one.send({ kind: 'first', socketPath });
    }
  }
}
