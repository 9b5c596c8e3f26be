import type { SpanRef } from '../account.ts';

/** What becomes of the time of requests, batches, jobs and calls of the store, as spans. Only there where it was asked for. */
export interface Tracing {
  beginRequest(head: RequestHead): RequestSpan;
  /** A span of its own, linked to those of the requests whose images it held. */
  batchRan(batch: RanBatch): void;
  /** Begins the span of a call of S3, below what runs; the result ends it. */
  beginStoreCall(operation: string, bucket: string): EndStoreCall;
  jobChanged(change: JobChange): void;
  /** Sends what has not been sent. Never rejects. */
  close(): Promise<void>;
}

export type EndStoreCall = (outcome: { readonly status?: number; readonly error?: string }) => void;

export interface RequestHead {
  readonly method: string;
  readonly path: string;
  /** When it came, on the clock of `performance.now()`: before anything that is told as a part of it. */
  readonly startedAt: number;
  /** The span of the caller, where it named one. */
  readonly parent?: SpanRef | undefined;
}

/** One HTTP request. */
export interface RequestSpan extends SpanRef {
  /** Runs `act`, and whatever follows from it, as a part of the request. */
  run(act: () => void): void;
  /** A part of it, from and to on the clock of `performance.now()`. */
  addStage(stage: string, from: number, to: number): void;
  /** `glimpse.` and the names are attributes of the span. */
  note(facts: Readonly<Record<string, string | number>>): void;
  end(answer: { readonly route: string; readonly status: number; readonly code?: string }): void;
}

export interface RanBatch {
  readonly model: string;
  readonly version: number;
  readonly size: number;
  readonly inferMs: number;
  readonly failed: boolean;
  readonly spans: readonly SpanRef[];
}

/** Something has happened to a job: it is another state, or an epoch of its training has ended. */
export interface JobChange {
  readonly id: string;
  readonly kind: string;
  readonly model?: string | undefined;
  readonly change:
    | { readonly type: 'begun' | 'queued' }
    | { readonly type: 'epoch'; readonly figures: Readonly<Record<string, number>> }
    | { readonly type: 'ended'; readonly state: string; readonly code?: string | undefined };
}
