import { createReadStream, createWriteStream } from 'node:fs';
import { open, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { extract, type Header } from 'tar-stream';
import { errors } from '../../errors.ts';
import type { DatasetFile, DatasetSource, LocalCopy } from '../source.ts';
import { printable } from '../file-names.ts';
import type { Compression } from '../bytes/compressions.ts';
import type { SpoolFolder } from '../bytes/spool-folder.ts';
import {
  archiveSource,
  createEntryCounter,
  withNamedErrors,
  type ArchiveLimits,
} from './archive.ts';
import { checkEntryName } from './entry-name.ts';
import { unpackFile } from './unpack-file.ts';

const BLOCK = 512;

export interface TarOptions {
  readonly compression: Compression | undefined;
  readonly limits: ArchiveLimits;
  readonly spool: SpoolFolder;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The entries of a tar file, read where they lie and in any order. A compressed one is unpacked into the
 * spool folder first: as one file, under a name of ours.
 */
export async function openTar(
  file: string,
  title: string,
  options: TarOptions,
): Promise<DatasetSource> {
  return withNamedErrors('TAR', async () => {
    const { compression } = options;
    const plain = compression ? await unpackFile(file, compression, options) : file;
    const extents = await listExtents(plain, options);
    await checkEndMark(plain);
    const handle = await open(plain);
    const tar = { handle, plain, spool: options.spool };
    const files = extents.map((extent) => new TarEntry(extent, tar));
    try {
      return archiveSource(title, files, () => handle.close());
    } catch (error) {
      await handle.close();
      throw error;
    }
  });
}

/** Where an entry's bytes are in the tar file. */
interface EntryExtent {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

async function listExtents(plain: string, { limits, signal }: TarOptions): Promise<EntryExtent[]> {
  const counter = createEntryCounter(limits);
  const extents: EntryExtent[] = [];
  const entries = extract();
  // A broken source destroys the parser with its own error, which the loop below then throws.
  const feeding = pipeline(
    createReadStream(plain, { highWaterMark: 1024 * 1024 }),
    entries,
    signal ? { signal } : {},
  ).catch(() => undefined);
  try {
    for await (const entry of entries) {
      const { header, offset } = entry;
      const { size } = header;
      const name = checkEntryName(header.name);
      counter.add(name, size, size);
      // `offset` is where its header begins, which takes one block.
      if (isFile(header, name)) extents.push({ name, size, offset: offset + BLOCK });
      entry.resume();
    }
  } finally {
    entries.destroy();
    await feeding;
  }
  return extents;
}

const REFUSED: Partial<Record<Header['type'], string>> = {
  link: 'a hard link',
  symlink: 'a symbolic link',
  'character-device': 'a device',
  'block-device': 'a device',
  fifo: 'a pipe',
};

function isFile({ type, name: written }: Header, name: string): boolean {
  // Old writers mark a folder by nothing but the slash at its end.
  if (type === 'directory' || (type === 'file' && written.endsWith('/'))) return false;
  if (type === 'file' || type === 'contiguous-file') return true;
  // Sparse files and other rarities have no type that tar-stream knows.
  const kind = REFUSED[type] ?? 'of a kind that is not read';
  throw new errors.GLIMPSE_ARCHIVE_UNSAFE(printable(name), `it is ${kind}`);
}

/** A tar ends with blocks of zeros; one cut off between two entries would look whole without this. */
async function checkEndMark(plain: string): Promise<void> {
  const { size } = await stat(plain);
  const handle = await open(plain);
  try {
    const last = Buffer.alloc(BLOCK);
    await handle.read(last, 0, BLOCK, Math.max(0, size - BLOCK));
    if (last.some((byte) => byte !== 0)) {
      throw new errors.GLIMPSE_DATASET_INVALID('TAR: it is cut off before its end mark');
    }
  } finally {
    await handle.close();
  }
}

/** A tar file that is read from. */
interface OpenTar {
  readonly handle: FileHandle;
  readonly plain: string;
  readonly spool: SpoolFolder;
}

class TarEntry implements DatasetFile {
  readonly name: string;
  readonly size: number;
  readonly #offset: number;
  readonly #tar: OpenTar;

  constructor({ name, size, offset }: EntryExtent, tar: OpenTar) {
    this.name = name;
    this.size = size;
    this.#offset = offset;
    this.#tar = tar;
  }

  async read(maxBytes: number, signal?: AbortSignal): Promise<Uint8Array> {
    const { size } = this;
    signal?.throwIfAborted();
    if (size > maxBytes) {
      throw new errors.GLIMPSE_DATASET_INVALID(
        `it has ${size} bytes; at most ${maxBytes} are read`,
      );
    }
    const { handle } = this.#tar;
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(size), 0, size, this.#offset);
    if (bytesRead !== size) throw new errors.GLIMPSE_DATASET_INVALID('TAR: it is cut off');
    return buffer;
  }

  async local(signal?: AbortSignal): Promise<LocalCopy> {
    const { name, size } = this;
    const { plain, spool } = this.#tar;
    const [start, copy] = [this.#offset, await spool.next()];
    // A stream of a file has no way to say "nothing from here".
    if (size === 0) await writeFile(copy, '', { flag: 'wx' });
    else {
      const bytes = createReadStream(plain, { start, end: start + size - 1 });
      const out = createWriteStream(copy, { flags: 'wx' });
      await pipeline(bytes, out, signal ? { signal } : {});
    }
    return { path: copy, name, release: () => rm(copy, { force: true }) };
  }
}
