import { copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import type { ArchiveLimits } from '../datasets/archives/archive.ts';
import { openZip } from '../datasets/archives/zip-archive.ts';
import { createSpoolFolder } from '../datasets/bytes/spool-folder.ts';
import type { DatasetFile } from '../datasets/source.ts';
import type { UploadedFile } from '../datasets/spec.ts';
import { errors } from '../errors.ts';
import { uploadParts } from '../jobs/publishing/publish-request.ts';
import { manifestFile } from '../repository/names.ts';
import { isUsableKey } from '../repository/stores/store-key.ts';
import { externalLocations } from '../runtime/external-data.ts';

/** What was uploaded, as files of a folder: a model as its author has it, or a version with its manifest. */
export type LaidOut =
  | { readonly model: string; readonly name: string }
  | { readonly manifest: string; readonly files: ReadonlyMap<string, string> };

const isZip = (bytes: Uint8Array): boolean => Buffer.from(bytes.subarray(0, 4)).equals(zipMagic);
const zipMagic = Buffer.from('PK\u0003\u0004', 'latin1');

/**
 * Puts uploaded files where the graph looks for them. Names come from outside: they are only compared, and every file
 * lies under the folder, without what an attempt that died has left there. GLIMPSE_MODEL_INVALID for what holds no model.
 */
export async function layOutUpload(
  uploads: readonly UploadedFile[],
  folder: string,
  limits: ArchiveLimits,
): Promise<LaidOut> {
  const model = uploads.find(({ part }) => part === uploadParts.model);
  if (!model) throw new Error('an upload without a model was accepted: this is our bug');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const bytes = await readFile(model.file);
  if (isZip(bytes)) return await unpack(model, folder, limits);
  const home = join(folder, 'sent');
  const place = join(home, 'model.onnx');
  await mkdir(home);
  await copyFile(model.file, place);
  const data = uploads.filter(({ part }) => part === uploadParts.data);
  const named = data.length === 0 ? [] : externalLocations(bytes);
  const locations = new Map(named.map((location) => [posix.normalize(location), location]));
  for (const upload of data) await copyFile(upload.file, await placeOf(upload, locations, home));
  return { model: place, name: nameOf(model.name) };
}

/** Where the graph looks for an uploaded file of weights: by its whole path there, or by its last part. */
async function placeOf(
  { name }: UploadedFile,
  locations: ReadonlyMap<string, string>,
  folder: string,
): Promise<string> {
  const sent = posix.normalize(name.replaceAll('\\', '/'));
  const fitting = [...locations.keys()].filter(
    (path) => path === sent || posix.basename(path) === posix.basename(sent),
  );
  const path = fitting.find((each) => each === sent) ?? fitting[0];
  if (path === undefined || !isUsableKey(path) || path === 'model.onnx') {
    const names = [...locations.values()].map((each) => JSON.stringify(each)).join(', ');
    throw new errors.GLIMPSE_MODEL_INVALID(
      `its graph looks for no file ${JSON.stringify(nameOf(name))}${names === '' ? '' : `, but for ${names}`}.`,
    );
  }
  const place = join(folder, path);
  await mkdir(dirname(place), { recursive: true });
  return place;
}

/** A name for people: never a path. */
const nameOf = (name: string): string => basename(name.replaceAll('\\', '/')).slice(0, 200);

/** The files of a ZIP file, by the rules of archives of datasets: no path leaves the folder, nothing expands without end. */
async function unpack(
  { name, file }: UploadedFile,
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
