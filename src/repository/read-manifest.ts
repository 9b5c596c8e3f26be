import { errors } from '../errors.ts';
import { maxManifestBytes, parseManifest } from './manifest-check.ts';
import type { Manifest } from './manifest.ts';
import { checkVersion, manifestFile, versionKey } from './names.ts';
import type { ArtifactStore } from './stores/artifact-store.ts';

/** The manifest of a version, validated. GLIMPSE_VERSION_NOT_FOUND, GLIMPSE_MANIFEST_INVALID. */
export async function readManifest(
  store: ArtifactStore,
  model: string,
  version: number,
  signal?: AbortSignal,
): Promise<Manifest> {
  checkVersion(model, version);
  const key = versionKey(model, version, manifestFile);
  const found = await store.read(key, { maxBytes: maxManifestBytes, signal });
  if (typeof found !== 'object') throw new errors.GLIMPSE_VERSION_NOT_FOUND(model, version);
  return parseManifest(found.body, model, version);
}
