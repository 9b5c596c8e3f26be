import type { Signature } from '../signature.ts';
import type { Tensor } from '../tensor.ts';

/** Code that holds one loaded model and answers batches. */
export interface ModelRuntime {
  /** Where a batch runs: on the calling thread, or on a worker thread or in a process of this model's own. */
  readonly place: 'inline' | 'worker' | 'cell';
  /** Why it cannot answer just now (its thread or cell keeps dying), or undefined when it can. */
  readonly unhealthyReason: string | undefined;
  /**
   * One batch [N, ...input shape] in, raw outputs [N, classes] out, in the same order. The batch is handed
   * over: its numbers may move to another thread, so the caller must not look at them again.
   * Rejects with GLIMPSE_RUNTIME_FAILED or GLIMPSE_MODEL_TIMEOUT; a failed batch leaves the runtime usable.
   */
  infer(batch: Tensor): Promise<Tensor>;
  /** Frees the model. Call once, after the last `infer` has settled. */
  close(): Promise<void>;
}

/** What an engine needs to open a model on the thread it is called on. */
export interface OpenOptions {
  /** The entry file of the version, in a folder with all the others. */
  readonly file: string;
  readonly signature: Signature;
  /** Threads one run may use. */
  readonly threads: number;
}
