import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { Transform, type Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { Entry, getFileNameLowLevel, openPromise, type ZipFile } from 'yauzl';
import { errors } from '../../errors.ts';
import type { DatasetFile, DatasetSource, LocalCopy } from '../source.ts';
import { printable } from '../file-names.ts';
import {
  archiveSource,
  createEntryCounter,
  withNamedErrors,
  type ArchiveLimits,
} from './archive.ts';
import { checkEntryName } from './entry-name.ts';
import type { SpoolFolder } from '../bytes/spool-folder.ts';

/**
 * The entries of a ZIP file, read where they lie and in any order. The whole directory is checked before
 * the first byte is unpacked, and no entry may give more bytes than the directory says.
 */
export async function openZip(
  file: string,
  title: string,
  limits: ArchiveLimits,
  spool: SpoolFolder,
): Promise<DatasetSource> {
  const zip = await withNamedErrors('ZIP', () =>
    // Names are decoded here, so that one rule refuses bad ones in every kind of archive.
    openPromise(file, { autoClose: false, decodeStrings: false, validateEntrySizes: true }),
  );
  try {
    const files = await withNamedErrors('ZIP', () => listFiles(zip, limits, spool));
    return archiveSource(title, files, async () => zip.close());
  } catch (error) {
    zip.close();
    throw error;
  }
}

async function listFiles(
  zip: ZipFile,
  limits: ArchiveLimits,
  spool: SpoolFolder,
): Promise<DatasetFile[]> {
  const counter = createEntryCounter(limits);
  const files: DatasetFile[] = [];
  for await (const entry of zip.eachEntry()) {
    const { generalPurposeBitFlag, fileNameRaw, extraFields } = entry;
    const raw = getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true);
    const path = isFromWindows(entry) ? raw.replaceAll('\\', '/') : raw;
    const name = checkEntryName(path);
    counter.add(name, entry.uncompressedSize, entry.compressedSize);
    checkKind(entry, name);
    if (!path.endsWith('/')) files.push(new ZipEntry(entry, name, { zip, spool }));
  }
  return files;
}

/**
 * Whether its writer called its system FAT, OS/2 or NTFS, where a backslash stands in no name: PowerShell 5 parts
 * folders by it.
 */
function isFromWindows({ versionMadeBy }: Entry): boolean {
  return [0, 6, 10].includes(versionMadeBy >>> 8);
}

const FILE_KIND = 0o170000;
const KINDS: Record<number, string> = {
  0o120000: 'a symbolic link',
  0o020000: 'a device',
  0o060000: 'a device',
  0o010000: 'a pipe',
  0o140000: 'a socket',
};

function checkKind(entry: Entry, name: string): void {
  // The upper half holds the Unix mode, when the writer had one.
  const kind = KINDS[(entry.externalFileAttributes >>> 16) & FILE_KIND];
  if (kind !== undefined) {
    throw new errors.GLIMPSE_ARCHIVE_UNSAFE(printable(name), `it is ${kind}`);
  }
  if (entry.isEncrypted()) {
    throw new errors.GLIMPSE_DATASET_INVALID(`ZIP: ${printable(name)} is encrypted`);
  }
  if (!entry.canDecodeFileData()) {
    const reason = `${printable(name)} is packed by method ${entry.compressionMethod}; stored and deflated entries are read`;
    throw new errors.GLIMPSE_DATASET_INVALID(`ZIP: ${reason}`);
  }
}

/** A ZIP file that is read from. */
interface OpenZip {
  readonly zip: ZipFile;
  readonly spool: SpoolFolder;
}

/** Keeps of an entry only what is needed to read it: of many small files the rest would be the larger part. */
class ZipEntry implements DatasetFile {
  readonly name: string;
  readonly size: number;
  readonly #packedSize: number;
  readonly #method: number;
  readonly #headerOffset: number;
  readonly #crc: number;
  readonly #open: OpenZip;

  constructor(entry: Entry, name: string, open: OpenZip) {
    this.name = name;
    this.size = entry.uncompressedSize;
    this.#packedSize = entry.compressedSize;
    this.#method = entry.compressionMethod;
    this.#headerOffset = entry.relativeOffsetOfLocalHeader;
    this.#crc = entry.crc32;
    this.#open = open;
  }

  read(maxBytes: number, signal?: AbortSignal): Promise<Uint8Array> {
    const entry = this.#entry();
    return withNamedErrors('ZIP', () => readEntry(this.#open.zip, entry, maxBytes, signal));
  }

  local(signal?: AbortSignal): Promise<LocalCopy> {
    const { name } = this;
    const { zip, spool } = this.#open;
    const entry = this.#entry();
    return withNamedErrors('ZIP', async () => {
      const copy = await spool.next();
      const stream = await zip.openReadStreamPromise(entry);
      const out = createWriteStream(copy, { flags: 'wx' });
      await pipeline(stream, checkCrc(entry), out, signal ? { signal } : {});
      return { path: copy, name, release: () => rm(copy, { force: true }) };
    });
  }

  /** The entry as its library wants it to read from it. */
  #entry(): Entry {
    const entry = new Entry();
    entry.uncompressedSize = this.size;
    entry.compressedSize = this.#packedSize;
    entry.compressionMethod = this.#method;
    entry.relativeOffsetOfLocalHeader = this.#headerOffset;
    entry.crc32 = this.#crc;
    // An encrypted one was refused.
    entry.generalPurposeBitFlag = 0;
    return entry;
  }
}

async function readEntry(
  zip: ZipFile,
  entry: Entry,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  signal?.throwIfAborted();
  if (entry.uncompressedSize > maxBytes) {
    throw new errors.GLIMPSE_DATASET_INVALID(
      `it has ${entry.uncompressedSize} bytes; at most ${maxBytes} are read`,
    );
  }
  const stream: Readable = await zip.openReadStreamPromise(entry);
  const chunks: Buffer[] = [];
  for await (const chunk of stream) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  if (crc32(bytes) !== entry.crc32) throw damaged();
  return bytes;
}

/** Lets bytes through, and fails at their end when they are not those that were packed. */
function checkCrc(entry: Entry): Transform {
  let crc = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      crc = crc32(chunk, crc);
      done(null, chunk);
    },
    flush(done) {
      done(crc === entry.crc32 ? null : damaged());
    },
  });
}

function damaged(): Error {
  return new errors.GLIMPSE_DATASET_INVALID('its bytes are damaged (CRC)');
}
