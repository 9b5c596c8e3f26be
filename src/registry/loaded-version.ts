import { strict as assert } from 'node:assert';
import type { VersionQueue } from '../account.ts';
import { createBatcher, type Batcher } from '../batching/batcher.ts';
import type { BatchingOptions } from '../batching/batching-options.ts';
import { errors } from '../errors.ts';
import type { Manifest } from '../repository/manifest.ts';
import type { ModelRuntime } from '../runtime/runtime.ts';
import { sizeOf, stack, unstack } from '../tensor.ts';

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
  const size = sizeOf(shape);
  const leaseCounter = createLeaseCounter();
  const batcher = createBatcher<Float32Array, Float32Array>({
    ...batchingFor(runtime, batching),
    model,
    version,
    run: async (examples, requests) => {
      const isBusy = leaseCounter.count > requests;
      return unstack(await runtime.infer(stack(examples, shape), isBusy));
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
      return {
        model,
        version,
        manifest,
        submit: async (examples, submitOptions) => {
          // Checked before the batch: there it would fail the requests of others as well.
          assert(
            examples.every(({ length }) => length === size),
            'an example has not the size of the model: this is our bug',
          );
          return await batcher.submit(examples, submitOptions);
        },
        release: leaseCounter.acquire(),
      };
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

/** Counts the leases that are out. */
function createLeaseCounter() {
  const open = new Set<symbol>();
  let onEmpty: (() => void) | undefined;
  return {
    get count() {
      return open.size;
    },
    /** Returns the release, which may be called more than once. */
    acquire(): () => void {
      const ticket = Symbol('lease');
      open.add(ticket);
      return () => {
        open.delete(ticket);
        if (open.size === 0) onEmpty?.();
      };
    },
    async allReleased(): Promise<void> {
      if (open.size === 0) return;
      await new Promise<void>((resolve) => {
        onEmpty = resolve;
      });
    },
  };
}
