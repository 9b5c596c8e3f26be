import { posix } from 'node:path';
import { errors } from '../../errors.ts';
import type { ReadLimits } from '../bytes/byte-source.ts';
import {
  ignoreMore,
  isImageName,
  printable,
  type DatasetFile,
  type DatasetSource,
} from '../places/source.ts';
import type { DatasetSpec } from '../spec.ts';
import { formatOf, formatOfName, isManifest } from '../detect-format.ts';
import { classFolderImages, commonFolder } from './class-folders.ts';
import { readCsvManifest, readLinesManifest } from './image-manifest.ts';
import type { ImageReference } from './image-reference.ts';

export interface ImagePlan {
  readonly references: AsyncIterable<ImageReference> | Iterable<ImageReference>;
  readonly ignored: DatasetSource['ignored'];
}

export interface ImagePlanOptions {
  readonly spec: DatasetSpec;
  readonly limits: ReadLimits;
  /** A file in a bucket, by its URI. */
  object(uri: string): DatasetFile;
}

/** Which images a source holds, and how their classes are told: by a manifest, else by folders. */
export async function planImages(
  source: DatasetSource,
  labels: DatasetFile | undefined,
  options: ImagePlanOptions,
): Promise<ImagePlan> {
  const manifest = labels ?? (await findManifest(source, options.limits));
  const unread = source.files.filter(({ name }) => name !== manifest?.name && !isImageName(name));
  const ignored = ignoreMore(
    source.ignored,
    unread.map(({ name }) => name),
  );
  if (manifest) return { references: readManifest(source, manifest, labels, options), ignored };
  const references = classFolderImages(source.files);
  if (references) return { references, ignored };
  throw new errors.GLIMPSE_DATASET_INVALID(
    'nothing tells the classes of its images: put them into a folder for each class, or add a manifest (path,label)',
  );
}

/** Names a manifest usually has; they decide when several files could be one. */
const USUAL_NAME = /^(manifest|labels|metadata|annotations)\b/i;

async function findManifest(
  { files, isFolder }: DatasetSource,
  limits: ReadLimits,
): Promise<DatasetFile | undefined> {
  const tables = files.filter(({ name }) => formatOfName(name) !== undefined);
  // Asked for as images, a lone file can be nothing but a manifest, whatever its name.
  if (!isFolder && files.length === 1) return files[0];
  const found: DatasetFile[] = [];
  for (const table of tables) if (await isManifest(table, limits)) found.push(table);
  if (found.length <= 1) return found[0];
  const usual = found.filter(({ name }) => USUAL_NAME.test(posix.basename(name)));
  if (usual.length === 1) return usual[0];
  const names = found.map(({ name }) => printable(name)).slice(0, 3);
  throw new errors.GLIMPSE_DATASET_INVALID(
    `several files list its images (${names.join(', ')}); name one by labelsUri`,
  );
}

async function* readManifest(
  source: DatasetSource,
  manifest: DatasetFile,
  labels: DatasetFile | undefined,
  options: ImagePlanOptions,
): AsyncGenerator<ImageReference> {
  const { spec, limits } = options;
  const find = finderIn(source, labels ? undefined : manifest.name);
  const copy = await manifest.local(limits.signal);
  try {
    const format = await formatOf(manifest.name, copy.file, limits);
    const read = format === 'csv' ? readCsvManifest : readLinesManifest;
    yield* read(copy.file, {
      labelColumn: spec.labelColumn,
      limits: { ...limits, name: manifest.name },
      find: async (path) => (/^s3:/i.test(path) ? options.object(path) : find(path)),
    });
  } finally {
    await copy.release();
  }
}

/** Paths count from the manifest's folder, else from any folder that holds all files. */
function finderIn(source: DatasetSource, manifestName: string | undefined) {
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
