import type { CancelSignal } from './cancellation.ts';
import { commonFlow, type Flow } from './fair-queue.ts';

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
