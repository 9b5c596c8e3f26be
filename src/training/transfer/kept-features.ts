import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { endianness } from 'node:os';
import { dirname, join } from 'node:path';
import { isRecord } from '../../json.ts';
import {
  makeFolder,
  renameReplacing,
  writeTemporary,
} from '../../repository/stores/disk/atomic-file.ts';
import { frame, unframe } from '../../repository/files/framed.ts';

/** Where what backbones found in pictures is kept, and how many bytes that may be in all. */
export interface FeaturePlace {
  readonly folder: string;
  readonly maxBytes: number;
}

/** What one backbone found before. */
export interface KeptFeatures {
  /** Undefined for a picture that is not known. The list is the caller's to read, not to change. */
  find(digest: string): Float32Array | undefined;
  /** Keeps what was found, and what was asked for before all else that there is no room for. Rejects when the disk does not take it. */
  keep(found: ReadonlyMap<string, Float32Array>): Promise<void>;
}

const FORMAT = 1;
const SUFFIX = '.features';
const DIGEST_BYTES = 32;

/** Names a picture by its bytes. */
export function digestOfPicture(pixels: Uint8Array): string {
  return createHash('sha256').update(pixels).digest('hex');
}

/**
 * Opens what is kept under a key, which has all that decides what is found beside the picture. A file that is damaged, or that
 * another version of the code has written, is as good as none.
 */
export async function openKeptFeatures(
  { folder, maxBytes }: FeaturePlace,
  key: readonly unknown[],
  size: number,
): Promise<KeptFeatures> {
  const named = createHash('sha256').update(JSON.stringify([FORMAT, endianness(), size, key]));
  const file = join(folder, `${named.digest('hex')}${SUFFIX}`);
  const known = await readKept(file, size);
  const used = new Set<string>();
  return {
    find(digest) {
      const features = known.get(digest);
      if (features) used.add(digest);
      return features;
    },
    async keep(found) {
      const recordBytes = DIGEST_BYTES + 4 * size;
      if (found.size === 0) {
        const now = new Date();
        if (known.size > 0) await utimes(file, now, now);
        return;
      }
      const unused = [...known].filter(([digest]) => !used.has(digest));
      const all = new Map([
        ...unused,
        ...[...known].filter(([digest]) => used.has(digest)),
        ...found,
      ]);
      const last = [...all].slice(-Math.max(1, Math.floor(maxBytes / recordBytes)));
      const body = Buffer.alloc(last.length * recordBytes);
      for (const [at, [digest, features]] of last.entries()) {
        body.write(digest, at * recordBytes, 'hex');
        body.set(bytesOf(features), at * recordBytes + DIGEST_BYTES);
      }
      await makeFolder(folder);
      const bytes = frame({ format: FORMAT, size, pictures: last.length }, [body]);
      await renameReplacing(await writeTemporary(dirname(file), bytes), file);
      await removeOldest(folder, maxBytes, file);
    },
  };
}

async function readKept(file: string, size: number): Promise<Map<string, Float32Array>> {
  const known = new Map<string, Float32Array>();
  // Whatever is wrong with it, the features can be found again.
  const bytes = await readFile(file).catch(() => undefined);
  const framed = bytes && unframe(bytes);
  if (!framed || !isRecord(framed.head)) return known;
  const { format, size: own, pictures } = framed.head;
  const recordBytes = DIGEST_BYTES + 4 * size;
  const { body } = framed;
  if (format !== FORMAT || own !== size || body.length !== Number(pictures) * recordBytes)
    return known;
  for (let at = 0; at < body.length; at += recordBytes) {
    const digest = body.toString('hex', at, at + DIGEST_BYTES);
    const features = new Float32Array(size);
    bytesOf(features).set(body.subarray(at + DIGEST_BYTES, at + recordBytes));
    known.set(digest, features);
  }
  return known;
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Other backbones have files of their own: the one that was used longest ago goes first. */
async function removeOldest(folder: string, maxBytes: number, present: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(SUFFIX));
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const { size, mtimeMs } = await stat(path);
      return { path, size, mtimeMs };
    }),
  );
  let total = files.reduce((sum, { size }) => sum + size, 0);
  for (const { path, size } of files.toSorted((a, b) => a.mtimeMs - b.mtimeMs)) {
    if (total <= maxBytes || path === present) continue;
    await rm(path, { force: true });
    total -= size;
  }
}
