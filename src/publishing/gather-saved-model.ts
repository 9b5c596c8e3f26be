import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { errors } from '../errors.ts';
import { isUsableKey } from '../repository/stores/store-key.ts';

/** path in the version -> where it lies now; the first of them is what a runtime opens. */
export type GatheredFiles = ReadonlyMap<string, { readonly file: string }>;

/** What TensorFlow calls the graph of a SavedModel, in every version of it. */
export const savedModelName = 'saved_model.pb';

/** Beside the graph: its weights, the files it reads, and what tools have noted about it. */
const members = /^(variables\/.+|assets\/.+|fingerprint\.pb|keras_metadata\.pb)$/;

/** The graph of a SavedModel that is given by its folder, or by the graph itself; undefined for anything else. */
export async function savedModelAt(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return basename(path) === savedModelName ? path : undefined;
  if (!found?.isDirectory()) return undefined;
  const names = await readdir(path);
  if (names.includes(savedModelName)) return join(path, savedModelName);
  if (!names.includes('saved_model.pbtxt')) return undefined;
  throw new errors.GLIMPSE_MODEL_INVALID(
    'its graph is written as text (saved_model.pbtxt), which TensorFlow.js does not read: save it as saved_model.pb.',
  );
}

/**
 * Copies the files of a SavedModel into a folder, as they will lie in the version; what is no part of one stays behind.
 * Nothing outside its folder is taken: GLIMPSE_MODEL_INVALID.
 */
export async function gatherSavedModel(graph: string, folder: string): Promise<GatheredFiles> {
  const home = await realpath(dirname(graph));
  const entries = await readdir(home, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => relative(home, join(parentPath, name)).replaceAll(sep, '/'))
    .filter((path) => members.test(path))
    .toSorted();
  const files = new Map<string, { readonly file: string }>();
  for (const path of [savedModelName, ...paths]) {
    const source = await realpath(join(home, path)).catch(() => undefined);
    if (source === undefined || !isInside(home, source)) {
      throw cannotTake(path, 'lies outside its folder, or is a link to nothing');
    }
    if (!isUsableKey(path)) {
      throw cannotTake(path, 'cannot be a file of a version: give it another name');
    }
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await copyFile(source, file, constants.COPYFILE_FICLONE);
    files.set(path, { file });
  }
  return files;
}

/** Whether a file lies in a folder; both without links. */
export function isInside(folder: string, file: string): boolean {
  const path = relative(folder, file);
  return path.split(sep)[0] !== '..' && !isAbsolute(path);
}

function cannotTake(path: string, why: string): Error {
  return new errors.GLIMPSE_MODEL_INVALID(`its file ${JSON.stringify(path)} ${why}.`);
}
