import { open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Check } from 'typebox/schema';
import { hasCode } from '../../disk-errors.ts';
import { canonicalJson } from '../../json.ts';
import { Closed } from '../../schema.ts';
import { Type } from '../../schema/builder.ts';
import { sha256 } from '../digest.ts';
import { parseJsonBytes } from '../json-bytes.ts';
import { makeFolder, renameReplacing, writeTemporary } from '../stores/disk/atomic-file.ts';

/**
 * A value in a file that says what it is of and carries the digest of what it says: bytes that changed on the disk,
 * and files that were copied from elsewhere, are told from what was written here.
 */
export interface SealedFile {
  /** What is in it; undefined when there is none, when it is damaged, or when it is of something else. */
  read(): Promise<unknown>;
  /** Replaces it whole. A value larger than what is read is refused with a RangeError. */
  write(value: unknown): Promise<void>;
}

export interface SealedFileOptions {
  readonly file: string;
  /** What it is of. */
  readonly subject: string;
  readonly maxBytes: number;
}

const SealSchema = Type.Object(
  {
    formatVersion: Type.Literal(1),
    subject: Type.String(),
    sha256: Type.String(),
    value: Type.Unknown(),
  },
  Closed,
);

/** A file that is read and written whole; nothing happens until then. */
export function sealedFile({ file, subject, maxBytes }: SealedFileOptions): SealedFile {
  return {
    async read() {
      const bytes = await bytesOf(file, maxBytes);
      if (bytes === undefined) return undefined;
      const seal = parsed(bytes, maxBytes);
      if (!Check(SealSchema, seal) || seal.subject !== subject) return undefined;
      return seal.sha256 === sha256(canonicalJson(seal.value)) ? seal.value : undefined;
    },
    async write(value) {
      const seal = { formatVersion: 1, subject, sha256: sha256(canonicalJson(value)), value };
      const bytes = Buffer.from(`${JSON.stringify(seal)}\n`);
      if (bytes.length > maxBytes) {
        throw new RangeError(`it would have ${bytes.length} bytes; at most ${maxBytes} are read`);
      }
      await makeFolder(dirname(file));
      const temporary = await writeTemporary(dirname(file), bytes);
      try {
        await renameReplacing(temporary, file);
      } catch (error) {
        await rm(temporary.path, { force: true });
        throw error;
      }
    },
  };
}

async function bytesOf(file: string, maxBytes: number): Promise<Uint8Array | undefined> {
  try {
    const handle = await open(file, 'r');
    try {
      const found = await handle.stat();
      return found.isFile() && found.size <= maxBytes ? await handle.readFile() : undefined;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return undefined;
    throw error;
  }
}

function parsed(bytes: Uint8Array, maxBytes: number): unknown {
  try {
    return parseJsonBytes(bytes, maxBytes, (reason) => {
      throw new Error(reason);
    });
  } catch {
    return undefined;
  }
}
