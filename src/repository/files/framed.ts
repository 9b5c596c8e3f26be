import { createHash } from 'node:crypto';

/**
 * A head in JSON, bytes behind it, and a digest of both at the end: a file that is whole, or is known not to be.
 */
export interface Framed {
  readonly head: unknown;
  /** All that follows the head. */
  readonly body: Buffer;
}

const DIGEST_BYTES = 32;
const LENGTH_BYTES = 4;

/** The bytes of a file with this head and these parts behind it. */
export function frame(head: object, parts: readonly Uint8Array[]): Buffer {
  const text = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(text.length);
  const whole = Buffer.concat([length, text, ...parts]);
  return Buffer.concat([whole, digestOf(whole)]);
}

/** What is in such a file; undefined when it is damaged. */
export function unframe(bytes: Buffer): Framed | undefined {
  const whole = bytes.subarray(0, -DIGEST_BYTES);
  if (
    bytes.length < LENGTH_BYTES + DIGEST_BYTES ||
    !digestOf(whole).equals(bytes.subarray(-DIGEST_BYTES))
  ) {
    return undefined;
  }
  const start = LENGTH_BYTES + whole.readUInt32LE(0);
  const head: unknown = JSON.parse(whole.subarray(LENGTH_BYTES, start).toString('utf8'));
  return { head, body: whole.subarray(start) };
}

function digestOf(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
