import type { PixelScale } from '../../pixels/pixel-range.ts';
import { notInRange, type Row } from '../../row.ts';
import { toNumbers } from './numbers.ts';

/** Pixels that come column by column, gathered into the rows of some examples. */
export interface PixelBlock {
  /** Writes one pixel of all rows; `first` and `values` as a run of its column has them. */
  fill(pixel: number, first: number, values: ArrayLike<unknown>): void;
  /** The example in a row of the row group, once every column was filled. */
  row(index: number, line: number, label: unknown): Row;
}

/** A block for the rows from `start` up to `end` of a row group, `size` pixels each. */
export function createPixelBlock(
  start: number,
  end: number,
  { size, scale }: { readonly size: number; readonly scale: PixelScale },
): PixelBlock {
  const pixels = new Uint8Array((end - start) * size);
  /** 1 + the first pixel that is none; 0 when all are. */
  const faults = new Int32Array(end - start);
  const [hasFraction, hasInk] = [new Uint8Array(end - start), new Uint8Array(end - start)];
  return {
    fill(pixel, first, given) {
      const values = toNumbers(given);
      const from = Math.max(start, first);
      const to = Math.min(end, first + values.length);
      for (let row = from, at = (from - start) * size + pixel; row < to; row += 1, at += size) {
        const value = values[row - first]!;
        const byte = scale.byteOf(value);
        if (byte < 0) faults[row - start] ||= pixel + 1;
        else {
          pixels[at] = byte;
          if (value > 1) hasInk[row - start] = 1;
          if (!Number.isInteger(value)) hasFraction[row - start] = 1;
        }
      }
    },
    row(index, line, label) {
      const at = index - start;
      const fault = faults[at]!;
      if (fault > 0) return { line, problem: notInRange(fault - 1, scale), isOutside: true };
      const values = pixels.subarray(at * size, (at + 1) * size);
      const isScaled = hasFraction[at] === 1 && hasInk[at] === 0;
      return { line, label, values, isFinal: true, isScaled };
    },
  };
}
