import { constants } from 'node:fs';
import { copyFile, mkdir, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join, posix, win32 } from 'node:path';
import { errors } from '../errors.ts';
import { isUsableKey } from '../repository/stores/store-key.ts';
import { externalLocations } from '../runtime/external-data.ts';
import { UsageError } from '../cli/command.ts';
import {
  gatherSavedModel,
  isInside,
  savedModelAt,
  type GatheredFiles,
} from './gather-saved-model.ts';

/** What the graph is called in the version; what it names beside it keeps its name. */
export const entryName = 'model.onnx';

/**
 * Copies a SavedModel, or an ONNX file and every file its graph keeps weights in, into a folder, as they will lie in the version.
 * Nothing outside the folder of the model is taken: GLIMPSE_MODEL_INVALID, as for a file that is not there.
 */
export async function gatherModel(model: string, folder: string): Promise<GatheredFiles> {
  const savedModel = await savedModelAt(model);
  if (savedModel !== undefined) return await gatherSavedModel(savedModel, folder);
  const found = await stat(model).catch(() => undefined);
  if (found?.isDirectory()) {
    throw new UsageError(`The folder ${model} is no SavedModel: it has no saved_model.pb.`);
  }
  if (!found?.isFile()) throw new UsageError(`There is no file ${model}.`);
  // Downloads kept by digest are links: what lies beside the file they point at is beside the model, too.
  const homes = [await realpath(dirname(model)), dirname(await realpath(model))];
  const sources = new Map([[entryName, model]]);
  for (const location of externalLocations(await readFile(model))) {
    const path = pathInVersion(location);
    sources.set(path, await sourceOf(join(dirname(model), path), location, homes));
  }
  const files = new Map<string, { readonly file: string }>();
  for (const [path, source] of sources) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await copyFile(source, file, constants.COPYFILE_FICLONE);
    files.set(path, { file });
  }
  return files;
}

/** The path in the version of what a runtime opens. */
export function entryOf(files: GatheredFiles): string {
  const [entry] = files.keys();
  if (entry === undefined) throw new Error('a version has no file: this is our bug');
  return entry;
}

/** A location of the graph as a path in the version: "./weights/a.bin" is "weights/a.bin". */
function pathInVersion(location: string): string {
  const path = posix.normalize(location);
  const isOutside = path.startsWith('..') || posix.isAbsolute(path) || win32.isAbsolute(path);
  if (isOutside) throw outside(location);
  if (isUsableKey(path) && path !== entryName) return path;
  throw new errors.GLIMPSE_MODEL_INVALID(
    `its data file ${JSON.stringify(location)} cannot be a file of a version: export it under another name.`,
  );
}

async function sourceOf(file: string, location: string, homes: string[]): Promise<string> {
  const source = await realpath(file).catch(() => undefined);
  const found = source === undefined ? undefined : await stat(source);
  if (source === undefined || !found?.isFile()) {
    throw new errors.GLIMPSE_MODEL_INVALID(
      `its data file ${JSON.stringify(location)} is not there: it must lie beside the model, as it was exported.`,
    );
  }
  if (!homes.some((home) => isInside(home, source))) throw outside(location);
  return source;
}

function outside(location: string): Error {
  return new errors.GLIMPSE_MODEL_INVALID(
    `its data file ${JSON.stringify(location)} lies outside the folder of the model.`,
  );
}
