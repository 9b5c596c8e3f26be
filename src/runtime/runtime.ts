import type { Tensor } from '../tensor.ts';

/** Code that holds one loaded model and answers batches. */
export interface ModelRuntime {
  /** Where a batch runs: on the calling thread, or on a worker thread of this model's own. */
  readonly place: 'inline' | 'worker';
  /**
   * One batch [N, ...input shape] in, raw outputs [N, classes] out, in the same order.
   * Rejects with GLIMPSE_RUNTIME_FAILED; a failed batch leaves the runtime usable.
   */
  infer(batch: Tensor): Promise<Tensor>;
  /** Frees the model. Call once, after the last `infer` has settled. */
  close(): Promise<void>;
}
