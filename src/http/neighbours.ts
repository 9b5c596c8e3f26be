import type { GlimpseError } from '../errors.ts';

/** What the wire asks of the rooms below. */
export type Instance =
  | { kind: 'image'; bytes: Uint8Array }
  | { kind: 'pixels'; values: unknown }
  | { kind: 'failed'; error: GlimpseError };

export interface PredictRequest {
  readonly model: string;
  readonly selector?: { readonly version: number } | { readonly label: string };
  readonly instances: Instance[];
  readonly topK: number;
  readonly partial: boolean;
  readonly deadline: number;
  readonly signal: AbortSignal;
}

export interface Predictor {
  predict(request: PredictRequest): Promise<PredictAnswer>;
}

export interface PredictAnswer {
  readonly model: string;
  readonly version: number;
  readonly predictions: readonly (
    | { label: string; score: number; top: readonly { label: string; score: number }[] }
    | { error: { code: string; message: string; details?: unknown } }
  )[];
  readonly timings: { decodeMs: number; queueMs: number; inferMs: number };
}
