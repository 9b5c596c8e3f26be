import { learnt } from '../account.ts';

/** How long runs of a model have taken of late, by the number of their items. */
export interface BatchTimes {
  /** A run has ended; the time of one that lay ready behind another counts from the end of that. */
  learn(items: number, ms: number): void;
  /**
   * Milliseconds until so many are done, in runs as full as can be. Of a size that was not seen yet, the next
   * smaller one that was: nobody is refused for a guess.
   */
  msFor(items: number): number;
}

/** `msPerItem` is what an item is expected to take in a full run; left out, nothing is known. */
export function createBatchTimes(maxBatchSize: number, msPerItem = 0): BatchTimes {
  /** By the powers of two that the size of a run lies between; 0 where nothing is known. */
  const times = Float64Array.from(
    { length: classOf(maxBatchSize) + 1 },
    (_, at) => Math.min(2 ** at, maxBatchSize) * msPerItem,
  );
  const timeOf = (items: number): number => {
    const from = classOf(items);
    for (let at = from; at >= 0; at -= 1) if (times[at]! > 0) return times[at]!;
    return 0;
  };
  return {
    learn(items, ms) {
      const at = Math.min(classOf(items), times.length - 1);
      times[at] = learnt(times[at]!, ms);
    },
    msFor(items) {
      const full = Math.floor(items / maxBatchSize);
      const rest = items - full * maxBatchSize;
      return full * timeOf(maxBatchSize) + (rest > 0 ? timeOf(rest) : 0);
    },
  };
}

function classOf(items: number): number {
  return Math.ceil(Math.log2(Math.max(1, items)));
}
