import type { IncomingMessage } from 'node:http';
import { errors } from '../errors.ts';

export interface ReceiveOptions {
  readonly maxBytes: number;
  /** The knob that sets `maxBytes`, for the sentence of the error. */
  readonly knob: string;
  /** Until when the last byte must be there, on the clock of performance.now(). */
  readonly deadline: number;
}

/**
 * The whole body in one piece. Refuses as soon as it is known to be too large (by its announced
 * length, else while it streams), too slow or cut; what still comes in after a refusal is not kept.
 */
export function receiveBody(message: IncomingMessage, options: ReceiveOptions): Promise<Buffer> {
  const announced = Number(message.headers['content-length'] ?? 0);
  if (announced > options.maxBytes) return Promise.reject(tooLarge(options));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      message.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
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
    const timer = setTimeout(
      () => settle(() => reject(new errors.GLIMPSE_RECEIVE_TIMEOUT())),
      Math.max(0, options.deadline - performance.now()),
    );
    message.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
    if (message.destroyed && !message.readableEnded) onClose();
  });
}

function tooLarge({ maxBytes, knob }: ReceiveOptions): Error {
  return new errors.GLIMPSE_BODY_TOO_LARGE(maxBytes, knob);
}
