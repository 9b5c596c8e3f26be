import type { SpanRef } from '../account.ts';
import { createLimiter } from '../concurrency.ts';
import { errors, notify } from '../errors.ts';
import type { BatchedVersion, BatchingOptions } from './batching-options.ts';
import { createBatchIds } from './batch-id.ts';
import { createBatchTimes, type BatchTimes } from './batch-times.ts';
import { createFlights, type Flight } from './flights.ts';
import { deliver, type BatchSlice, type Pending } from './pending.ts';

type Slices<In, Out> = readonly BatchSlice<In, Out>[];

export interface BatchRunsOptions<In, Out>
  extends Pick<BatchingOptions, 'maxBatchSize' | 'onBatch' | 'msPerItem'>, BatchedVersion {
  /** As many outputs as inputs, in the same order; the inputs are of so many requests. */
  run(batch: In[], requests: number): Promise<Out[]>;
}

/** What becomes of a request that gets no results. */
export interface Settling<In, Out> {
  dropIfLate(request: Pending<In, Out>, now: number): void;
  fail(request: Pending<In, Out>, error: unknown): void;
}

export interface BatchRuns<In, Out> {
  /** How long so many items take, by the last batches; before there was one, by what is expected; 0 where that is unknown. */
  msFor(items: number): number;
  /** A batch that failed is being tried again: nothing else may be handed to the runtime. */
  readonly isMending: boolean;
  /** Runs one batch and settles its requests. Never rejects. */
  run(slices: Slices<In, Out>): Promise<void>;
}

/** The way of batches through a runtime, and of the requests in them when it fails. */
export function createBatchRuns<In, Out>(
  options: BatchRunsOptions<In, Out>,
  settling: Settling<In, Out>,
): BatchRuns<In, Out> {
  return new Runs(options, settling);
}

interface Failure {
  readonly error: unknown;
  /** Another one fell at the same time: this one may be innocent. */
  readonly isBesideFailure: boolean;
}

class Runs<In, Out> implements BatchRuns<In, Out> {
  readonly #options: BatchRunsOptions<In, Out>;
  readonly #settling: Settling<In, Out>;
  readonly #nextId = createBatchIds();
  readonly #flights = createFlights();
  readonly #mendingTurns = createLimiter({ concurrency: 1 });
  #mending = 0;
  readonly #times: BatchTimes;

  constructor(options: BatchRunsOptions<In, Out>, settling: Settling<In, Out>) {
    this.#options = options;
    this.#settling = settling;
    this.#times = createBatchTimes(options.maxBatchSize, options.msPerItem);
  }

  msFor(items: number): number {
    return this.#times.msFor(items);
  }

  get isMending(): boolean {
    return this.#mending > 0;
  }

  async run(slices: Slices<In, Out>): Promise<void> {
    const failure = await this.#attempt(slices);
    if (failure) await this.#failed(slices, failure);
  }

  async #failed(slices: Slices<In, Out>, failure: Failure): Promise<void> {
    const isToBlame = !failure.isBesideFailure && slices.length === 1;
    if (isToBlame) for (const { request } of slices) this.#settling.fail(request, failure.error);
    else await this.#mend(slices, failure);
  }

  /** One run of the model. Its requests have their results then, unless it tells why not. */
  async #attempt(slices: Slices<In, Out>): Promise<Failure | undefined> {
    const inputs = itemsOf(slices);
    const size = inputs.length;
    const flight = this.#flights.begin();
    try {
      const outputs = await this.#options.run(inputs, slices.length);
      if (outputs.length !== size) throw miscounted(size, outputs.length);
      const inferMs = this.#end(flight, slices, size, false);
      this.#times.learn(size, inferMs);
      deliver(slices, outputs, { id: this.#nextId(), size, inferMs });
      return undefined;
    } catch (error) {
      this.#end(flight, slices, size, true);
      return { error, isBesideFailure: flight.isBesideFailure };
    }
  }

  /** Tells of a run, and returns how long it has taken. */
  #end(flight: Flight, slices: Slices<In, Out>, size: number, failed: boolean): number {
    this.#flights.end(flight, failed);
    const { startedAt } = flight;
    const inferMs = performance.now() - startedAt;
    const { model, version, onBatch } = this.#options;
    if (onBatch) {
      const waitMs: number[] = [];
      const spans: SpanRef[] = [];
      for (const { request } of slices) {
        waitMs.push(startedAt - request.submittedAt);
        if (request.span) spans.push(request.span);
      }
      notify(() => onBatch({ model, version, size, waitMs, inferMs, failed, spans }));
    }
    return inferMs;
  }

  /** Nothing else runs meanwhile, so that whatever fails again has failed by itself. */
  async #mend(slices: Slices<In, Out>, failure: Failure): Promise<void> {
    this.#mending += 1;
    await this.#mendingTurns.run(async () => {
      await this.#flights.ended();
      const left = this.#living(slices);
      if (!failure.isBesideFailure) return this.#runEachAlone(left);
      const again = left.length > 0 ? await this.#attempt(left) : undefined;
      if (!again) return undefined;
      if (left.length > 1) return this.#runEachAlone(left);
      for (const { request } of left) this.#settling.fail(request, again.error);
    });
    this.#mending -= 1;
  }

  async #runEachAlone(slices: Slices<In, Out>): Promise<void> {
    for (const slice of slices) {
      const [left] = this.#living([slice]);
      const failure = left && (await this.#attempt([left]));
      if (failure) this.#settling.fail(slice.request, failure.error);
    }
  }

  /** Those whose callers still wait. */
  #living(slices: Slices<In, Out>): Slices<In, Out> {
    const now = performance.now();
    for (const { request } of slices) this.#settling.dropIfLate(request, now);
    return slices.filter(({ request }) => !request.isSettled);
  }
}

function itemsOf<In, Out>(slices: Slices<In, Out>): In[] {
  const all: In[] = [];
  for (const { items } of slices) for (const item of items) all.push(item);
  return all;
}

function miscounted(inputs: number, outputs: number): Error {
  return new errors.GLIMPSE_RUNTIME_FAILED(`it gave ${outputs} answers to ${inputs} inputs`);
}
