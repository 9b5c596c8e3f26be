import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { BatchReport, RejectReason } from '../batching/batcher.ts';
import { createLimiter } from '../concurrency.ts';
import { errors } from '../errors.ts';
import type { Manifest } from '../repository/manifest.ts';
import type { OpenedVersion, Repository } from '../repository/repository.ts';
import type { ModelRuntime } from '../runtime/runtime.ts';
import type { Signature } from '../signature.ts';
import { createLoadedVersion, type BatchingOptions, type LoadedVersion } from './loaded-version.ts';
import { selfTest, type PrepareGolden } from './self-test.ts';

/** What compose binds to `runtime/load-runtime.ts`, with its threads and its budget. */
export type LoadRuntime = (request: {
  readonly runtime: Manifest['runtime'];
  readonly file: string;
  readonly signature: Signature;
  readonly maxBatchSize: number;
  readonly model: string;
  readonly version: number;
  /** Called after every reading of the file, restarts included: rejects when it is not what was verified. */
  confirm(): Promise<void>;
}) => Promise<ModelRuntime>;

export interface VersionLoaderOptions {
  readonly repository: Repository;
  readonly loadRuntime: LoadRuntime;
  readonly prepareGolden: PrepareGolden;
  readonly batching: BatchingOptions;
  onBatch(manifest: Manifest, report: BatchReport): void;
  onReject(manifest: Manifest, reason: RejectReason, images: number): void;
}

export interface VersionLoader {
  /** From bytes at rest to a version that has proved itself on its golden samples. */
  load(model: string, version: number, signal: AbortSignal): Promise<LoadedVersion>;
  /** What the manifest is like just now; undefined when it cannot be read. */
  fingerprint(model: string, version: number, signal: AbortSignal): Promise<string | undefined>;
}

const downloadsAtOnce = 4;

/** Downloads overlap; models are opened one at a time, so that each is measured on a quiet machine. */
export function createVersionLoader(options: VersionLoaderOptions): VersionLoader {
  const { repository } = options;
  const downloads = createLimiter({ concurrency: downloadsAtOnce });
  const openings = createLimiter({ concurrency: 1 });
  return {
    async load(model, version, signal) {
      const opened = await downloads.run(() => repository.open(model, version, signal));
      return await openings.run(async () => {
        if (signal.aborted) throw new errors.GLIMPSE_DRAINING();
        return await bringUp(opened, options);
      });
    },
    async fingerprint(model, version, signal) {
      try {
        const manifest = await repository.manifest(model, version, signal);
        return createHash('sha256').update(JSON.stringify(manifest)).digest('hex');
      } catch {
        return undefined;
      }
    },
  };
}

async function bringUp(
  opened: OpenedVersion,
  options: VersionLoaderOptions,
): Promise<LoadedVersion> {
  const { manifest, folder } = opened;
  const { model, version, runtime, entry, signature } = manifest;
  const { maxBatchSize } = options.batching;
  const file = join(folder, entry);
  const confirm = (): Promise<void> => opened.confirm();
  const request = { runtime, file, signature, maxBatchSize, model, version, confirm };
  const loaded = await options.loadRuntime(request);
  try {
    await selfTest(opened, loaded, options.prepareGolden);
    await confirm();
  } catch (error) {
    await loaded.close();
    throw error;
  }
  return createLoadedVersion({
    manifest,
    runtime: loaded,
    batching: options.batching,
    onBatch: (report) => options.onBatch(manifest, report),
    onReject: (reason, images) => options.onReject(manifest, reason, images),
  });
}
