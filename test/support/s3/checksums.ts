import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { IncomingHttpHeaders } from 'node:http';
import { headerOf, notImplemented, Refusal } from './exchange.ts';

const castagnoli = Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

function crc32c(bytes: Buffer): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (value >>> 8) ^ castagnoli[(value ^ byte) & 0xff]!;
  return (value ^ 0xffffffff) >>> 0;
}

function word(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes.toString('base64');
}

const algorithms: Record<string, (bytes: Buffer) => string> = {
  'x-amz-checksum-crc32': (bytes) => word(crc32(bytes)),
  'x-amz-checksum-crc32c': (bytes) => word(crc32c(bytes)),
  'x-amz-checksum-sha1': (bytes) => createHash('sha1').update(bytes).digest('base64'),
  'x-amz-checksum-sha256': (bytes) => createHash('sha256').update(bytes).digest('base64'),
};

export function isChecksum(header: string): boolean {
  return Object.hasOwn(algorithms, header);
}

function checksum(header: string, bytes: Buffer): string {
  const algorithm = algorithms[header];
  if (algorithm === undefined) throw notImplemented(header);
  return algorithm(bytes);
}

export const md5 = (bytes: Buffer | string): Buffer => createHash('md5').update(bytes).digest();

/** Compares every checksum a request or its trailer names with the bytes; gives those it found true. */
export function verifyChecksums(
  headers: IncomingHttpHeaders,
  bytes: Buffer,
): Readonly<Record<string, string>> {
  const digest = headerOf(headers, 'content-md5');
  if (digest !== undefined) {
    if (!/^[A-Za-z0-9+/]{22}==$/.test(digest)) throw new Refusal(400, 'InvalidDigest');
    if (digest !== md5(bytes).toString('base64')) {
      throw new Refusal(
        400,
        'BadDigest',
        'The Content-MD5 you specified did not match what we received.',
      );
    }
  }
  const named = Object.keys(headers).filter((name) => isChecksum(name));
  if (named.length > 1)
    throw new Refusal(400, 'InvalidRequest', 'Expecting a single x-amz-checksum- header.');
  const verified: Record<string, string> = {};
  for (const name of named) {
    verified[name] = checksum(name, bytes);
    if (headerOf(headers, name) !== verified[name]) {
      throw new Refusal(
        400,
        'BadDigest',
        `The ${name} you specified did not match the calculated checksum.`,
      );
    }
  }
  return verified;
}
