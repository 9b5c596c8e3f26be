import type { StreamedInput } from '../../datasets/streaming/input.ts';
import type { Manifest } from '../../repository/manifest.ts';
import type { ServedVersion } from '../../training/measuring/serving-path.ts';

/** A class and its score. */
export interface Scored {
  readonly label: string;
  readonly score: number;
}

/** What a server would say of one input. */
export type BatchAnswer =
  | (Scored & { readonly top: readonly Scored[]; readonly warnings?: readonly string[] })
  | { readonly error: { readonly code: string; readonly message: string } };

/**
 * The code that answers POST /predict, around one version. Serving stands beside jobs, so that the floor which knows
 * both hands it down.
 */
export interface BatchPredictor {
  /** How many inputs one call takes; a few calls at a time overflow nothing. */
  readonly inputsInCall: number;
  readonly callsAtOnce: number;
  /** By which the version and its preprocessing can be checked. */
  readonly digests: { readonly model: string; readonly preprocessing: string };
  /** One answer for each input, in the same order; what was refused before stays so. */
  answersTo(
    inputs: readonly StreamedInput[],
    topK: number,
    signal: AbortSignal,
  ): Promise<readonly BatchAnswer[]>;
  /** Ends its batcher. */
  close(): Promise<void>;
}

/** A predictor over a version whose runtime is lent. */
export type OpenBatchPredictor = (
  manifest: Manifest,
  runtime: ServedVersion['runtime'],
) => BatchPredictor;
