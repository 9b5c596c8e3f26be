import { errors, isGlimpseError, messageOf, withDetails } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import type { OpenOptions } from './runtime.ts';

/** What a model thread is started with. */
export interface ThreadInit extends OpenOptions {
  readonly runtime: 'onnx' | 'tensorflow';
}

export type ToThread =
  | { readonly kind: 'infer'; readonly id: number; readonly batch: Tensor }
  | { readonly kind: 'close' };

export type FromThread =
  | { readonly kind: 'opened'; readonly openMs: number }
  | { readonly kind: 'refused'; readonly failure: Failure }
  | {
      readonly kind: 'answer';
      readonly id: number;
      readonly outputs: Tensor;
      readonly tookMs: number;
    }
  | { readonly kind: 'failed'; readonly id: number; readonly failure: Failure };

/** An error on its way between threads, where its class does not survive. */
export interface Failure {
  readonly code: 'GLIMPSE_MODEL_INVALID' | 'GLIMPSE_RUNTIME_FAILED' | 'GLIMPSE_RUNTIME_MISSING';
  readonly message: string;
}

export function packError(error: unknown): Failure {
  const message = messageOf(error);
  if (isGlimpseError(error)) {
    const { code } = error;
    if (code === 'GLIMPSE_MODEL_INVALID' || code === 'GLIMPSE_RUNTIME_MISSING') {
      return { code, message };
    }
    return { code: 'GLIMPSE_RUNTIME_FAILED', message };
  }
  return {
    code: 'GLIMPSE_RUNTIME_FAILED',
    message: new errors.GLIMPSE_RUNTIME_FAILED(message).message,
  };
}

export function unpackError({ code, message }: Failure): Error {
  const error =
    code === 'GLIMPSE_RUNTIME_MISSING' ? new errors[code]('', '') : new errors[code]('');
  error.message = message;
  return withDetails(error, {});
}

/** The buffers that may move with a message instead of being copied: those the numbers fill wholly. */
export function movable({ data }: Tensor): ArrayBuffer[] {
  const { buffer } = data;
  return buffer instanceof ArrayBuffer && data.byteLength === buffer.byteLength ? [buffer] : [];
}
