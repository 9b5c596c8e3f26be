import type { Signature } from '../signature.ts';
import type { Tensor } from '../tensor.ts';

/** What batches of one size were measured to take. */
export interface BatchTime {
  /** Images in the batch. */
  readonly size: number;
  /** How long the engine was busy with one, in the thread or cell of the model; the least of some runs. */
  readonly ms: number;
  /** By how much the memory of the process had grown by then, above what it held with the model open. */
  readonly memoryBytes?: number;
}

/** What was measured of one model on one machine. */
export interface Measurement {
  /** How long the model took to open. */
  readonly openMs: number;
  /** By ascending size, from a batch of one on. */
  readonly curve: readonly BatchTime[];
}

/** Where the batches of a model run, and how large they are: what was made of its measurement. */
export interface Placement {
  /** Most images in one run. A larger batch is divided. */
  readonly batchSize: number;
  /** Batches up to this size run on the calling thread; 0 for none. */
  readonly inlineUpTo: number;
  /** How many batches the runtime may be given at the same time. */
  readonly maxInFlight: number;
  /** Milliseconds that an image takes in a full batch. */
  readonly msPerImage: number;
  readonly measurement: Measurement;
  /** The measurement is of an earlier start. */
  readonly isKept: boolean;
}

/** Code that holds one loaded model and answers batches. */
export interface ModelRuntime {
  /** Where a full batch runs: on the calling thread, or on a worker thread or in a process of this model's own. */
  readonly place: 'inline' | 'worker' | 'cell';
  /** Undefined for a runtime that was not measured: it takes batches of any size, one at a time. */
  readonly placement?: Placement;
  /** Why it cannot answer just now (its thread or cell keeps dying), or undefined when it can. */
  readonly unhealthyReason: string | undefined;
  /**
   * One batch [N, ...input shape] in, raw outputs [N, classes] out, in the same order. The batch is handed
   * over: its numbers may move to another thread, so the caller must not look at them again.
   * Rejects with GLIMPSE_RUNTIME_FAILED or GLIMPSE_MODEL_TIMEOUT; a failed batch leaves the runtime usable.
   * `isBusy`: the calling thread has others to serve meanwhile, and is left to them where that is possible.
   */
  infer(batch: Tensor, isBusy?: boolean): Promise<Tensor>;
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
