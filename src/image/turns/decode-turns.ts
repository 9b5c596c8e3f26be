import type { Account, Release } from '../../account.ts';
import type { CancelSignal } from '../../cancellation.ts';
import { createLimiter } from '../../concurrency.ts';
import type { Flow } from '../../fair-queue.ts';
import type { HeavyWork } from '../bring-to-contract.ts';
import { createDecodePrices, queueFull, refuseIfTooLate } from '../decode-price.ts';
import type { ImageThreads } from '../image-threads.ts';
import type { ImageLimits } from '../decode-image.ts';
import type { ImageFormat } from '../sniff-format.ts';

/** A file that waits for its turn. */
interface WaitingFile {
  readonly bytes: Uint8Array;
  readonly format: ImageFormat;
  /** When it came, on the clock of `performance.now()`. */
  readonly started: number;
  readonly signal: CancelSignal | undefined;
  readonly account: Account;
}

/** Waits for the memory that decoding takes. */
type Hold = (bytes: number) => Promise<Release>;

export interface DecodeTurnsOptions {
  readonly limits: ImageLimits;
  /** Images worked on at once. */
  readonly concurrency: number;
  /** Images that may wait. */
  readonly queueSize: number;
  /** Told once for every image that was worked on, whether it succeeded or not. */
  readonly onWork?: ((event: { decodeMs: number }) => void) | undefined;
}

/** The turns in which files are decoded: so many at once, and by whom they are paid for. */
export function createDecodeTurns(
  { limits, concurrency, queueSize, onWork }: DecodeTurnsOptions,
  threads: Pick<ImageThreads, 'workFor'>,
) {
  const limiter = createLimiter({ concurrency, queue: { size: queueSize, full: queueFull } });
  const prices = createDecodePrices(limits.maxPixels);
  return {
    /** How many files wait. */
    get waiting() {
      return limiter.waiting;
    },
    waitMs: (flow: Flow) => limiter.waitMs(flow),
    close: () => limiter.close(),
    take<Result>(
      { bytes, format, started: from, signal, account }: WaitingFile,
      work: (hold: Hold, heavy: HeavyWork) => Promise<Result>,
    ): Promise<Result> {
      const turn = { flow: account.flow, expectedMs: prices.expectedMs(bytes, format) };
      refuseIfTooLate(limiter.waitMs(turn.flow) + turn.expectedMs, account.deadline);
      account.expect(turn.expectedMs);
      let started = from;
      // While it waits for memory others are served: that is no work.
      const hold = holdFor(account, signal, (ms) => (started += ms));
      const inTurn = async (): Promise<Result> => {
        account.waited(performance.now() - started);
        started = performance.now();
        try {
          return await work(hold, threads.workFor(signal));
        } finally {
          prices.learn(bytes, format, performance.now() - started);
          onWork?.({ decodeMs: performance.now() - started });
        }
      };
      return limiter.run(inTurn, signal, turn);
    },
  };
}

/** Takes memory from an account, and tells how long that took. */
function holdFor(
  account: Account,
  signal: CancelSignal | undefined,
  onWait: (ms: number) => void,
): Hold {
  return async (bytes) => {
    const from = performance.now();
    const release = await account.hold(bytes, signal);
    onWait(performance.now() - from);
    return release;
  };
}
