import { posix } from 'node:path';
import { errors } from '../../errors.ts';
import { entryNameProblem } from '../archives/entry-name.ts';
import { printable } from '../file-names.ts';
import { listed, maxNamesListed, undecided } from '../refusal.ts';
import { nothingIgnored, renamed, type DatasetFile, type DatasetSource } from '../source.ts';

/** The path of a request as names of files are written: GLIMPSE_INVALID_REQUEST for one that leaves the dataset. */
export function checkInsidePath(path: string): string {
  const problem = entryNameProblem(path);
  const name = posix.normalize(path).replace(/\/$/, '').normalize('NFC');
  if (problem === undefined && name !== '.') return name;
  throw new errors.GLIMPSE_INVALID_REQUEST(
    `dataset.path "${printable(path)}" is no path inside of the dataset: ${problem ?? 'it is empty'}`,
  );
}

/** The part of a source at a path: one of its files, or a folder with the names counted from there. */
export function restrictTo(source: DatasetSource, path: string): DatasetSource {
  const file = source.files.find(({ name }) => name === path);
  if (file) return onlyFile(source, file);
  const start = `${path}/`;
  const below = (files: readonly DatasetFile[]): DatasetFile[] =>
    files
      .filter(({ name }) => name.startsWith(start))
      .map((one) => renamed(one, one.name.slice(start.length)));
  const namesBelow = (names: readonly string[]): string[] =>
    names.filter((name) => name.startsWith(start)).map((name) => name.slice(start.length));
  const files = below(source.files);
  if (files.length === 0) throw missing(source, path);
  return {
    ...source,
    files,
    archives: below(source.archives),
    markers: namesBelow(source.markers),
    passedOver: namesBelow(source.passedOver),
    ignored: nothingIgnored,
    isFolder: true,
    find: (name) => source.find(posix.join(path, name)),
  };
}

/** One file; what it names is looked for beside it. */
function onlyFile(source: DatasetSource, file: DatasetFile): DatasetSource {
  const { dir: folder, base } = posix.parse(file.name);
  const only = renamed(file, base);
  return {
    ...source,
    files: [only],
    archives: [],
    markers: [],
    passedOver: [],
    ignored: nothingIgnored,
    isFolder: false,
    find: async (name) => (name === base ? only : source.find(posix.join(folder, name))),
  };
}

function missing(source: DatasetSource, path: string): Error {
  const archive = source.archives.find(({ name }) => name === path || path.startsWith(`${name}/`));
  if (archive) return nestedArchive(archive.name);
  return undecided(
    'path',
    `it holds nothing that can be read at "${printable(path)}"; it holds ${listed(topNames(source))}`,
    { values: topNames(source) },
  );
}

/** The refusal of an archive within an archive. */
export function nestedArchive(name: string): Error {
  return new errors.GLIMPSE_DATASET_INVALID(
    `"${printable(name)}" is an archive within an archive, which is not opened; unpack the outer one`,
  );
}

/** The files and folders it begins with, those that hold everything aside. */
function topNames({ files }: DatasetSource): string[] {
  for (let depth = 1; ; depth += 1) {
    const names = new Set(files.map(({ name }) => name.split('/').slice(0, depth).join('/')));
    if (names.size !== 1 || depth > 8) return [...names].slice(0, maxNamesListed);
  }
}
