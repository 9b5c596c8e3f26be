import { canonicalJson } from '../json.ts';
import { sha256 } from '../repository/digest.ts';
import type { Manifest } from '../repository/manifest.ts';

/** What a version is, in the form that container registries write digests in: `sha256:` and 64 digits. */
export interface VersionDigests {
  /**
   * Of the bytes of the model. Of several files: of the lines that `sha256sum` prints of them, ordered by path.
   */
  readonly model: string;
  /** Of the preprocessing contract as JSON whose fields are in order. */
  readonly preprocessing: string;
}

/** Digests of versions, each taken once. */
export function createVersionDigests(): (manifest: Manifest) => VersionDigests {
  const known = new WeakMap<Manifest, VersionDigests>();
  return (manifest) => {
    const found = known.get(manifest);
    if (found) return found;
    const digests = {
      model: modelDigest(manifest),
      preprocessing: `sha256:${sha256(canonicalJson(manifest.preprocessing))}`,
    };
    known.set(manifest, digests);
    return digests;
  };
}

function modelDigest({ files, golden }: Manifest): string {
  const samples = new Set(golden.map(({ file }) => file));
  const ofModel = files.filter(({ path }) => !samples.has(path));
  if (ofModel.length === 1) return `sha256:${ofModel[0]!.sha256}`;
  const lines = ofModel
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ sha256: digest, path }) => `${digest}  ${path}\n`);
  return `sha256:${sha256(lines.join(''))}`;
}
