import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { UploadedFile } from './datasets/dataset-spec.ts';

/** A digest of what a client asks for, uploads included: the same for the same request, however written. */
export async function fingerprintOf(
  request: unknown,
  uploads: readonly UploadedFile[],
): Promise<string> {
  const hash = createHash('sha256').update(canonical(request));
  for (const { part, name, file } of uploads) {
    hash.update(JSON.stringify([part, name]));
    await pipeline(createReadStream(file), hash, { end: false });
  }
  return hash.digest('hex');
}

/** JSON with the fields of every object in order. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
