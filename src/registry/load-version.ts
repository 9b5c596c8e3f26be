import { createHash } from 'node:crypto';
import type { BatchingOptions } from '../batching/batching-options.ts';
import { createLimiter } from '../concurrency.ts';
import { errors } from '../errors.ts';
import { loadModel, type LoadModelOptions } from '../loading/load-model.ts';
import type { OpenedVersion, Repository } from '../repository/repository.ts';
import { createLoadedVersion, type LoadedVersion } from './loaded-version.ts';

export interface VersionLoaderOptions extends Pick<
  LoadModelOptions,
  'loadRuntime' | 'prepareGolden' | 'trust'
> {
  readonly repository: Repository;
  readonly batching: BatchingOptions;
}

export interface VersionLoader {
  /** Downloads, verifies and opens a version, and runs its self-test. */
  load(model: string, version: number, signal: AbortSignal): Promise<LoadedVersion>;
  /** The digest of the manifest as it is now; undefined when it cannot be read. */
  fingerprint(model: string, version: number, signal: AbortSignal): Promise<string | undefined>;
}

const maxConcurrentDownloads = 4;

/** Downloads overlap; models are opened one at a time, so that each is measured on a quiet machine. */
export function createVersionLoader(options: VersionLoaderOptions): VersionLoader {
  const { repository } = options;
  const downloads = createLimiter({ concurrency: maxConcurrentDownloads });
  const opens = createLimiter({ concurrency: 1 });
  return {
    async load(model, version, signal) {
      const opened = await downloads.run(() => repository.open(model, version, signal));
      return await opens.run(async () => {
        if (signal.aborted) throw new errors.GLIMPSE_DRAINING();
        return await openVersion(opened, options, signal);
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

async function openVersion(
  opened: OpenedVersion,
  options: VersionLoaderOptions,
  signal: AbortSignal,
): Promise<LoadedVersion> {
  const { manifest } = opened;
  const { batching } = options;
  const { maxBatchSize } = batching;
  const runtime = await loadModel(opened, { ...options, maxBatchSize }, signal);
  return createLoadedVersion({ manifest, runtime, batching });
}
