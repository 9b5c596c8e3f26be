import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileOnDisk } from '../../src/datasets/bytes/byte-source.ts';
import type { DatasetFile } from '../../src/datasets/source.ts';
import { temporaryFolder } from './dataset-files.ts';

/** A limit that no file of a test reaches. */
export const unlimited = { limits: { maxBytes: 1e9 } };

/** One file on this disk, in a folder of this test's own. */
export async function fileOnDisk(content: string | Uint8Array, name = 'rows'): Promise<FileOnDisk> {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, content);
  return { path, name };
}

/** All that comes, in its order. */
export async function allOf<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Bytes cut into pieces of one size, as a stream may bring them. */
export async function* inPieces(
  content: string | Uint8Array,
  size = Number.MAX_SAFE_INTEGER,
): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(content);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const openFiles = '/proc/self/fd';

/** Linux tells which files a process has open. */
export const canSeeOpenFiles = existsSync(openFiles);

/** How often this process has a file open. */
export function timesOpen(path: string): number {
  const opened = readdirSync(openFiles).map((name) => {
    try {
      return readlinkSync(join(openFiles, name));
    } catch {
      return undefined;
    }
  });
  return opened.filter((one) => one === path).length;
}

/** A file of a dataset of which only the name and the size matter. */
export const fileOf = (name: string, size = 0): DatasetFile => ({
  name,
  size,
  read: async () => Uint8Array.of(7),
  local: () => Promise.reject(new Error('it is no file')),
});
