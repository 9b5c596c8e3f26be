import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { canonicalJson } from '../json.ts';
import type { UploadedFile } from '../datasets/spec.ts';

/** A digest of what a client asks for, uploads included: the same for the same request, however written. */
export async function fingerprintOf(
  request: unknown,
  uploads: readonly UploadedFile[],
): Promise<string> {
  const hash = createHash('sha256').update(canonicalJson(request));
  for (const { part, name, file } of uploads) {
    hash.update(JSON.stringify([part, name]));
    await pipeline(createReadStream(file), hash, { end: false });
  }
  return hash.digest('hex');
}
