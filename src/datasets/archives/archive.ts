import { errors, isGlimpseError, withDetails } from '../../errors.ts';
import { separateIgnored, type DatasetFile, type DatasetSource } from '../source.ts';
import { printable } from '../file-names.ts';

/** What an archive may cost; each limit is a knob of the configuration. */
export interface ArchiveLimits {
  /** Entries of every kind. */
  readonly maxEntries: number;
  /** All entries together, after decompression. */
  readonly maxBytes: number;
  /** Bytes of one entry, or of a whole compressed tar, for each byte they take in the archive. */
  readonly maxRatio: number;
}

/** Entries below this size may have any ratio: they cannot fill a disk or memory. */
const HARMLESS_BYTES = 4 * 1024 * 1024;

/** Counts entries while an archive is listed, and refuses it as soon as it is known to be too large. */
export function createEntryCounter(limits: ArchiveLimits) {
  let [entries, bytes] = [0, 0];
  return {
    add(name: string, size: number, packedSize: number): void {
      entries += 1;
      bytes += size;
      if (entries > limits.maxEntries) {
        throw tooLarge(`${limits.maxEntries} entries`, 'GLIMPSE_MAX_ARCHIVE_ENTRIES');
      }
      if (bytes > limits.maxBytes) {
        throw tooLarge(`${limits.maxBytes} bytes`, 'GLIMPSE_MAX_DATASET_BYTES');
      }
      if (size > HARMLESS_BYTES && size > packedSize * limits.maxRatio) {
        throw tooExpanding(printable(name), limits.maxRatio);
      }
    },
  };
}

/** Watches a stream that is being unpacked: `packed` bytes have become `unpacked` bytes so far. */
export function checkExpansion(
  packed: number,
  unpacked: number,
  limits: Pick<ArchiveLimits, 'maxBytes' | 'maxRatio'>,
): void {
  if (unpacked > limits.maxBytes) {
    throw tooLarge(`${limits.maxBytes} bytes`, 'GLIMPSE_MAX_DATASET_BYTES');
  }
  if (unpacked > HARMLESS_BYTES && unpacked > packed * limits.maxRatio) {
    throw tooExpanding('it', limits.maxRatio);
  }
}

function tooLarge(what: string, knob: string): Error {
  return new errors.GLIMPSE_ARCHIVE_TOO_LARGE(what, knob);
}

function tooExpanding(name: string, ratio: number): Error {
  return new errors.GLIMPSE_ARCHIVE_TOO_LARGE(
    `${ratio} times its packed size (${name})`,
    'GLIMPSE_MAX_ARCHIVE_RATIO',
  );
}

/** An archive's entries as the files of a dataset. */
export function archiveSource(
  title: string,
  entries: readonly DatasetFile[],
  close: () => Promise<void>,
): DatasetSource {
  const known = new Map<string, DatasetFile>();
  for (const entry of entries) {
    if (known.has(entry.name)) {
      throw new errors.GLIMPSE_ARCHIVE_UNSAFE(printable(entry.name), 'it is there twice');
    }
    known.set(entry.name, entry);
  }
  return {
    title,
    ...separateIgnored(entries),
    isFolder: true,
    find: async (name) => known.get(name.normalize('NFC')),
    close,
  };
}

/** What the reader of an archive says becomes an error of the catalogue, under the name of its format. */
export async function withNamedErrors<Result>(
  format: 'TAR' | 'ZIP',
  act: () => Promise<Result>,
): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    if (isGlimpseError(error) || !(error instanceof Error) || error.name === 'AbortError')
      throw error;
    const reason = `${format}: ${printable(error.message.split('\n')[0]!)}`;
    throw withDetails(new errors.GLIMPSE_DATASET_INVALID(reason), {}, error);
  }
}
