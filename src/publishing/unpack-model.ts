import { mkdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Config } from '../config.ts';
import type { ArchiveLimits } from '../datasets/archives/archive.ts';
import { openZip } from '../datasets/archives/zip-archive.ts';
import { createSpoolFolder } from '../datasets/bytes/spool-folder.ts';
import type { DatasetFile } from '../datasets/source.ts';
import { errors } from '../errors.ts';
import { manifestFile } from '../repository/names.ts';
import { isUsableKey } from '../repository/stores/store-key.ts';

/** A model as its author has it, or a version with its manifest, as files of a folder. */
export type LaidOut =
  | { readonly model: string; readonly name: string }
  | { readonly manifest: string; readonly files: ReadonlyMap<string, string> };

/** A version has no more files than this. */
const mostFiles = 10_000;

/** How far the ZIP file of a model or version may expand. */
export function archiveLimitsOf(config: Config): ArchiveLimits {
  return {
    maxEntries: mostFiles,
    maxBytes: config.GLIMPSE_MAX_ARTIFACT_BYTES,
    maxRatio: config.GLIMPSE_MAX_ARCHIVE_RATIO,
  };
}

/** A name for people: never a path. */
export const nameOf = (name: string): string => basename(name.replaceAll('\\', '/')).slice(0, 200);

/**
 * The files of a ZIP file, by the rules of archives of datasets: no path leaves the folder, nothing expands without end.
 * GLIMPSE_MODEL_INVALID for one that holds no model.
 */
export async function unpackModel(
  { name, file }: { readonly name: string; readonly file: string },
  folder: string,
  limits: ArchiveLimits,
): Promise<LaidOut> {
  const spool = createSpoolFolder(folder);
  const archive = await openZip(file, nameOf(name), limits, spool);
  try {
    if (isKeras(archive.files)) return { model: file, name: nameOf(name) };
    const root = rootOf(archive.files);
    const files = new Map<string, string>();
    for (const each of archive.files) {
      const path = each.name.slice(root.length);
      if (!isUsableKey(path)) continue;
      const place = join(folder, 'sent', path);
      await mkdir(dirname(place), { recursive: true });
      const copy = await each.local();
      await rename(copy.path, place);
      files.set(path, place);
    }
    const manifest = files.get(manifestFile);
    if (manifest !== undefined) return { manifest, files };
    return { model: onlyModel(files), name: nameOf(name) };
  } finally {
    await archive.close();
    await spool.close();
  }
}

/** A .keras file is a ZIP file itself. */
function isKeras(files: readonly DatasetFile[]): boolean {
  const names = new Set(files.map(({ name }) => name));
  return names.has('config.json') && names.has('model.weights.h5');
}

/** The one folder that everything lies in, as archives of a folder have it; empty where there is none. */
function rootOf(files: readonly DatasetFile[]): string {
  const [first = ''] = files.map(({ name }) => name);
  const root = first.slice(0, first.indexOf('/') + 1);
  return files.every(({ name }) => name.startsWith(root)) ? root : '';
}

function onlyModel(files: ReadonlyMap<string, string>): string {
  const saved = files.get('saved_model.pb');
  if (saved !== undefined) return saved;
  const ending = (pattern: RegExp): string[] =>
    [...files.keys()].filter((path) => pattern.test(path));
  const found = [/\.onnx$/i, /^model\.json$/, /\.pb$/i].map(ending);
  const models = found.find(({ length }) => length > 0) ?? [];
  if (models.length === 1) return files.get(models[0]!)!;
  throw new errors.GLIMPSE_MODEL_INVALID(
    `the ZIP file holds ${models.length === 0 ? 'neither a manifest.json of a version nor an .onnx file, a SavedModel, a frozen graph (.pb) or a model.json of TensorFlow.js' : `several models: ${models.slice(0, 10).join(', ')}`}.`,
  );
}
