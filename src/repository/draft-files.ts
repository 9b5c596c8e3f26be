import { stat } from 'node:fs/promises';
import { errors, withDetails } from '../errors.ts';
import type { ArtifactStore, LocalFile } from './stores/artifact-store.ts';
import { sha256, sha256OfFile } from './digest.ts';
import type { FileSet } from './verified-folder.ts';
import type { ManifestFile } from './manifest.ts';

/** What is about to be written: path -> its bytes, or the local file that has them. */
export type DraftFiles = ReadonlyMap<string, Uint8Array | LocalFile>;

export interface DescribeOptions {
  readonly maxBytes: number;
  /** What the files are of, for the sentence that refuses one. */
  readonly subject: string;
  readonly signal?: AbortSignal | undefined;
}

/** Size and digest of every file, sorted by path. */
export async function describeFiles(
  files: DraftFiles,
  { maxBytes, subject, signal }: DescribeOptions,
): Promise<ManifestFile[]> {
  const described: ManifestFile[] = [];
  for (const [path, body] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const size = body instanceof Uint8Array ? body.length : (await stat(body.file)).size;
    if (size > maxBytes) {
      const reason = `${path} has ${size} bytes; at most ${maxBytes} could be read back`;
      throw new errors.GLIMPSE_MANIFEST_INVALID(subject, reason);
    }
    described.push({ path, size, sha256: await digestOf(body, signal) });
  }
  return described;
}

/**
 * Writes described files under their keys. Local files are read twice, for the digest and for the store:
 * GLIMPSE_CHECKSUM_MISMATCH unless both have seen the same.
 */
export async function writeFiles(
  store: ArtifactStore,
  files: DraftFiles,
  { files: described, keyOf }: FileSet,
  signal?: AbortSignal,
): Promise<void> {
  for (const { path } of described) await store.write(keyOf(path), files.get(path)!, { signal });
  for (const { path, sha256: digest } of described) {
    if ((await digestOf(files.get(path)!, signal)) === digest) continue;
    throw withDetails(new errors.GLIMPSE_CHECKSUM_MISMATCH(path), { file: path });
  }
}

async function digestOf(body: Uint8Array | LocalFile, signal?: AbortSignal): Promise<string> {
  return body instanceof Uint8Array ? sha256(body) : sha256OfFile(body.file, signal);
}
