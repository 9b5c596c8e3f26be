import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { errors, isGlimpseError } from '../errors.ts';
import { decodedBody, type DecodeLimit } from './content-encoding.ts';

export interface ReceiveOptions extends DecodeLimit {
  /** Until when the last byte must be there, on the clock of performance.now(). */
  readonly deadline: number;
}

/**
 * The whole body in one piece, unpacked. Refuses as soon as it is known to be too large (by its announced
 * length, else while it streams), too slow or cut; what still comes in after a refusal is not kept.
 */
export async function receiveBody(
  message: IncomingMessage,
  options: ReceiveOptions,
): Promise<Buffer> {
  const announced = Number(message.headers['content-length'] ?? 0);
  if (announced > options.maxBytes) throw tooLarge(options);
  const body = decodedBody(message, options);
  try {
    return await collect(body, options);
  } finally {
    if (body !== message) body.destroy();
  }
}

function collect(body: Readable, options: ReceiveOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      body.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onError);
      finish();
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > options.maxBytes) settle(() => reject(tooLarge(options)));
      else chunks.push(chunk);
    };
    const onEnd = (): void =>
      settle(() => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size)));
    const onClose = (): void => settle(() => reject(new errors.GLIMPSE_CLIENT_CLOSED()));
    const onError = (error: unknown): void =>
      isGlimpseError(error) ? settle(() => reject(error)) : onClose();
    const timer = setTimeout(
      () => settle(() => reject(new errors.GLIMPSE_RECEIVE_TIMEOUT())),
      Math.max(0, options.deadline - performance.now()),
    );
    body.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onError);
    if (body.destroyed && !body.readableEnded) onClose();
  });
}

function tooLarge({ maxBytes, knob }: ReceiveOptions): Error {
  return new errors.GLIMPSE_BODY_TOO_LARGE(maxBytes, knob);
}
