import { strict as assert } from 'node:assert';
import { houseAccount, type VersionQueue } from '../account.ts';
import { cancelReasonOf, deadlineExceeded, isDeadlineExceeded } from '../cancellation.ts';
import { errors, notify, withDetails } from '../errors.ts';
import { createFairQueue } from '../fair-queue.ts';
import { batchWindow, startWindowTimer, type WindowTimer } from './batch-window.ts';
import type { BatchingOptions, RejectReason } from './batching-options.ts';
import { Pending, type BatchSlice, type SubmitOptions, type SubmitResult } from './pending.ts';
import { createBatchRuns, type BatchRuns, type BatchRunsOptions } from './run-batches.ts';
import { takeBatch } from './take-batch.ts';

/**
 * Gathers the items of many callers into batches for one runtime, one batch after the other.
 *
 * - Items are counted, not requests: `maxBatchSize` and `maxQueueSize` mean images.
 * - An idle runtime with delay 0 never waits: what arrived in one turn of the event loop goes at once.
 *   While a batch runs, arrivals gather for the next. Where a runtime may have two, a second one is handed to it as
 *   soon as it is full, so that the runtime need not wait for it; no third is taken from the queue.
 * - A request larger than a batch is split over several and answered whole, in order.
 * - Flows share every batch: a request of one item does not wait for all the items of somebody else's. Within a
 *   flow requests are taken in order of arrival.
 * - Callers who left or whose deadline passed are dropped before dispatch; nobody pays for them.
 * - When a batch of several requests fails, each request's part is run once more, alone: one poisonous
 *   item costs its own request only. At most as many extra runs as the batch had requests. A batch that failed
 *   beside another one is run again as it was: what fell with the other has not been looked at.
 */
export interface Batcher<In, Out> {
  /** Items that wait; those that the runtime has are not counted. */
  readonly depth: number;
  /** The same and more, for who decides whether a request comes at all. */
  readonly queue: VersionQueue;
  /**
   * One request's items, answered together and in order. Rejects with GLIMPSE_QUEUE_FULL (all of them or
   * none; `details.retryAfterMs` estimates when there is room), GLIMPSE_DEADLINE_EXCEEDED,
   * GLIMPSE_CLIENT_CLOSED (or the signal's own reason when that is an error of the catalogue),
   * GLIMPSE_DRAINING, or with what `run` threw.
   */
  submit(items: readonly In[], options?: SubmitOptions): Promise<SubmitResult<Out>>;
  /** Finishes accepted work and refuses new; resolves when nothing runs or waits and no timer is left. */
  drain(): Promise<void>;
}

export interface BatcherOptions<In, Out> extends BatchingOptions, BatchRunsOptions<In, Out> {}

export function createBatcher<In, Out>(options: BatcherOptions<In, Out>): Batcher<In, Out> {
  assert(options.maxBatchSize >= 1, 'a batch holds at least one item');
  assert(options.maxQueueSize >= 1, 'a queue holds at least one item');
  return new SerialBatcher(options);
}

class SerialBatcher<In, Out> implements Batcher<In, Out> {
  readonly #options: BatcherOptions<In, Out>;
  /** A request leaves it with its last item. */
  readonly #waiting = createFairQueue<Pending<In, Out>>();
  readonly queue: VersionQueue;
  readonly #runs: BatchRuns<In, Out>;
  /** Batches that have left the queue and are not settled. */
  #running = 0;
  #nextDispatch: WindowTimer | undefined;
  #drained: Promise<void> | undefined;
  /** Called whenever nothing runs or waits: it resolves the promise of `drain`. */
  #onIdle: () => void = () => {};

  constructor(options: BatcherOptions<In, Out>) {
    this.#options = options;
    this.#runs = createBatchRuns(options, {
      dropIfLate: (request, now) => this.#dropIfLate(request, now),
      fail: (request, error) => this.#fail(request, error),
    });
    this.queue = queueOf(this.#waiting, this.#runs, options);
  }

  get depth(): number {
    return this.#waiting.size;
  }

  async submit(items: readonly In[], options: SubmitOptions = {}): Promise<SubmitResult<Out>> {
    this.#admit(items.length, options);
    if (items.length === 0) return { outputs: [], queueMs: 0, inferMs: 0, batches: [] };
    const request = new Pending<In, Out>(items, options, (error) => {
      this.#drop(request, rejectReasonOf(error), error);
    });
    options.account?.expect(this.#runs.msFor(items.length));
    this.#waiting.push(request, request.flow, items.length);
    this.#schedule();
    return await request.answer;
  }

  drain(): Promise<void> {
    this.#drained ??= new Promise((resolve) => {
      this.#onIdle = resolve;
    });
    this.#schedule();
    return this.#drained;
  }

  /** Throws for a request that is not taken at all. */
  #admit(
    count: number,
    { signal, deadline = Infinity, account = houseAccount }: SubmitOptions,
  ): void {
    const now = performance.now();
    if (this.#drained) throw this.#rejected('draining', count, new errors.GLIMPSE_DRAINING());
    if (signal?.aborted) {
      const error = cancelReasonOf(signal);
      throw this.#rejected(rejectReasonOf(error), count, error);
    }
    if (now >= deadline) throw this.#rejected('deadline', count, deadlineExceeded(now, deadline));
    const fits = (): boolean =>
      this.depth === 0 || this.#waiting.fits(account.flow, count, this.#options.maxQueueSize);
    if (fits()) return;
    for (const request of this.#waiting) this.#dropIfLate(request, now);
    if (fits()) return;
    throw this.#rejected(
      'full',
      count,
      withDetails(new errors.GLIMPSE_QUEUE_FULL(this.depth), {
        waiting: this.depth,
        limit: this.#options.maxQueueSize,
        retryAfterMs: Math.ceil(this.#runs.msFor(this.depth)),
      }),
    );
  }

  #rejected(reason: RejectReason, items: number, error: Error): Error {
    const { model, version, onReject } = this.#options;
    notify(() => onReject?.({ model, version, reason, items }));
    return error;
  }

  #dropIfLate(request: Pending<In, Out>, now: number): void {
    if (request.isLate(now)) this.#drop(request, 'deadline', request.tooLate());
  }

  /** Rejects a request, whether it waits or runs; a batch that runs with it goes on for the others. */
  #drop(request: Pending<In, Out>, reason: RejectReason, error: Error): void {
    if (request.isSettled) return;
    this.#fail(request, this.#rejected(reason, request.size, error));
    this.#schedule();
  }

  #fail(request: Pending<In, Out>, error: unknown): void {
    this.#waiting.delete(request);
    request.fail(error);
  }

  /** Sets the time of the next dispatch by what waits now; called after every change. */
  #schedule(): void {
    const [oldest] = this.#waiting;
    if (!oldest) {
      this.#nextDispatch?.cancel();
      this.#nextDispatch = undefined;
      if (this.#running === 0) this.#onIdle();
      return;
    }
    if (!this.#mayDispatch()) return;
    const oldestMs = performance.now() - oldest.submittedAt;
    const draining = this.#drained !== undefined;
    const waitMs = batchWindow({ items: this.depth, oldestMs, draining }, this.#options);
    if (this.#nextDispatch && (this.#nextDispatch.isImminent || waitMs > 0)) return;
    this.#nextDispatch?.cancel();
    this.#nextDispatch = startWindowTimer(waitMs, () => this.#dispatch());
  }

  /** A second batch goes only when it is full: a smaller one would still gather, and the first is running. */
  #mayDispatch(): boolean {
    const { maxInFlight = 1, maxBatchSize } = this.#options;
    if (this.#running === 0) return true;
    const hasRoom = this.#running < maxInFlight && !this.#runs.isMending;
    return hasRoom && this.depth >= maxBatchSize;
  }

  #dispatch(): void {
    this.#nextDispatch = undefined;
    const slices = this.#mayDispatch() ? this.#take() : [];
    if (slices.length === 0) return this.#schedule();
    this.#running += 1;
    const run = this.#runs.run(slices);
    this.#schedule();
    return void run.then(this.#landed);
  }

  readonly #landed = (): void => {
    this.#running -= 1;
    this.#schedule();
  };

  /** The next batch, as full as can be, without requests that are settled or too late. */
  #take(): BatchSlice<In, Out>[] {
    const now = performance.now();
    for (const request of this.#waiting) this.#dropIfLate(request, now);
    return takeBatch(this.#waiting, this.#options.maxBatchSize);
  }
}

/** A signal may abort because the caller left, or because its time is over. */
function rejectReasonOf(error: Error): RejectReason {
  return isDeadlineExceeded(error) ? 'deadline' : 'aborted';
}

function queueOf(
  waiting: { readonly size: number },
  runs: Pick<VersionQueue, 'msFor'>,
  { maxBatchSize, maxInFlight = 1, maxQueueSize }: BatchingOptions,
): VersionQueue {
  return {
    get waiting() {
      return waiting.size;
    },
    limit: maxQueueSize,
    running: maxBatchSize * maxInFlight,
    msFor: (images) => runs.msFor(images),
  };
}
