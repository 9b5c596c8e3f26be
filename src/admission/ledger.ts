import type { Account, Release } from '../account.ts';
import type { CancelSignal } from '../cancellation.ts';
import { errors } from '../errors.ts';
import type { Flow } from '../fair-queue.ts';
import type { SpanRef } from '../account.ts';
import { createKeptMemory } from './kept-memory.ts';
import { createWorkMemory } from './work-memory.ts';

/** Why a request was refused or held up, in the words of the metrics. */
export type RefusalReason = 'too_costly' | 'memory_full';

/**
 * The memory of the process, as its requests share it. One half is for what they keep while they wait (bodies,
 * unpacked images, tensors), the other for work that ends by itself (decoding, parsing): what waits can never
 * hold what work needs, so everything that is kept is used up some time.
 */
export interface Ledger {
  /** Bytes that requests keep now, and that work holds now. */
  readonly kept: number;
  readonly inWork: number;
  /** What work may have at most. */
  readonly mostInWork: number;
  /** Requests that wait for memory. */
  readonly waiting: number;
  /** The account of one request. Close it. */
  open(flow: Flow, deadline: number, span?: SpanRef): RequestAccount;
}

export interface LedgerOptions {
  /** Bytes that requests may have, all together; asked whenever one wants some. */
  capacity(): number;
  onRefuse?(reason: RefusalReason): void;
}

export interface RequestAccount extends Account {
  /** Milliseconds of work that it was expected to cost, the most bytes it has had, and how long it has waited. */
  readonly price: { readonly workMs: number; readonly bytes: number; readonly waitedMs: number };
  /** What it keeps now. */
  readonly kept: number;
  /**
   * Keeps so many bytes from now on: nothing where it may have them at once, else what resolves when it has them. Called
   * by a request that keeps nothing yet. GLIMPSE_MEMORY_FULL where it would wait beyond its deadline.
   */
  enter(bytes: number, signal?: CancelSignal): Promise<void> | undefined;
  /** Keeps so many bytes instead of what it keeps now; GLIMPSE_MEMORY_FULL when there are not so many more. */
  keep(bytes: number): void;
  /** Its work is of this flow from now on, and is to be done by then: what a body asks for is known when it was read. */
  change(asked: { readonly flow: Flow; readonly deadline: number }): void;
  /** Gives back whatever it still has. May be called more than once. */
  close(): void;
}

export function createLedger(options: LedgerOptions): Ledger {
  const half = (): number => Math.max(0, options.capacity() / 2);
  const refused = <E extends Error>(reason: RefusalReason, error: E): E => {
    options.onRefuse?.(reason);
    return error;
  };
  const tooCostly = (needed: number, most: number): Error =>
    refused('too_costly', new errors.GLIMPSE_REQUEST_TOO_COSTLY(needed, Math.floor(most)));
  const memory = {
    kept: createKeptMemory({
      size: half,
      tooCostly,
      full: (error) => refused('memory_full', error),
    }),
    work: createWorkMemory({ size: half, tooCostly }),
  };
  return {
    get kept() {
      return memory.kept.used;
    },
    get inWork() {
      return memory.work.used;
    },
    get mostInWork() {
      return half();
    },
    get waiting() {
      return memory.kept.waiting + memory.work.waiting;
    },
    open: (flow, deadline, span) => new OpenAccount(flow, deadline, memory, span),
  };
}

interface Memory {
  readonly kept: ReturnType<typeof createKeptMemory>;
  readonly work: ReturnType<typeof createWorkMemory>;
}

/** A class, whose methods are shared: closures of each account had V8 keep it over the next collection of young objects. */
class OpenAccount implements RequestAccount {
  readonly price = { workMs: 0, bytes: 0, waitedMs: 0 };
  flow: Flow;
  deadline: number;
  readonly span: SpanRef | undefined;
  readonly #memory: Memory;
  #own = 0;
  #inWork = 0;
  #isClosed = false;

  constructor(flow: Flow, deadline: number, memory: Memory, span: SpanRef | undefined) {
    this.flow = flow;
    this.deadline = deadline;
    this.span = span;
    this.#memory = memory;
  }

  get kept(): number {
    return this.#own;
  }

  expect(ms: number): void {
    this.price.workMs += ms;
  }

  waited(ms: number): void {
    this.price.waitedMs += ms;
  }

  enter(bytes: number, signal?: CancelSignal): Promise<void> | undefined {
    const waiting = this.#memory.kept.take(this.flow, bytes, this.deadline, signal);
    if (waiting) return this.#enterAfter(waiting, bytes);
    this.#own += bytes;
    this.#note();
    return undefined;
  }

  async #enterAfter(waiting: Promise<void>, bytes: number): Promise<void> {
    const startedAt = performance.now();
    await waiting;
    this.waited(performance.now() - startedAt);
    if (this.#isClosed) this.#memory.kept.change(this.flow, -bytes);
    else this.#own += bytes;
    this.#note();
  }

  keep(bytes: number): void {
    if (this.#isClosed) return;
    this.#memory.kept.change(this.flow, bytes - this.#own);
    this.#own = bytes;
    this.#note();
  }

  keepMore(bytes: number): void {
    this.keep(this.#own + bytes);
  }

  async hold(bytes: number, signal?: CancelSignal): Promise<Release> {
    const startedAt = performance.now();
    const release = await this.#memory.work.hold(this.flow, bytes, signal);
    this.waited(performance.now() - startedAt);
    this.#inWork += bytes;
    this.#note();
    let isHeld = true;
    return () => {
      if (isHeld) this.#inWork -= bytes;
      isHeld = false;
      release();
    };
  }

  change({ flow, deadline }: { readonly flow: Flow; readonly deadline: number }): void {
    this.deadline = deadline;
    if (flow.id === this.flow.id) return;
    const bytes = this.#own;
    this.keep(0);
    this.flow = flow;
    this.keep(bytes);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#memory.kept.change(this.flow, -this.#own);
    this.#own = 0;
  }

  #note(): void {
    this.price.bytes = Math.max(this.price.bytes, this.#own + this.#inWork);
  }
}
