import { open } from 'node:fs/promises';

/** A file that is read by place, and never beyond its end: places and lengths come from the file itself. */
export interface PlacedBytes {
  readonly size: number;
  /** So many bytes from a place on; throws when there are not as many. */
  read(at: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** Opens a file on this disk. */
export async function openPlacedBytes(path: string): Promise<PlacedBytes> {
  const handle = await open(path);
  const { size } = await handle.stat();
  return {
    size,
    async read(at, length) {
      if (!(at >= 0 && length >= 0 && at + length <= size)) throw cutOff();
      const { buffer } = await handle.read(Buffer.alloc(length), 0, length, at);
      return buffer;
    },
    close: () => handle.close(),
  };
}

/** What is told when something would lie beyond the end. */
export function cutOff(): Error {
  return new Error('it is cut off, or damaged');
}
