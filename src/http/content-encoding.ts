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

/** The accepted content encodings, for refusals and for the contract. */
const acceptedEncodings = ['gzip', 'deflate', 'br', 'identity'] as const;

export interface DecodeLimit {
  /** Of the decoded body. */
  readonly maxBytes: number;
  /** The knob that sets it, for the sentence of the error. */
  readonly knob: string;
}

/** A decoded body, and how many encoded bytes have been received. */
type DecodedBody = Readable & { readonly receivedEncodedLength?: number };

/**
 * The body of a message without its content encoding: the message itself when it has none. Its stream fails with
 * GLIMPSE_BODY_TOO_LARGE as soon as there are too many decoded bytes, however few were sent.
 * GLIMPSE_UNSUPPORTED_MEDIA_TYPE for encodings that are not accepted.
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
  // Without a listener an error after the reader has stopped would end the process.
  body.on('error', () => {});
  body.once('close', () => {
    message.unpipe(decoder);
    decoder.destroy();
  });
  return Object.defineProperty(body, 'receivedEncodedLength', { get: () => received });
}

/** Lets the routes of this scope that have bodies accept encoded JSON; the readers of forms decode them themselves. */
export function acceptEncodedBodies(app: FastifyInstance): void {
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
  let remaining = maxBytes;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      remaining -= chunk.length;
      if (remaining >= 0) done(null, chunk);
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
