import type { Account } from '../account.ts';
import type { CancelSignal } from '../cancellation.ts';
import { errors } from '../errors.ts';
import type { Flow } from '../fair-queue.ts';
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
  open(flow: Flow, deadline: number): RequestAccount;
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
   * Waits until it may keep so many bytes, and keeps them from then on. Called by a request that keeps nothing
   * yet. GLIMPSE_MEMORY_FULL where it would wait beyond its deadline.
   */
  enter(bytes: number, signal?: CancelSignal): Promise<void>;
  /** Keeps so many bytes instead of what it keeps now; GLIMPSE_MEMORY_FULL when there are not so many more. */
  keep(bytes: number): void;
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
    open: (flow, deadline) => openAccount(flow, deadline, memory),
  };
}

interface Memory {
  readonly kept: ReturnType<typeof createKeptMemory>;
  readonly work: ReturnType<typeof createWorkMemory>;
}

function openAccount(flow: Flow, deadline: number, { kept, work }: Memory): RequestAccount {
  const price = { workMs: 0, bytes: 0, waitedMs: 0 };
  let own = 0;
  let inWork = 0;
  let isClosed = false;
  const note = (): void => {
    price.bytes = Math.max(price.bytes, own + inWork);
  };
  const keep = (bytes: number): void => {
    if (isClosed) return;
    kept.change(flow, bytes - own);
    own = bytes;
    note();
  };
  return {
    flow,
    deadline,
    price,
    get kept() {
      return own;
    },
    expect: (ms) => {
      price.workMs += ms;
    },
    waited: (ms) => {
      price.waitedMs += ms;
    },
    async enter(bytes, signal) {
      const startedAt = performance.now();
      await kept.wait(flow, bytes, deadline, signal);
      price.waitedMs += performance.now() - startedAt;
      if (isClosed) kept.change(flow, -bytes);
      else own += bytes;
      note();
    },
    keep,
    keepMore: (bytes) => keep(own + bytes),
    async hold(bytes, signal) {
      const startedAt = performance.now();
      const release = await work.hold(flow, bytes, signal);
      price.waitedMs += performance.now() - startedAt;
      inWork += bytes;
      note();
      let isHeld = true;
      return () => {
        if (isHeld) inWork -= bytes;
        isHeld = false;
        release();
      };
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      kept.change(flow, -own);
      own = 0;
    },
  };
}
