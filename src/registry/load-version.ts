import type { BatchingOptions } from '../batching/batching-options.ts';
import { createLimiter, type Limiter } from '../concurrency.ts';
import { errors } from '../errors.ts';
import { loadModel, type LoadModelOptions } from '../loading/load-model.ts';
import { sha256 } from '../repository/digest.ts';
import type { Manifest } from '../repository/manifest.ts';
import type { OpenedVersion, Repository } from '../repository/repository.ts';
import type { CrashLedger } from './crash-ledger.ts';
import { createLoadedVersion, type LoadedVersion } from './loaded-version.ts';

export interface VersionLoaderOptions extends Pick<
  LoadModelOptions,
  'loadRuntime' | 'prepareGolden' | 'trust' | 'measurements'
> {
  readonly repository: Repository;
  readonly crashLedger?: CrashLedger;
  readonly batching: BatchingOptions;
  /** How many images may wait for a version of a model, where it has a limit of its own. */
  readonly queueLimit?: (model: string) => number | undefined;
  /** The model whose loading decides whether the server is ready. */
  readonly defaultModel: string;
}

export interface VersionLoader {
  /** Downloads, verifies and opens a version, and runs its self-test. `onWaited` is told how long it waited for its turns. */
  load(
    model: string,
    version: number,
    signal: AbortSignal,
    onWaited?: (ms: number) => void,
  ): Promise<LoadedVersion>;
  /** The digest of the manifest as it is now; undefined when it cannot be read. */
  fingerprint(model: string, version: number, signal: AbortSignal): Promise<string | undefined>;
}

const maxConcurrentDownloads = 4;

/**
 * Downloads overlap. Trusted models are opened one at a time, so that each is measured on a quiet machine. Those that
 * get a cell have lanes of their own, the default model one for itself: a model that does not return holds up others
 * of its kind until its time is over, and neither of those two.
 */
export function createVersionLoader(options: VersionLoaderOptions): VersionLoader {
  const { repository, crashLedger } = options;
  const downloads = createLimiter({ concurrency: maxConcurrentDownloads });
  const lanes = {
    trusted: createLimiter({ concurrency: 1 }),
    default: createLimiter({ concurrency: 1 }),
    cells: createLimiter({ concurrency: 2 }),
  };
  const laneOf = async (manifest: Manifest): Promise<keyof typeof lanes> => {
    if (await options.trust.isTrusted(manifest)) return 'trusted';
    return manifest.model === options.defaultModel ? 'default' : 'cells';
  };
  return {
    async load(model, version, signal, onWaited = () => {}) {
      const inTurn = async <Result>(
        lane: Limiter,
        work: () => Promise<Result>,
      ): Promise<Result> => {
        const queuedAt = performance.now();
        return await lane.run(() => {
          onWaited(performance.now() - queuedAt);
          return work();
        });
      };
      const opened = await inTurn(downloads, () => repository.open(model, version, signal));
      const subject = { model, version, fingerprint: fingerprintOf(opened.manifest) };
      // Before its turn: whether a process elsewhere still lives may take seconds to find out.
      await crashLedger?.check(subject);
      return await inTurn(lanes[await laneOf(opened.manifest)], async () => {
        if (signal.aborted) throw new errors.GLIMPSE_DRAINING();
        const strikeOut = await crashLedger?.enter(subject).catch(ignoreUnwritable);
        try {
          return await openVersion(opened, options, signal);
        } finally {
          await strikeOut?.().catch(ignoreUnwritable);
        }
      });
    },
    fingerprint: (model, version, signal) =>
      repository.manifest(model, version, signal).then(fingerprintOf, () => undefined),
  };
}

function fingerprintOf(manifest: Manifest): string {
  return sha256(JSON.stringify(manifest));
}

/** A data folder that cannot be written is told of elsewhere, and no reason not to serve. */
const ignoreUnwritable = (): undefined => undefined;

async function openVersion(
  opened: OpenedVersion,
  options: VersionLoaderOptions,
  signal: AbortSignal,
): Promise<LoadedVersion> {
  const { manifest } = opened;
  const { maxBatchSize, maxQueueSize, ...others } = options.batching;
  const ownLimit = options.queueLimit?.(manifest.model) ?? maxQueueSize;
  const batching = { ...others, maxBatchSize, maxQueueSize: Math.min(maxQueueSize, ownLimit) };
  const runtime = await loadModel(opened, { ...options, maxBatchSize }, signal);
  return createLoadedVersion({ manifest, runtime, batching });
}
