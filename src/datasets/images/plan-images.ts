import { posix } from 'node:path';
import { errors } from '../../errors.ts';
import type { ReadOptions } from '../bytes/byte-source.ts';
import { ignoreMore, withLocalCopy, type DatasetFile, type DatasetSource } from '../source.ts';
import { formatOfName, isImageName, mayBeImage, printable } from '../file-names.ts';
import type { ImageColumn } from '../image-column.ts';
import type { LabelColumn, OnLabel } from '../label-column.ts';
import { undecided, type Refuse } from '../refusal.ts';
import { classFolderImages, commonFolder } from './class-folders.ts';
import { createImageNames } from './image-names.ts';
import { isManifest, readManifest } from './image-manifest.ts';
import type { FoundImage, ImageReference } from './image-reference.ts';
import { webDatasetImages } from './web-dataset.ts';

export interface ImagePlan {
  readonly references: AsyncIterable<ImageReference> | Iterable<ImageReference>;
  /** How many there are, where all of them are taken as they lie. */
  readonly count?: number;
  readonly ignored: DatasetSource['ignored'];
  /** Class folders, each of which must give an example. */
  readonly folders?: readonly string[];
  /** The folder of images that lie apart to be measured on. */
  readonly heldOut?: string | undefined;
  /** What was decided or left out, in words. */
  readonly notes: readonly string[];
  /** Once all references were found: the images that a manifest does not name. */
  readonly unlisted?: () => readonly string[];
}

export interface ImagePlanOptions extends ReadOptions {
  readonly labelColumn: LabelColumn;
  readonly imageColumn?: ImageColumn;
  /** A file in a bucket, by its URI. */
  readonly bucketFile: (uri: string) => DatasetFile;
  readonly refuse: Refuse;
  readonly onLabel?: OnLabel | undefined;
}

/** Which images a source holds, and whether a manifest or their folders name their classes. */
export async function planImages(
  source: DatasetSource,
  labels: DatasetFile | undefined,
  options: ImagePlanOptions,
): Promise<ImagePlan> {
  const marked = labels ? undefined : webDatasetImages(source, { ...options, isMarked: true });
  const manifest = labels ?? (marked ? undefined : await findManifest(source, options));
  const samples = manifest ? undefined : (marked ?? webDatasetImages(source, options));
  const folders = manifest || samples ? undefined : classFolderImages(source, options.refuse);
  const isRead = ({ name }: DatasetFile): boolean =>
    name === manifest?.name || (samples ?? folders ?? byName).reads(name);
  const unread = source.files.filter((file) => !isRead(file));
  const tables = unread.filter(({ name }) => formatOfName(name) !== undefined);
  const ignored = ignoreUnread(source.ignored, unread, folders?.heldOut);
  // Other members of samples are no tables.
  const notes = samples ? [] : [...tables.slice(0, 3).map(noteOfTable), ...(folders?.notes ?? [])];
  if (manifest) {
    const listed = new Set<string>();
    const references = referencesOf(source, manifest, labels, { ...options, listed });
    const isUnlisted = ({ name }: DatasetFile): boolean => isImageName(name) && !listed.has(name);
    const unlisted = () => source.files.filter(isUnlisted).map(({ name }) => name);
    return { references, ignored, notes, unlisted };
  }
  if (samples) return { references: samples.references, ignored, notes };
  if (folders) {
    options.onLabel?.({ by: 'folder' });
    return { ...folders, ignored, notes };
  }
  const [table] = tables;
  const beside = table ? `; "${printable(table.name)}" beside them names none of them` : '';
  throw new errors.GLIMPSE_DATASET_INVALID(
    `nothing tells the classes of its images: put them into a folder for each class, or add a manifest (path,label)${beside}`,
  );
}

/** Every image of a source, in the order of names, or those that a lone manifest lists; nobody asks for classes. */
export function planEveryImage(
  source: DatasetSource,
  labels: DatasetFile | undefined,
  options: ImagePlanOptions,
): ImagePlan {
  const [only] = source.files;
  const isLone = !source.isFolder && source.files.length === 1 && !mayBeImage(only!.name);
  const manifest = labels ?? (isLone ? only : undefined);
  if (manifest) {
    const listed = new Set<string>();
    const references = referencesOf(source, manifest, labels, { ...options, listed });
    return { references, ignored: source.ignored, notes: [] };
  }
  const images = source.files.filter(({ name }) => mayBeImage(name));
  const rest = source.files.filter(({ name }) => !mayBeImage(name)).map(({ name }) => name);
  const references = images.map((file, index) => new ImageAtPlace(index + 1, file));
  const ignored = ignoreMore(source.ignored, rest, 'no image');
  return { references, count: references.length, ignored, notes: [] };
}

/** There may be millions of them, so they have no functions of their own. */
class ImageAtPlace implements FoundImage {
  readonly line: number;
  readonly label = undefined;
  readonly #file: DatasetFile;

  constructor(line: number, file: DatasetFile) {
    this.line = line;
    this.#file = file;
  }

  get name(): string {
    return this.#file.name;
  }

  async find(): Promise<DatasetFile> {
    return this.#file;
  }
}

/** A manifest, or nothing, has every image as its own. */
const byName = { reads: isImageName };

/** Files of other splits aside, they are no images, or lie where none is looked for. */
function ignoreUnread(
  before: DatasetSource['ignored'],
  unread: readonly DatasetFile[],
  heldOut: string | undefined,
): DatasetSource['ignored'] {
  const isApart = (name: string): boolean =>
    heldOut !== undefined && name.startsWith(`${heldOut}/`);
  const names = unread.map(({ name }) => name);
  const apart = names.filter(isApart);
  const rest = names.filter((name) => !isApart(name));
  const images = rest.filter(isImageName);
  const reasons = [
    [apart, 'read apart, to be measured on'],
    [images.filter((name) => name.includes('/')), 'images of another split'],
    [images.filter((name) => !name.includes('/')), 'images in no class folder'],
    [rest.filter((name) => !isImageName(name)), 'no image, nor the list of them'],
  ] as const;
  return reasons.reduce((sum, [names, reason]) => ignoreMore(sum, names, reason), before);
}

function noteOfTable({ name }: DatasetFile): string {
  return `"${printable(name)}" lies beside the images and is not used. If it lists them, name it by labelsUri.`;
}

/** Names a manifest usually has; they decide when several files could be one. */
const USUAL_NAMES = [/^(manifest|labels|metadata|annotations)\b/i, /^train/i];

async function findManifest(
  { files, isFolder }: DatasetSource,
  options: ReadOptions,
): Promise<DatasetFile | undefined> {
  const tables = files.filter(({ name }) => ['csv', 'ndjson'].includes(formatOfName(name) ?? ''));
  // Asked for as images, a lone file can be nothing but a manifest, whatever its name.
  if (!isFolder && files.length === 1) return files[0];
  const found: DatasetFile[] = [];
  const { has } = createImageNames(tables.length > 0 ? files : []);
  for (const table of tables) if (await listsImages(table, options, has)) found.push(table);
  if (found.length <= 1) return found[0];
  for (const usual of USUAL_NAMES) {
    const named = found.filter(({ name }) => usual.test(posix.basename(name)));
    if (named.length === 1) return named[0];
  }
  const names = found.map(({ name }) => printable(name)).slice(0, 3);
  throw undecided(
    'labelsUri',
    `several files list its images (${names.join(', ')}); name one by labelsUri`,
    { names },
  );
}

function listsImages(
  table: DatasetFile,
  options: ReadOptions,
  isImage: (cell: string) => boolean,
): Promise<boolean> {
  return withLocalCopy(table, options.signal, (copy) =>
    isManifest(formatOfName(table.name), copy, options, isImage),
  );
}

async function* referencesOf(
  source: DatasetSource,
  manifest: DatasetFile,
  labels: DatasetFile | undefined,
  options: ImagePlanOptions & { readonly listed: Set<string> },
): AsyncGenerator<ImageReference> {
  const { labelColumn, limits, signal, bucketFile, onLabel, listed } = options;
  const names = createImageNames(source.files);
  const find = createFinder(source, labels ? undefined : manifest.name);
  const copy = await manifest.local(signal);
  try {
    yield* readManifest(copy, {
      labelColumn,
      limits,
      signal,
      onLabel,
      isImage: names.has,
      async find(path) {
        if (/^s3:/i.test(path)) return bucketFile(path);
        const file = (await find(path)) ?? names.find(path, manifest.name);
        if (file) listed.add(file.name);
        return file;
      },
    });
  } finally {
    await copy.release();
  }
}

/** Paths count from the manifest's folder, else from any folder that holds all files. */
function createFinder(source: DatasetSource, manifestName: string | undefined) {
  const { files, isFolder } = source;
  const folders = isFolder ? foldersToTry(files, manifestName) : ['.'];
  return async (path: string): Promise<DatasetFile | undefined> => {
    for (const folder of folders) {
      const name = posix.join(folder, path);
      if (isFolder && name.startsWith('../')) {
        throw new errors.GLIMPSE_DATASET_FORBIDDEN(printable(path));
      }
      const file = await source.find(name);
      if (file) return file;
    }
    return undefined;
  };
}

function foldersToTry(files: readonly DatasetFile[], manifestName: string | undefined): string[] {
  const folders = new Set(manifestName === undefined ? [] : [posix.dirname(manifestName)]);
  const parts = commonFolder(files.map(({ name }) => posix.dirname(name))).split('/');
  for (let depth = 0; depth < parts.length; depth += 1) {
    folders.add(posix.join('.', ...parts.slice(0, depth)));
  }
  return [...folders];
}
