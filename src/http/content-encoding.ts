import type { IncomingMessage } from 'node:http';
import { Transform, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { errors, messageOf, withDetails } from '../errors.ts';

const decoders = {
  gzip: () => createGunzip({ chunkSize }),
  'x-gzip': () => createGunzip({ chunkSize }),
  deflate: () => createInflate({ chunkSize }),
  br: () => createBrotliDecompress({ chunkSize }),
};
const chunkSize = 64 * 1024;

/** What a body may be packed in, for refusals and for the contract. */
const acceptedEncodings = ['gzip', 'deflate', 'br', 'identity'] as const;

export interface DecodeLimit {
  /** Of the body as it was before somebody packed it. */
  readonly maxBytes: number;
  /** The knob that sets it, for the sentence of the error. */
  readonly knob: string;
}

/** A body as it was before it was packed, and how much of it has come in. */
type DecodedBody = Readable & { readonly receivedEncodedLength?: number };

/**
 * The body of a message without its content encoding: the message itself when it has none. What it ends with
 * is an error of ours: GLIMPSE_BODY_TOO_LARGE as soon as there are too many bytes, however few were sent.
 * GLIMPSE_UNSUPPORTED_MEDIA_TYPE for encodings that are not taken.
 */
export function decodedBody(message: IncomingMessage, limit: DecodeLimit): DecodedBody {
  const encoding = message.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity' || encoding === '') return message;
  if (!isKnown(encoding)) throw unsupported(encoding);
  const decoder = decoders[encoding]();
  const body = countBytes(limit);
  let received = 0;
  message.pipe(decoder).pipe(body);
  message.on('data', (chunk: Buffer) => (received += chunk.length));
  message.once('close', () => {
    if (!message.readableEnded) body.destroy(new errors.GLIMPSE_CLIENT_CLOSED());
  });
  decoder.on('error', (error) => body.destroy(unreadable(encoding, error)));
  // Whoever reads it may have stopped listening already.
  body.on('error', () => {});
  body.once('close', () => {
    message.unpipe(decoder);
    decoder.destroy();
  });
  return Object.defineProperty(body, 'receivedEncodedLength', { get: () => received });
}

/** Lets the calls of this scope that have bodies take packed JSON; forms are unpacked by whoever reads them. */
export function takeEncodedBodies(app: FastifyInstance): void {
  app.addHook('preParsing', async (request, _reply, payload) => {
    const { headers, method, raw } = request;
    if (method === 'GET' || method === 'HEAD') return payload;
    const isForm = headers['content-type']?.trimStart().toLowerCase().startsWith('multipart/');
    if (headers['content-encoding'] === undefined || isForm) return payload;
    const maxBytes = request.routeOptions.bodyLimit ?? app.initialConfig.bodyLimit!;
    return decodedBody(raw, { maxBytes, knob: 'this call takes no more' });
  });
}

function isKnown(encoding: string): encoding is keyof typeof decoders {
  return Object.hasOwn(decoders, encoding);
}

function countBytes({ maxBytes, knob }: DecodeLimit): Transform {
  let left = maxBytes;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      left -= chunk.length;
      if (left >= 0) done(null, chunk);
      else done(new errors.GLIMPSE_BODY_TOO_LARGE(maxBytes, knob));
    },
  });
}

function unsupported(encoding: string): Error {
  const name = `content-encoding ${encoding.slice(0, 100)}`;
  return withDetails(new errors.GLIMPSE_UNSUPPORTED_MEDIA_TYPE(name), { acceptedEncodings });
}

function unreadable(encoding: string, cause: unknown): Error {
  const sentence = `its content-encoding ${encoding} cannot be read (${messageOf(cause)}).`;
  return withDetails(new errors.GLIMPSE_BAD_REQUEST(sentence), {}, cause);
}
