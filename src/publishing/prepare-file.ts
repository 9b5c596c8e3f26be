import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isZip } from '../converting/containers/keras-archive.ts';
import {
  prepareVersion,
  type PreparedVersion,
  type PreparePlace,
  type VersionFacts,
} from './prepare-version.ts';
import { prepareSentVersion } from './sent-version.ts';
import { archiveLimitsOf, unpackModel } from './unpack-model.ts';

/** A version of a file of this machine: a model, or a ZIP file with one or with a version and its manifest. */
export async function prepareFile(
  file: string,
  facts: VersionFacts,
  place: PreparePlace,
  quantise?: Parameters<typeof prepareVersion>[3],
): Promise<PreparedVersion> {
  if (!(await beginsAsZip(file))) return await prepareVersion(file, facts, place, quantise);
  const folder = join(place.folder, 'unpacked');
  const limits = archiveLimitsOf(place.config);
  const laidOut = await unpackModel({ name: basename(file), file }, folder, limits);
  if ('manifest' in laidOut) return await prepareSentVersion(laidOut, facts, place, quantise);
  const source = facts.source ?? laidOut.name;
  return await prepareVersion(laidOut.model, { ...facts, source }, place, quantise);
}

/** A folder, or nothing at all, is none: what that is, is said where files are gathered. */
async function beginsAsZip(file: string): Promise<boolean> {
  const handle = await open(file).catch(() => undefined);
  if (handle === undefined) return false;
  try {
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return isZip(buffer);
  } catch {
    return false;
  } finally {
    await handle.close();
  }
}
