import { strict as assert } from 'node:assert';
import { houseAccount, learnt } from '../account.ts';
import { cancelReasonOf, deadlineExceeded, isDeadlineExceeded } from '../cancellation.ts';
import { errors, notify, withDetails } from '../errors.ts';
import { createFairQueue } from '../fair-queue.ts';
import { batchWindow, startWindowTimer, type WindowTimer } from './batch-window.ts';
import type { BatchedVersion, BatchingOptions, RejectReason } from './batching-options.ts';
import { createBatchIds } from './batch-id.ts';
import {
  deliver,
  Pending,
  type BatchSlice,
  type SubmitOptions,
  type SubmitResult,
} from './pending.ts';

/**
 * Gathers the items of many callers into batches for one runtime, one batch at a time.
 *
 * - Items are counted, not requests: `maxBatchSize` and `maxQueueSize` mean images.
 * - An idle runtime with delay 0 never waits: what arrived in one turn of the event loop goes at once.
 *   While a batch runs, arrivals gather for the next.
 * - A request larger than a batch is split over several and answered whole, in order.
 * - Flows share every batch: a request of one item does not wait for all the items of somebody else's. Within a
 *   flow requests are taken in order of arrival.
 * - Callers who left or whose deadline passed are dropped before dispatch; nobody pays for them.
 * - When a batch of several requests fails, each request's part is run once more, alone: one poisonous
 *   item costs its own request only. At most as many extra runs as the batch had requests.
 */
export interface Batcher<In, Out> {
  /** Items that wait; those in the running batch are not counted. */
  readonly depth: number;
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

export interface BatcherOptions<In, Out> extends BatchingOptions, BatchedVersion {
  /** As many outputs as inputs, in the same order. */
  run(batch: In[]): Promise<Out[]>;
}

export function createBatcher<In, Out>(options: BatcherOptions<In, Out>): Batcher<In, Out> {
  assert(options.maxBatchSize >= 1, 'a batch holds at least one item');
  assert(options.maxQueueSize >= 1, 'a queue holds at least one item');
  return new SerialBatcher(options);
}

class SerialBatcher<In, Out> implements Batcher<In, Out> {
  readonly #options: BatcherOptions<In, Out>;
  /** A request leaves it with its last item. */
  readonly #waiting = createFairQueue<Pending<In, Out>>();
  readonly #nextId = createBatchIds();
  #isRunning = false;
  #nextDispatch: WindowTimer | undefined;
  #msPerItem = 0;
  #drained: Promise<void> | undefined;
  /** Called whenever nothing runs or waits: it resolves the promise of `drain`. */
  #onIdle: () => void = () => {};

  constructor(options: BatcherOptions<In, Out>) {
    this.#options = options;
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
    options.account?.expect(items.length * this.#msPerItem);
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
        retryAfterMs: Math.ceil(this.depth * this.#msPerItem),
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
    if (this.#isRunning) return;
    const [oldest] = this.#waiting;
    if (!oldest) {
      this.#nextDispatch?.cancel();
      this.#nextDispatch = undefined;
      this.#onIdle();
      return;
    }
    const oldestMs = performance.now() - oldest.submittedAt;
    const draining = this.#drained !== undefined;
    const waitMs = batchWindow({ items: this.depth, oldestMs, draining }, this.#options);
    if (this.#nextDispatch && (this.#nextDispatch.isImminent || waitMs > 0)) return;
    this.#nextDispatch?.cancel();
    this.#nextDispatch = startWindowTimer(waitMs, () => void this.#dispatch());
  }

  async #dispatch(): Promise<void> {
    this.#nextDispatch = undefined;
    this.#isRunning = true;
    const slices = this.#take();
    if (slices.length > 0) await this.#run(slices);
    this.#isRunning = false;
    this.#schedule();
  }

  /** The next batch, as full as can be, without requests that are settled or too late. */
  #take(): BatchSlice<In, Out>[] {
    const now = performance.now();
    for (const request of this.#waiting) this.#dropIfLate(request, now);
    const counts = new Map<Pending<In, Out>, number>();
    let room = this.#options.maxBatchSize;
    while (room > 0) {
      const request = this.#waiting.head();
      if (!request) break;
      const taken = counts.get(request) ?? 0;
      const count = Math.min(request.left - taken, this.#shareOf(room));
      counts.set(request, taken + count);
      room -= count;
      this.#waiting.charge(request.flow, count);
      this.#waiting.take(request, count);
    }
    return Array.from(counts, ([request, count]) => ({ request, ...request.take(count) }));
  }

  /** How many items one flow gets at a time: all, unless others wait. */
  #shareOf(room: number): number {
    const { flows } = this.#waiting;
    return flows === 1 ? room : Math.min(room, Math.ceil(this.#options.maxBatchSize / (4 * flows)));
  }

  /** One run of the model. It settles the requests of its batch and never rejects. */
  async #run(slices: readonly BatchSlice<In, Out>[]): Promise<void> {
    const inputs = slices.flatMap((slice) => slice.items);
    const startedAt = performance.now();
    const waitMs = slices.map(({ request }) => startedAt - request.submittedAt);
    const { model, version, onBatch } = this.#options;
    const report = (failed: boolean): number => {
      const inferMs = performance.now() - startedAt;
      const size = inputs.length;
      notify(() => onBatch?.({ model, version, size, waitMs, inferMs, failed }));
      return inferMs;
    };
    try {
      const outputs = await this.#options.run(inputs);
      if (outputs.length !== inputs.length) throw miscounted(inputs.length, outputs.length);
      const inferMs = report(false);
      this.#msPerItem = learnt(this.#msPerItem, inferMs / inputs.length);
      deliver(slices, outputs, { id: this.#nextId(), size: inputs.length, inferMs });
    } catch (error) {
      report(true);
      if (slices.length > 1) await this.#runEachAlone(slices);
      else for (const { request } of slices) this.#fail(request, error);
    }
  }

  async #runEachAlone(slices: readonly BatchSlice<In, Out>[]): Promise<void> {
    for (const slice of slices) {
      this.#dropIfLate(slice.request, performance.now());
      if (!slice.request.isSettled) await this.#run([slice]);
    }
  }
}

/** A signal may abort because the caller left, or because its time is over. */
function rejectReasonOf(error: Error): RejectReason {
  return isDeadlineExceeded(error) ? 'deadline' : 'aborted';
}

function miscounted(inputs: number, outputs: number): Error {
  return new errors.GLIMPSE_RUNTIME_FAILED(`it gave ${outputs} answers to ${inputs} inputs`);
}
