import type { FileHandle } from 'node:fs/promises';

/** Reads a stretch of a file forwards, piece by piece, a little ahead of what is asked. */
export interface ByteWindow {
  /** The bytes from `offset` on, which is never before an earlier one: at least `length` of them, or all there are before the end. */
  at(offset: number, length: number): Promise<DataView>;
}

const AHEAD_BYTES = 256 * 1024;

/** A window on a file up to `end`. */
export function createByteWindow(handle: FileHandle, end: number): ByteWindow {
  let held = Buffer.alloc(0);
  let start = 0;
  return {
    async at(offset, length) {
      const wanted = Math.min(length, end - offset);
      if (offset + wanted > start + held.length) {
        const size = Math.min(Math.max(wanted, AHEAD_BYTES), end - offset);
        // Values of a page may be views of these bytes, so every piece has its own.
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(size), 0, size, offset);
        [held, start] = [buffer.subarray(0, bytesRead), offset];
      }
      const from = offset - start;
      return new DataView(held.buffer, held.byteOffset + from, held.length - from);
    },
  };
}
