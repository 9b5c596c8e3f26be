import { errors } from '../../errors.ts';
import { createEntryCounter } from '../archives/archive.ts';
import { openArchive, type OpenArchiveOptions } from '../archives/open-archive.ts';
import { formatOfName, isImageName, isNpzName } from '../file-names.ts';
import { checkInsidePath, nestedArchive, restrictTo } from './inside-path.ts';
import { joinShards } from './join-shards.ts';
import { labelsBeside } from '../places/location.ts';
import { severalInside } from '../refusal.ts';
import type { DatasetFile, DatasetSource, LocatedDataset } from '../source.ts';

/** All archives of a dataset are open, and those of a bucket on this disk, while it is read. */
const MAX_ARCHIVES = 512;

export interface OpenInsideOptions extends OpenArchiveOptions {
  /** Most archives that are read together, 512 when it is left out. */
  readonly maxArchives?: number;
}

/**
 * The dataset inside of what a request names: of an archive its files, of several archives those of all, and
 * what lies at a path of it where the request gives one. An archive within an archive is never opened.
 */
export async function openInside(
  located: LocatedDataset,
  path: string | undefined,
  options: OpenInsideOptions,
): Promise<LocatedDataset> {
  const opened =
    path === undefined
      ? await openWhole(located, options)
      : await openAt(located, checkInsidePath(path), options);
  const { files, archives } = opened.source;
  if (files.length > 0 || archives.length === 0) return opened;
  await opened.source.close();
  throw nestedArchive(archives[0]!.name);
}

async function openWhole(
  { source, labels }: LocatedDataset,
  options: OpenInsideOptions,
): Promise<LocatedDataset> {
  const opened = await openEach(source.isFolder ? archivesIn(source) : source.files, options);
  const [only, ...more] = opened;
  if (!only) return { source, labels };
  const whole = more.length > 0 ? await joinShards(opened) : only.archive;
  if (source.isFolder) return { source: closingBoth(whole, source), labels };
  const files = opened.map(({ file }) => file);
  const beside = source.files.filter((file) => !files.includes(file));
  if (beside.length <= 1) return { source: whole, labels: labels ?? beside[0] };
  await whole.close();
  throw new errors.GLIMPSE_DATASET_INVALID(
    'beside an archive only one file, its manifest, is read',
  );
}

/** The archives of a folder that holds no other data; a .npz is one, though it is data. */
function archivesIn({ files, archives }: DatasetSource): readonly DatasetFile[] {
  const packed = files.filter(({ name }) => isNpzName(name));
  if (packed.length === 1) return packed;
  const hasData = files.some(({ name }) => formatOfName(name) !== undefined || isImageName(name));
  return hasData ? [] : archives;
}

/** What lies at a path: in the archive that the path begins with, in the only one there is, or in the source itself. */
async function openAt(
  { source, labels }: LocatedDataset,
  path: string,
  options: OpenInsideOptions,
): Promise<LocatedDataset> {
  const possible = source.isFolder ? source.archives : source.files;
  const named = possible.find(({ name }) => name === path || path.startsWith(`${name}/`));
  const unnamed = source.isFolder ? [] : possible;
  const opened = await openEach(named ? [named] : unnamed, options);
  const [only, ...more] = opened;
  if (more.length > 0) {
    for (const { archive } of opened) await archive.close();
    throw severalInside(
      'it is several archives',
      opened.map(({ file }) => file.name),
    );
  }
  if (!only && !named && !source.isFolder && possible.length === 1) {
    throw new errors.GLIMPSE_DATASET_INVALID(
      'path is for what lies in an archive, a folder or among several uploads, and it is one file; leave path out',
    );
  }
  const whole = only ? closingBoth(only.archive, source) : source;
  const rest = only && named ? path.slice(named.name.length + 1) : path;
  try {
    const part = rest === '' ? whole : restrictTo(whole, rest);
    return { source: part, labels: labels ?? (await labelsBeside(part)) };
  } catch (error) {
    await whole.close();
    throw error;
  }
}

/** An archive that was opened, and the file it is. */
interface OpenedArchive {
  readonly file: DatasetFile;
  readonly archive: DatasetSource;
}

/** Those of the files that are archives, opened. */
async function openEach(
  files: readonly DatasetFile[],
  options: OpenInsideOptions,
): Promise<OpenedArchive[]> {
  const opened: OpenedArchive[] = [];
  // Each counts its own entries; together they may hold no more than one.
  const { limits, maxArchives = MAX_ARCHIVES } = options;
  const counter = createEntryCounter(limits);
  try {
    for (const file of files) {
      const archive = await openArchive(file, options);
      if (!archive) continue;
      opened.push({ file, archive });
      if (files.length > 1) {
        for (const { name, size } of archive.files) counter.add(name, size, size);
      }
      if (opened.length > maxArchives) {
        throw new errors.GLIMPSE_DATASET_INVALID(
          `it is more than ${maxArchives} archives; make fewer and larger ones`,
        );
      }
    }
    return opened;
  } catch (error) {
    for (const { archive } of opened) await archive.close();
    throw error;
  }
}

function closingBoth(archive: DatasetSource, outer: DatasetSource): DatasetSource {
  return {
    ...archive,
    async close() {
      await archive.close();
      await outer.close();
    },
  };
}
