import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isChecksum, verifyChecksums } from './checksums.ts';
import { headerOf, notImplemented, Refusal } from './exchange.ts';
import { chunkSignature, same, trailerSignature, type Signed } from './signature.ts';

const largestObject = 256 * 1024 * 1024;

export interface VerifiedBody {
  readonly body: Buffer;
  readonly checksums: Readonly<Record<string, string>>;
}

/** Reads a body, takes the aws-chunked framing off, and believes no length, hash or checksum unseen. */
export async function readBody(request: IncomingMessage, signed: Signed): Promise<VerifiedBody> {
  const { headers } = request;
  const raw = await collect(request);
  checkLength(request.method ?? '', headers, raw);
  const { payloadHash } = signed;
  const { body, trailer } = payloadHash.startsWith('STREAMING-')
    ? unframe(raw, headers, signed)
    : { body: raw, trailer: {} };
  if (/^[0-9a-f]{64}$/.test(payloadHash)) {
    if (createHash('sha256').update(body).digest('hex') !== payloadHash) {
      throw new Refusal(400, 'XAmzContentSHA256Mismatch');
    }
  } else if (!payloadHash.startsWith('STREAMING-') && payloadHash !== 'UNSIGNED-PAYLOAD') {
    throw new Refusal(400, 'InvalidArgument', 'x-amz-content-sha256 is not valid');
  }
  return { body, checksums: verifyChecksums({ ...headers, ...trailer }, body) };
}

async function collect(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes: Buffer = chunk;
    chunks.push(bytes);
    size += bytes.length;
    if (size > largestObject) throw new Refusal(400, 'EntityTooLarge');
  }
  return Buffer.concat(chunks);
}

function checkLength(method: string, headers: IncomingHttpHeaders, raw: Buffer): void {
  if (method !== 'PUT' && method !== 'POST') {
    if (raw.length > 0) throw notImplemented(`a body on ${method}`);
    return;
  }
  if (headers['transfer-encoding'] !== undefined) {
    // Only with a framing that tells the length itself.
    if (headers['x-amz-decoded-content-length'] !== undefined) return;
    throw notImplemented('Transfer-Encoding');
  }
  if (headers['content-length'] === undefined) throw new Refusal(411, 'MissingContentLength');
}

interface Unframed {
  readonly body: Buffer;
  readonly trailer: Record<string, string>;
}

const modes: Record<string, { isSigned: boolean; hasTrailer: boolean }> = {
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER': { isSigned: false, hasTrailer: true },
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD': { isSigned: true, hasTrailer: false },
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER': { isSigned: true, hasTrailer: true },
};

function unframe(raw: Buffer, headers: IncomingHttpHeaders, signed: Signed): Unframed {
  const mode = modes[signed.payloadHash];
  if (mode === undefined) throw notImplemented(signed.payloadHash);
  const announced = headerOf(headers, 'x-amz-decoded-content-length');
  if (announced === undefined)
    throw new Refusal(411, 'MissingContentLength', 'x-amz-decoded-content-length');
  const reader = new ChunkReader(raw, mode.isSigned ? signed : undefined);
  const body = reader.chunks();
  const trailer = reader.trailer(mode.hasTrailer);
  if (body.length !== Number(announced)) throw new Refusal(400, 'IncompleteBody');
  checkTrailer(trailer, headerOf(headers, 'x-amz-trailer'), mode.hasTrailer);
  return { body, trailer };
}

function checkTrailer(
  trailer: Record<string, string>,
  announced: string | undefined,
  isAllowed: boolean,
): void {
  const names = Object.keys(trailer);
  if ((announced === undefined) !== (names.length === 0) || (!isAllowed && names.length > 0)) {
    throw new Refusal(400, 'MalformedTrailerError');
  }
  if (names.some((name) => name !== announced || !isChecksum(name))) {
    throw new Refusal(400, 'MalformedTrailerError', names.join(', '));
  }
}

/** Chunks are "<hex size>[;chunk-signature=<hex>]\r\n<bytes>\r\n", the last one of size 0. */
class ChunkReader {
  readonly #raw: Buffer;
  readonly #signed: Signed | undefined;
  #at = 0;
  #previous: string;

  constructor(raw: Buffer, signed: Signed | undefined) {
    this.#raw = raw;
    this.#signed = signed;
    this.#previous = signed?.signature ?? '';
  }

  chunks(): Buffer {
    const chunks: Buffer[] = [];
    for (;;) {
      const [, hex, signature] =
        /^([0-9a-fA-F]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(this.#line()) ?? [];
      if (hex === undefined) throw new Refusal(400, 'InvalidRequest', 'malformed aws-chunked body');
      const size = Number.parseInt(hex, 16);
      const chunk = this.#raw.subarray(this.#at, this.#at + size);
      if (chunk.length < size) throw new Refusal(400, 'IncompleteBody');
      this.#at += size;
      if (this.#signed !== undefined)
        this.#check(chunkSignature(this.#signed, this.#previous, chunk), signature);
      if (size === 0) return Buffer.concat(chunks);
      if (this.#line() !== '')
        throw new Refusal(400, 'InvalidRequest', 'a chunk is longer than it says');
      chunks.push(chunk);
    }
  }

  trailer(isExpected: boolean): Record<string, string> {
    const trailer: Record<string, string> = {};
    let text = '';
    for (;;) {
      const line = this.#line();
      if (line === '') break;
      const [, name = '', value = ''] = /^([a-z0-9-]+):\s*(.*)$/.exec(line) ?? [];
      if (name === 'x-amz-trailer-signature') {
        if (this.#signed === undefined) throw new Refusal(400, 'MalformedTrailerError');
        this.#check(trailerSignature(this.#signed, this.#previous, text), value);
        text = '';
        continue;
      }
      trailer[name] = value;
      text += `${name}:${value}\n`;
    }
    if (isExpected && this.#signed !== undefined && text !== '') {
      throw new Refusal(400, 'MalformedTrailerError', 'the trailer is not signed');
    }
    if (this.#at !== this.#raw.length)
      throw new Refusal(400, 'InvalidRequest', 'bytes after the end');
    return trailer;
  }

  #check(expected: string, given: string | undefined): void {
    if (given === undefined || !same(expected, given)) {
      throw new Refusal(403, 'SignatureDoesNotMatch', 'a chunk is signed wrongly');
    }
    this.#previous = given;
  }

  #line(): string {
    const end = this.#raw.indexOf('\r\n', this.#at);
    if (end < 0) throw new Refusal(400, 'IncompleteBody');
    const line = this.#raw.toString('latin1', this.#at, end);
    this.#at = end + 2;
    return line;
  }
}
