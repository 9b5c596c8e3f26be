import { createHash } from 'node:crypto';
import type { BatchingOptions } from '../batching/batching-options.ts';
import { createLimiter } from '../concurrency.ts';
import { errors } from '../errors.ts';
import { loadModel, type LoadModelParts } from '../loading/load-model.ts';
import type { OpenedVersion, Repository } from '../repository/repository.ts';
import { createLoadedVersion, type LoadedVersion } from './loaded-version.ts';

export interface VersionLoaderOptions extends Pick<
  LoadModelParts,
  'loadRuntime' | 'prepareGolden'
> {
  readonly repository: Repository;
  readonly batching: BatchingOptions;
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
  const { manifest } = opened;
  const { batching } = options;
  const runtime = await loadModel(opened, { ...options, maxBatchSize: batching.maxBatchSize });
  return createLoadedVersion({ manifest, runtime, batching });
}
