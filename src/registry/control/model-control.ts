import { errors } from '../../errors.ts';
import type { KnownModel } from '../known-model.ts';
import { findVersion } from '../known-models.ts';
import type { VersionLifecycle } from '../lifecycle.ts';
import { notReady } from '../load-refusal.ts';
import { estimateBytes } from '../policy/loaded-bytes.ts';
import { versionsByRule } from '../policy/load-candidates.ts';
import type { VersionPolicy } from '../policy/version-view.ts';

/**
 * poll: what the repository says is loaded and unloaded as it says it. explicit: it is read as often, and calls alone load
 * and unload. none: it is read at the start, and nothing changes afterwards.
 */
export type ModelControlMode = 'poll' | 'explicit' | 'none';

/** Calls that load and unload, of a model what its rule and labels say, or one version. */
export interface ModelControl {
  /** Resolves when it is READY; rejects with why it is not. GLIMPSE_NOT_BY_CALLS, GLIMPSE_LOADED_BYTES_FULL. */
  load(model: string, version?: number): Promise<void>;
  /** Resolves when it has left the memory: requests that had it are answered first. */
  unload(model: string, version?: number): Promise<void>;
}

export interface ModelControlOptions {
  readonly mode: ModelControlMode;
  readonly policy: VersionPolicy;
  readonly lifecycle: Pick<VersionLifecycle, 'converge'>;
  readonly models: ReadonlyMap<string, KnownModel>;
  /** Looks up a model or version that is not known. */
  readonly lookUp: (model: string, selector?: { readonly version: number }) => Promise<void>;
  /** Throws for a model that is not there. */
  readonly find: (model: string) => KnownModel;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The calls of a registry that is controlled explicitly; every other one refuses them. */
export function createModelControl(options: ModelControlOptions): ModelControl {
  const { mode, lifecycle } = options;
  const checkMode = (): void => {
    if (mode !== 'explicit') throw new errors.GLIMPSE_NOT_BY_CALLS(mode);
  };
  return {
    async load(name, version) {
      checkMode();
      const model = await find(name, version, options);
      const wanted = wantedBy(model, version, options);
      checkRoom(model, wanted, options);
      for (const one of wanted) {
        model.called.add(one);
        // Who asks for a version that failed here wants it tried again.
        model.versions.get(one)!.failure = undefined;
      }
      await lifecycle.converge();
      for (const one of wanted) {
        const known = model.versions.get(one);
        if (known && known.state !== 'READY') throw notReady(known);
      }
    },
    async unload(name, version) {
      checkMode();
      const model = await find(name, version, options);
      const leaving = version === undefined ? [...model.called] : [version];
      for (const one of leaving) model.called.delete(one);
      await lifecycle.converge();
      for (const one of leaving) await model.versions.get(one)?.change;
    },
  };
}

/** What a server that is controlled explicitly loads at its start, by itself: the models that are to be loaded then. */
export function callPreloaded({
  models,
  policy,
  now,
}: Pick<ModelControlOptions, 'models' | 'policy' | 'now'>): void {
  for (const model of models.values()) {
    if (!(policy.isPreloaded?.(model.model) ?? true)) continue;
    for (const version of versionsByRule(model.view(now()), policy)) model.called.add(version);
  }
}

async function find(
  name: string,
  version: number | undefined,
  { lookUp, find: findKnown }: ModelControlOptions,
): Promise<KnownModel> {
  await lookUp(name, version === undefined ? undefined : { version });
  const model = findKnown(name);
  if (version !== undefined) findVersion(model, version);
  return model;
}

function wantedBy(
  model: KnownModel,
  version: number | undefined,
  { policy, now }: ModelControlOptions,
): number[] {
  return version === undefined ? versionsByRule(model.view(now()), policy) : [version];
}

/** Versions that calls have loaded make room for nobody, so that one too many is refused. */
function checkRoom(
  model: KnownModel,
  wanted: readonly number[],
  { models, policy: { maxLoadedBytes = Infinity } }: ModelControlOptions,
): void {
  let taken = 0;
  for (const { called, versions } of models.values()) {
    for (const one of called) taken += estimateBytes(versions.get(one)?.fileBytes ?? 0);
  }
  for (const one of wanted) {
    if (model.called.has(one)) continue;
    const bytes = estimateBytes(model.versions.get(one)?.fileBytes ?? 0);
    taken += bytes;
    if (taken <= maxLoadedBytes) continue;
    throw new errors.GLIMPSE_LOADED_BYTES_FULL(one, model.model, bytes, maxLoadedBytes);
  }
}
