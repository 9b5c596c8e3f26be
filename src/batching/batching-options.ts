import type { SpanRef } from '../account.ts';

/** How the images of one version are batched, and who hears of it: passed down whole from compose to the batcher. */
export interface BatchingOptions {
  readonly maxBatchSize: number;
  /** How many batches the runtime may have at the same time, of which it runs one; 1 when left out. */
  readonly maxInFlight?: number;
  /** What an item is expected to cost before there was a batch; unknown when left out. */
  readonly msPerItem?: number;
  /** How long an idle runtime waits for company before it runs a batch that is not full. */
  readonly maxQueueDelayMs: number;
  /** Most waiting items. A request larger than this is still taken when nobody else waits. */
  readonly maxQueueSize: number;
  readonly onBatch?: (event: BatchEvent) => void;
  /** Once for each request that was refused or dropped before it cost anything. */
  readonly onReject?: (event: RejectEvent) => void;
}

/** The version a batcher works for. */
export interface BatchedVersion {
  readonly model: string;
  readonly version: number;
}

/** One run of the model has ended. */
export interface BatchEvent extends BatchedVersion {
  readonly size: number;
  /** For each request in the batch, how long ago it was submitted. */
  readonly waitMs: readonly number[];
  readonly inferMs: number;
  readonly failed: boolean;
  /** Of the requests in it, of those that are traced. */
  readonly spans: readonly SpanRef[];
}

export interface RejectEvent extends BatchedVersion {
  readonly reason: RejectReason;
  /** How many items the request had. */
  readonly items: number;
}

/** aborted: the caller left. deadline: it was too late. The words are those of the metrics. */
export type RejectReason = 'full' | 'deadline' | 'aborted' | 'draining';
