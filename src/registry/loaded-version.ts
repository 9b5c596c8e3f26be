import { strict as assert } from 'node:assert';
import type { VersionQueue } from '../account.ts';
import { createBatcher, type Batcher } from '../batching/batcher.ts';
import type { BatchingOptions } from '../batching/batching-options.ts';
import type { SubmitOptions, SubmitResult } from '../batching/pending.ts';
import { errors } from '../errors.ts';
import type { Manifest } from '../repository/manifest.ts';
import type { ModelRuntime } from '../runtime/runtime.ts';
import { gather, sizeOf, stack, unstack, type Tensor } from '../tensor.ts';
import { freeAtOnce } from '../threads.ts';

/** A short hold on a loaded version: it is not closed while one is out. Always release in `finally`. */
export interface Lease {
  readonly model: string;
  readonly version: number;
  readonly manifest: Manifest;
  /** Examples in, raw outputs out; see `Batcher.submit`. */
  readonly submit: Batcher<Float32Array, Float32Array>['submit'];
  /** May be called more than once. */
  release(): void;
}

/** A version in memory: its runtime, its batcher, and the number of its leases. */
export interface LoadedVersion {
  readonly manifest: Manifest;
  readonly place: ModelRuntime['place'];
  readonly placement: ModelRuntime['placement'];
  /** Why it cannot answer just now, although it is loaded. */
  readonly unhealthyReason: string | undefined;
  readonly leases: number;
  /** Images that wait for it. */
  readonly queueDepth: number;
  /** What its queue tells to whoever decides about the next request. */
  readonly queue: VersionQueue;
  /** Throws GLIMPSE_MODEL_NOT_READY while the runtime is unhealthy. */
  lease(): Lease;
  /** Waits until every lease is released, finishes what was accepted, then frees the model. */
  close(): Promise<void>;
}

export interface LoadedVersionOptions {
  readonly manifest: Manifest;
  readonly runtime: ModelRuntime;
  readonly batching: BatchingOptions;
}

export function createLoadedVersion(options: LoadedVersionOptions): LoadedVersion {
  const { manifest, runtime, batching } = options;
  const { model, version } = manifest;
  const { shape } = manifest.signature.input;
  const leaseCounter = createLeaseCounter();
  // A batch that goes to another thread or process is given away.
  const join = runtime.place === 'inline' ? gather : stack;
  const batcher = createBatcher<Float32Array, Float32Array>({
    ...batchingFor(runtime, batching),
    model,
    version,
    run: async (examples, requests) => {
      const isBusy = leaseCounter.count > requests;
      const batch = join(examples, shape);
      const answers = unstack(await runtime.infer(batch, isBusy));
      if (runtime.place === 'inline' && !isViewOf(batch, examples)) freeAtOnce(batch.data);
      return answers;
    },
  });
  let closed: Promise<void> | undefined;

  const close = async (): Promise<void> => {
    await leaseCounter.allReleased();
    await batcher.drain();
    await runtime.close();
  };

  return {
    manifest,
    place: runtime.place,
    placement: runtime.placement,
    get unhealthyReason() {
      return runtime.unhealthyReason;
    },
    get leases() {
      return leaseCounter.count;
    },
    get queueDepth() {
      return batcher.depth;
    },
    queue: batcher.queue,
    lease() {
      assert(!closed, 'a version that is being closed was leased: this is our bug');
      if (runtime.unhealthyReason !== undefined) {
        throw new errors.GLIMPSE_MODEL_NOT_READY(
          model,
          `version ${version}: ${runtime.unhealthyReason}`,
        );
      }
      return new CountedLease(manifest, batcher, leaseCounter);
    },
    close: () => (closed ??= close()),
  };
}

/** Batches as the runtime was measured to run them best, and never larger than configured. */
function batchingFor({ placement }: ModelRuntime, batching: BatchingOptions): BatchingOptions {
  if (!placement) return batching;
  const { batchSize, maxInFlight, msPerImage } = placement;
  const maxBatchSize = Math.min(batching.maxBatchSize, batchSize);
  return { ...batching, maxBatchSize, maxInFlight, msPerItem: msPerImage };
}

class CountedLease implements Lease {
  readonly model: string;
  readonly version: number;
  readonly manifest: Manifest;
  readonly #batcher: Batcher<Float32Array, Float32Array>;
  readonly #counter: LeaseCounter;
  #isReleased = false;

  constructor(
    manifest: Manifest,
    batcher: Batcher<Float32Array, Float32Array>,
    counter: LeaseCounter,
  ) {
    this.model = manifest.model;
    this.version = manifest.version;
    this.manifest = manifest;
    this.#batcher = batcher;
    this.#counter = counter;
    counter.acquire();
  }

  async submit(
    examples: readonly Float32Array[],
    options?: SubmitOptions,
  ): Promise<SubmitResult<Float32Array>> {
    const size = sizeOf(this.manifest.signature.input.shape);
    // Checked before the batch: there it would fail the requests of others as well.
    for (const { length } of examples) {
      assert(length === size, 'an example has not the size of the model: this is our bug');
    }
    return this.#batcher.submit(examples, options);
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#counter.release();
  }
}

type LeaseCounter = ReturnType<typeof createLeaseCounter>;

/** Counts the leases that are out. */
function createLeaseCounter() {
  let count = 0;
  let onEmpty: (() => void) | undefined;
  return {
    get count() {
      return count;
    },
    acquire(): void {
      count += 1;
    },
    release(): void {
      count -= 1;
      if (count === 0) onEmpty?.();
    },
    async allReleased(): Promise<void> {
      if (count === 0) return;
      await new Promise<void>((resolve) => {
        onEmpty = resolve;
      });
    },
  };
}

function isViewOf({ data }: Tensor, [first]: readonly Float32Array[]): boolean {
  return data.buffer === first?.buffer;
}
