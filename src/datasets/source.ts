import type { FileOnDisk } from './bytes/byte-source.ts';
import {
  byName,
  isArchiveName,
  isHidden,
  isMarker,
  isPassedOverImage,
  isUnderscored,
} from './file-names.ts';

/**
 * One file of a dataset: on this disk, in a bucket, inside an archive. There may be one for each example, so those
 * that come in numbers are of a class, without functions of their own.
 */
export interface DatasetFile {
  /** Its path inside the dataset, "/" between parts: it decides about format and class, and is never a path of this machine. */
  readonly name: string;
  readonly size: number;
  /** When it was last changed, where that is known; of a copy of it that is not. */
  readonly modifiedMs?: number | undefined;
  /** What its bucket calls these bytes, where it said so when it was listed. */
  readonly etag?: string | undefined;
  /** All of its bytes; more than `maxBytes` are refused with GLIMPSE_DATASET_INVALID. */
  read(maxBytes: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** The file on this machine; what had to be copied here is removed by `release`. */
  local(signal?: AbortSignal): Promise<LocalCopy>;
}

export interface LocalCopy extends FileOnDisk {
  release(): Promise<void>;
}

/** Uses a file where it is on this machine, and lets go of the copy afterwards. */
export async function withLocalCopy<Result>(
  file: DatasetFile,
  signal: AbortSignal | undefined,
  use: (copy: FileOnDisk) => Promise<Result>,
): Promise<Result> {
  const copy = await file.local(signal);
  try {
    return await use(copy);
  } finally {
    await copy.release();
  }
}

/** A file under another name. */
export function renamed(file: DatasetFile, name: string): DatasetFile {
  return new RenamedFile(name, file);
}

class RenamedFile implements DatasetFile {
  readonly name: string;
  readonly #file: DatasetFile;

  constructor(name: string, file: DatasetFile) {
    this.name = name;
    this.#file = file;
  }

  get size(): number {
    return this.#file.size;
  }

  read(maxBytes: number, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#file.read(maxBytes, signal);
  }

  local(signal?: AbortSignal): Promise<LocalCopy> {
    return this.#file.local(signal);
  }
}

/** The files that make up one dataset. Whoever opens it closes it. */
export interface DatasetSource {
  /** How people know it: the URI of the request, or what was uploaded. */
  readonly title: string;
  /** Sorted by name; without what is ignored. */
  readonly files: readonly DatasetFile[];
  /** Files beside them that hold other files, and are no data themselves. */
  readonly archives: readonly DatasetFile[];
  /** The archives it was put together of, whose names are the first folders of its files. */
  readonly shards?: readonly string[];
  /** Whether it is a folder, a prefix or an archive, so that the names of its files are paths. */
  readonly isFolder: boolean;
  /** What its writer left beside the data: "_SUCCESS", "_temporary/...". */
  readonly markers: readonly string[];
  readonly ignored: IgnoredFiles;
  /** Images in folders whose names begin with "_" or ".", which are not read. */
  readonly passedOver: readonly string[];
  /** A file that another one (a manifest) names; undefined when there is none. */
  find(name: string): Promise<DatasetFile | undefined>;
  close(): Promise<void>;
}

/** What lay beside the data and was not read. */
export interface IgnoredFiles {
  readonly count: number;
  /** Archives among them: an archive inside of an archive is never opened. */
  readonly archives: number;
  /** The first of them. */
  readonly names: readonly string[];
  /** All of them by why they were not read, hidden ones too. */
  readonly kinds: readonly IgnoredKind[];
}

/** Files that were not read for the same reason. */
export interface IgnoredKind {
  readonly reason: string;
  readonly count: number;
  /** The first of them. */
  readonly names: readonly string[];
}

/** How many ignored files are listed by name. */
const MAX_LISTED_NAMES = 10;
const MAX_NAMES_OF_A_KIND = 3;

export const nothingIgnored: IgnoredFiles = { count: 0, archives: 0, names: [], kinds: [] };

/** Adds names to what is ignored; archives among them are recognised by their names. */
export function ignoreMore(
  before: IgnoredFiles,
  names: readonly string[],
  reason: string,
): IgnoredFiles {
  return {
    count: before.count + names.length,
    archives: before.archives + names.filter(isArchiveName).length,
    names: [...before.names, ...names].slice(0, MAX_LISTED_NAMES),
    kinds: [...before.kinds, ...kindOf(names, reason)],
  };
}

function kindOf(names: readonly string[], reason: string): IgnoredKind[] {
  const { length: count } = names;
  return count === 0 ? [] : [{ reason, count, names: names.slice(0, MAX_NAMES_OF_A_KIND) }];
}

/** What reports and descriptions of datasets tell of ignored files; nothing when there are none. */
export function summaryOfIgnored({ count, archives, names }: IgnoredFiles) {
  return count === 0 ? {} : { ignored: { count, archives, names: [...names] } };
}

/** The files of something with many, by what they are there for; of hidden ones only the kind is told. */
export function separateIgnored<File extends { readonly name: string }>(all: readonly File[]) {
  const seen = all.filter(({ name }) => !isHidden(name));
  const hidden = all.filter(({ name }) => isHidden(name)).map(({ name }) => name);
  const isLeftOut = ({ name }: File) => isUnderscored(name) || isArchiveName(name);
  const left = seen.filter(isLeftOut).map(({ name }) => name);
  return {
    files: seen.filter((file) => !isLeftOut(file)).sort(byName),
    archives: seen.filter(({ name }) => isArchiveName(name) && !isUnderscored(name)).sort(byName),
    markers: left.filter(isMarker),
    passedOver: all.map(({ name }) => name).filter(isPassedOverImage),
    ignored: leftOut(hidden.sort(), left.sort()),
  };
}

function leftOut(hidden: readonly string[], left: readonly string[]): IgnoredFiles {
  const markers = left.filter(isMarker);
  const rest = left.filter((name) => !isMarker(name));
  const archives = rest.filter(isArchiveName);
  const underscored = rest.filter((name) => !isArchiveName(name));
  const before = {
    ...nothingIgnored,
    kinds: [...kindOf(hidden, 'hidden'), ...kindOf(markers, 'left by the writer of a table')],
  };
  const ignored = ignoreMore(before, underscored, 'its name begins with "_"');
  const all = ignoreMore(ignored, archives, 'an archive among the files');
  return { ...all, names: rest.slice(0, MAX_LISTED_NAMES) };
}

/** The files a request names. */
export interface LocatedDataset {
  readonly source: DatasetSource;
  /** The file that holds the labels, where it is one of its own: of an IDX pair, or a manifest of images. */
  readonly labels?: DatasetFile | undefined;
}
