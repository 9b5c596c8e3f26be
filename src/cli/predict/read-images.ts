import { readFile, stat } from 'node:fs/promises';
import { errors, isGlimpseError, messageOf, type GlimpseError } from '../../errors.ts';
import type { FoundFile } from './find-images.ts';

/** A file that was read, or why it was not. */
export type ReadFile = { readonly path: string } & (
  { readonly bytes: Uint8Array } | { readonly error: GlimpseError }
);

export interface BatchLimits {
  readonly maxFiles: number;
  /** Of all files of a batch together; a larger file is a batch by itself. */
  readonly maxBytes: number;
  readonly maxImageBytes: number;
}

/** Reads files batch by batch, so that no more than one batch is held; whatever cannot be read keeps its place. */
export async function* readInBatches(
  files: readonly FoundFile[],
  limits: BatchLimits,
): AsyncGenerator<readonly ReadFile[]> {
  let batch: ReadFile[] = [];
  let bytes = 0;
  for (const file of files) {
    const read = await readImage(file, limits.maxImageBytes);
    const size = 'bytes' in read ? read.bytes.length : 0;
    const isFull = batch.length >= limits.maxFiles || bytes + size > limits.maxBytes;
    if (isFull && batch.length > 0) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(read);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

async function readImage({ path, error }: FoundFile, maxBytes: number): Promise<ReadFile> {
  try {
    if (error !== undefined) throw error;
    const { size } = await stat(path);
    if (size > maxBytes) throw new errors.GLIMPSE_IMAGE_BYTES_TOO_LARGE(size, maxBytes);
    return { path, bytes: await readFile(path) };
  } catch (caught) {
    const isOurs = isGlimpseError(caught);
    return { path, error: isOurs ? caught : new errors.GLIMPSE_FILE_UNREADABLE(messageOf(caught)) };
  }
}
