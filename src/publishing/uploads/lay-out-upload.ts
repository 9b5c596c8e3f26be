import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { isZip } from '../../converting/containers/keras-archive.ts';
import type { ArchiveLimits } from '../../datasets/archives/archive.ts';
import type { UploadedFile } from '../../datasets/spec.ts';
import { errors } from '../../errors.ts';
import { uploadParts } from '../../jobs/publishing/publish-request.ts';
import { isUsableKey } from '../../repository/stores/store-key.ts';
import { externalLocations } from '../../runtime/external-data.ts';
import { nameOf, unpackModel, type LaidOut } from '../unpack-model.ts';

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
  if (isZip(bytes)) return await unpackModel(model, folder, limits);
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
