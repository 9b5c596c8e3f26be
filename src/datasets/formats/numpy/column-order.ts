import { open } from 'node:fs/promises';
import { errors } from '../../../errors.ts';
import type { FileOnDisk, ReadOptions } from '../../bytes/byte-source.ts';
import { printable } from '../../file-names.ts';
import type { NpyHeader } from './npy-header.ts';

/** Memory for rows that are put together at once. */
const BLOCK_BYTES = 24 * 1024 * 1024;

/**
 * The bytes of each row of an array that lies column by column (Fortran), as pandas' `df.to_numpy()` gives it:
 * some rows at a time are gathered from all over the file.
 */
export async function* rowsByColumns(
  { path, name }: FileOnDisk,
  { shape, bytes, start }: NpyHeader,
  { limits, signal }: ReadOptions,
  blockBytes = BLOCK_BYTES,
): AsyncGenerator<Buffer> {
  const [count = 0, ...sizes] = shape;
  const places = rowPlaces(sizes);
  const rowBytes = places.length * bytes;
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    if (size !== start + count * rowBytes || size > limits.maxBytes) {
      throw new errors.GLIMPSE_DATASET_INVALID(
        `${printable(name)}: it lies column by column (Fortran order) and has ${size} bytes instead of ${start + count * rowBytes}; save np.ascontiguousarray(x)`,
      );
    }
    const step = Math.max(1, Math.floor(blockBytes / rowBytes));
    for (let first = 0; first < count; first += step) {
      const rows = Math.min(step, count - first);
      const block = Buffer.alloc(rows * rowBytes);
      const column = Buffer.alloc(rows * bytes);
      for (const [index, place] of places.entries()) {
        signal?.throwIfAborted();
        const from = start + (index * count + first) * bytes;
        await handle.read(column, 0, column.length, from);
        for (let row = 0; row < rows; row += 1) {
          column.copy(block, row * rowBytes + place * bytes, row * bytes, (row + 1) * bytes);
        }
      }
      for (let row = 0; row < rows; row += 1)
        yield block.subarray(row * rowBytes, (row + 1) * rowBytes);
    }
  } finally {
    await handle.close();
  }
}

/** Where in a row each column belongs: in the file the first axis goes fastest, in a row the last one. */
function rowPlaces(sizes: readonly number[]): number[] {
  const size = sizes.reduce((all, one) => all * one, 1);
  return Array.from({ length: size }, (_, column) => {
    let [left, place, stride] = [column, 0, size];
    for (const axis of sizes) {
      stride /= axis;
      place += (left % axis) * stride;
      left = Math.floor(left / axis);
    }
    return place;
  });
}
