import { mkdir, open, rename } from 'node:fs/promises';
import { dirname, extname, join, posix } from 'node:path';
import { isZip } from '../../converting/containers/keras-archive.ts';
import type { ArchiveLimits } from '../../datasets/archives/archive.ts';
import { openZip } from '../../datasets/archives/zip-archive.ts';
import { createSpoolFolder } from '../../datasets/bytes/spool-folder.ts';
import { isImageName } from '../../datasets/file-names.ts';
import type { DatasetSpec, UploadedFile } from '../../datasets/spec.ts';
import type { CalibrationPlace } from '../calibration-set.ts';

/**
 * Examples that were sent with a model, or that its request names. Images alone in a ZIP file, none of them in a folder that would be
 * its class, have no labels: they are unpacked into a folder. Names come from outside, and no file is called by one.
 */
export async function sentCalibration(
  uploads: readonly UploadedFile[],
  spec: DatasetSpec | undefined,
  folder: string,
  limits: ArchiveLimits,
): Promise<CalibrationPlace> {
  const [only, ...others] = uploads;
  const mayBeLoose = spec === undefined && only !== undefined && others.length === 0;
  if (mayBeLoose && (await unpackLoose(only, folder, limits))) return folder;
  return { spec: spec ?? {}, uploads, reach: 'fenced' };
}

/** Whether a file is a ZIP file of images in one place; then they lie in the folder. */
async function unpackLoose(
  { name, file }: UploadedFile,
  folder: string,
  limits: ArchiveLimits,
): Promise<boolean> {
  if (!(await startsAsZip(file))) return false;
  await mkdir(folder, { recursive: true });
  const spool = createSpoolFolder(dirname(folder));
  const archive = await openZip(file, posix.basename(name), limits, spool);
  try {
    const { files } = archive;
    const places = new Set(files.map((one) => posix.dirname(one.name)));
    const areLoose = files.every((one) => isImageName(one.name)) && places.size === 1;
    if (!areLoose) return false;
    for (const [at, one] of files.entries()) {
      const copy = await one.local();
      const number = String(at).padStart(6, '0');
      await rename(copy.path, join(folder, `${number}${extname(one.name).toLowerCase()}`));
    }
    return true;
  } finally {
    await archive.close();
    await spool.close();
  }
}

async function startsAsZip(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return isZip(buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}
