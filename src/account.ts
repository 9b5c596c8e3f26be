import type { CancelSignal } from './cancellation.ts';
import { commonFlow, type Flow } from './fair-queue.ts';

/**
 * The name of a span (W3C Trace Context). Rooms that know of no tracing carry it with a request, so that what is told of their
 * work can be linked to it.
 */
export interface SpanRef {
  /** 32 digits, hexadecimal. */
  readonly traceId: string;
  /** 16 digits, hexadecimal. */
  readonly spanId: string;
  /** 1: sampled. */
  readonly flags: number;
}

/** Gives memory back; may be called more than once. */
export type Release = () => void;

/**
 * What one request costs, as the rooms see it that work for it: whose turn it is, how long it may take, what it is
 * expected to cost, and memory for each piece of work. `admission` keeps it.
 */
export interface Account {
  readonly flow: Flow;
  /** On the clock of `performance.now()`. */
  readonly deadline: number;
  /** Of its request, where requests are traced. */
  readonly span?: SpanRef | undefined;
  /** Adds work that is going to be done for it, in milliseconds of one core. */
  expect(ms: number): void;
  /** Adds time in which it waited for its turn or for memory, while others were served. */
  waited(ms: number): void;
  /** Keeps so many bytes more until the request ends, at once; GLIMPSE_MEMORY_FULL when there are not so many. */
  keepMore(bytes: number): void;
  /**
   * Memory for a piece of work that ends by itself and waits for nothing else while it holds it. Waits until so
   * much is free; GLIMPSE_REQUEST_TOO_COSTLY if that can never be.
   */
  hold(bytes: number, signal?: CancelSignal): Promise<Release>;
}

/** Work that no request pays for: training data, self-tests, commands. */
export const houseAccount: Account = {
  flow: commonFlow,
  deadline: Infinity,
  expect: () => {},
  waited: () => {},
  keepMore: () => {},
  hold: async () => () => {},
};

/** How an expected cost follows measured ones: an average over about the last ten. The first counts whole. */
export function learnt(average: number, measured: number): number {
  return average === 0 ? measured : average * 0.9 + measured * 0.1;
}

/** What one cell has of the memory that all of them share. */
export interface Reservation {
  readonly bytes: number;
  /** Makes it `most` bytes in all, or `least` where there are not so many; GLIMPSE_CELLS_FULL, given, where there are not even those. */
  extendTo(least: number, most: number): Error | undefined;
  /** Gives it back; may be called more than once. */
  release(): void;
}

/**
 * The memory of cells, as those see it that start them: nothing is started before its memory is reserved, and what
 * it takes beyond that is reserved when it is seen. `admission` keeps it, as a part of the budget of the process.
 */
export interface CellMemory {
  /** Waits some time for so many bytes, then rejects with GLIMPSE_CELLS_FULL. */
  reserve(bytes: number, signal?: AbortSignal): Promise<Reservation>;
}

/** For commands and jobs, which run one model at a time: each cell has its own limit, and that is all. */
export const unsharedCellMemory: CellMemory = {
  reserve: async (bytes) => ({ bytes, extendTo: () => undefined, release: () => {} }),
};

/** The queue of one loaded version, as admission sees it before anything is read of a request for it. */
export interface VersionQueue {
  /** Images that wait in it. */
  readonly waiting: number;
  /** Most that may wait. */
  readonly limit: number;
  /** Most that are in runs of the model at one time. */
  readonly running: number;
  /** How long it takes for so many images to be answered, as runs have gone of late; 0 before there was one. */
  msFor(images: number): number;
}
