import { join } from 'node:path';
import { canonicalJson } from '../../json.ts';
import { maxManifestBytes, parseManifest } from '../manifest-check.ts';
import type { Manifest } from '../manifest.ts';
import { sealedFile, type SealedFile } from '../files/sealed-file.ts';

/** Beside the files of a downloaded version; hidden, so that no runtime takes it for one of them. */
const keptManifestFile = '.manifest.json';

/** Writes the manifest beside the files it names, unless it is there already. */
export async function keepManifest(folder: string, manifest: Manifest): Promise<void> {
  const file = manifestIn(folder, manifest);
  if (canonicalJson(await file.read()) !== canonicalJson(manifest)) await file.write(manifest);
}

/** The manifest beside the files of a version; undefined when none is kept, or a damaged one. */
export async function readKeptManifest(
  folder: string,
  place: Pick<Manifest, 'model' | 'version'>,
): Promise<Manifest | undefined> {
  const value = await manifestIn(folder, place).read();
  if (value === undefined) return undefined;
  try {
    return parseManifest(Buffer.from(JSON.stringify(value)), place.model, place.version);
  } catch {
    // Kept by a release that knew other manifests.
    return undefined;
  }
}

function manifestIn(
  folder: string,
  { model, version }: Pick<Manifest, 'model' | 'version'>,
): SealedFile {
  return sealedFile({
    file: join(folder, keptManifestFile),
    subject: `${model}/${version}`,
    // The seal around it needs a little more.
    maxBytes: maxManifestBytes + 4096,
  });
}
