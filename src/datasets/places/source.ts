/** One file of a dataset, wherever it lies: on this disk, in a bucket, inside an archive. */
export interface DatasetFile {
  /** Its path inside the dataset, "/" between parts: tells format and class, never a path of ours. */
  readonly name: string;
  readonly size: number;
  /** All of its bytes; more than `maxBytes` are refused with GLIMPSE_DATASET_INVALID. */
  read(maxBytes: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** The file on this machine; what had to be copied here is removed by `release`. */
  local(signal?: AbortSignal): Promise<LocalCopy>;
}

export interface LocalCopy {
  readonly file: string;
  release(): Promise<void>;
}

/** The files that make up one dataset. Whoever opens it closes it. */
export interface DatasetSource {
  /** How people know it: the URI of the request, or what was uploaded. */
  readonly title: string;
  /** Sorted by name; without what is ignored. */
  readonly files: readonly DatasetFile[];
  /** Whether it is a folder, a prefix or an archive, so that names have a meaning. */
  readonly isFolder: boolean;
  /** What its writer left beside the data: "_SUCCESS", "_temporary/...". */
  readonly markers: readonly string[];
  readonly ignored: IgnoredFiles;
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
}

/** How many ignored files are told by name. */
const TOLD_NAMES = 10;

/** Adds names to what is ignored; archives are told apart by their names. */
export function ignoreMore(before: IgnoredFiles, names: readonly string[]): IgnoredFiles {
  return {
    count: before.count + names.length,
    archives: before.archives + names.filter(isArchiveName).length,
    names: [...before.names, ...names].slice(0, TOLD_NAMES),
  };
}

/** The files of something with many, by what they are there for; hidden ones are not even counted. */
export function separateIgnored<File extends { readonly name: string }>(all: readonly File[]) {
  const seen = all.filter(({ name }) => !isHidden(name));
  const isLeftOut = ({ name }: File) => isUnderscored(name) || isArchiveName(name);
  const left = seen.filter(isLeftOut).map(({ name }) => name);
  return {
    files: seen.filter((file) => !isLeftOut(file)).sort(byName),
    markers: left.filter(isMarker),
    ignored: ignoreMore(
      { count: 0, archives: 0, names: [] },
      left.filter((name) => !isMarker(name)).sort(),
    ),
  };
}

/** ".DS_Store", ".part-0.csv.crc" and the folder that macOS adds to archives. */
function isHidden(name: string): boolean {
  return name.split('/').some((part) => part.startsWith('.') || part === '__MACOSX');
}

function isUnderscored(name: string): boolean {
  return name.split('/').some((part) => part.startsWith('_'));
}

/** What Hadoop, Spark and Databricks leave beside the parts they write. */
function isMarker(name: string): boolean {
  return /(^|\/)_(SUCCESS|temporary|committed|started|metadata|common_metadata|delta_log)/.test(
    name,
  );
}

export function isArchiveName(name: string): boolean {
  return /\.(zip|tar|tgz|tar\.gz|tbz2?|tar\.bz2|txz|tar\.xz|tar\.zst|7z|rar)$/i.test(name);
}

export function isImageName(name: string): boolean {
  return /\.(png|jpe?g|jpe|webp|gif|avif|tiff?)$/i.test(name);
}

/** The order of every folder, the same on each machine and store: by UTF-16 code units. */
export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  if (a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
}

/** The text without what could harm a terminal or a log line, and not longer than people read. */
export function printable(text: string): string {
  const shown = JSON.stringify(text).slice(1, -1);
  return shown.length > 200 ? `${shown.slice(0, 200)}...` : shown;
}
