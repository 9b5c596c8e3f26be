import type { RowObserver } from '../builder.ts';

/** Image files that examples were made of, as they came, by the numbers of the examples. */
export type EncodedImages = ReadonlyMap<number, Uint8Array>;

/** Most files that are kept of one dataset. */
const MAX_KEPT = 128;
/** Most bytes of them together; a file that is larger is never kept. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024;

/** Keeps a few image files of a dataset while it is read, evenly from its beginning to its end. */
export interface EncodedImageKeeper {
  /** Offers the file of an example; examples come in the order of their numbers. */
  offer(index: number, bytes: Uint8Array): void;
  /** Examples that are left out in the end; the others move together. */
  remove(indices: readonly number[]): void;
  kept(): EncodedImages;
}

/** A keeper that has nothing yet. Whenever it has too much, it lets go of every second file. */
export function keepEncodedImages(): EncodedImageKeeper {
  let files = new Map<number, Uint8Array>();
  let [step, offered, bytesKept] = [1, 0, 0];

  const hasTooMuch = (): boolean => files.size > MAX_KEPT || bytesKept > MAX_KEPT_BYTES;
  const thin = (): void => {
    step *= 2;
    files = new Map([...files].filter((_, position) => position % 2 === 0));
    bytesKept = [...files.values()].reduce((sum, { length }) => sum + length, 0);
  };

  return {
    offer(index, bytes) {
      if (bytes.length > MAX_KEPT_BYTES) return;
      offered += 1;
      if ((offered - 1) % step !== 0) return;
      // A copy: what was read may be a piece of something much larger.
      files.set(index, Uint8Array.from(bytes));
      bytesKept += bytes.length;
      while (hasTooMuch()) thin();
    },
    remove(indices) {
      const removed = new Set(indices);
      const before = [...removed].sort((one, other) => one - other);
      const moved = new Map<number, Uint8Array>();
      for (const [index, bytes] of files) {
        if (removed.has(index)) continue;
        const gone = before.findIndex((each) => each > index);
        moved.set(index - (gone < 0 ? before.length : gone), bytes);
      }
      files = moved;
    },
    kept: () => files,
  };
}

/** An observer that shows a keeper what another one sees. */
export function keeping(files: EncodedImageKeeper, observer: RowObserver): RowObserver {
  return {
    onExample(index, row) {
      if (row.encoded) files.offer(index, row.encoded);
      observer.onExample?.(index, row);
    },
    onRemoved(indices) {
      files.remove(indices);
      observer.onRemoved?.(indices);
    },
    onBadRow: (row, problem) => observer.onBadRow?.(row, problem),
  };
}
