import { errors } from '../../errors.ts';
import { readMark, removeMark } from '../deletion-mark.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';
import { createDatasetDeletions } from './delete-datasets.ts';
import { planPrune } from './prune-plan.ts';
import { carryOutPrune } from './prune.ts';
import { createVersionDeletions, type DeletionOptions } from './delete-versions.ts';
import type { Deletions } from '../deletions.ts';
import { targetsOf } from '../traffic/traffic-record.ts';
import type { TrafficRepository } from '../traffic/traffic-repository.ts';

/** The deletions of `deletions.ts` in a store. */
export function createDeletions(options: DeletionOptions): Deletions {
  return {
    ...createVersionDeletions(options),
    ...createDatasetDeletions(options),
    planPrune: (policy, signal) => planPrune(options, policy, signal),
    prune: (steps, signal) => carryOutPrune(options, steps, signal),
  };
}

/** GLIMPSE_VERSION_NOT_FOUND for a version that was deleted, itself or with its model: nothing may name it. */
export async function checkNotDeleted(
  store: ArtifactStore,
  model: string,
  version: number,
  signal?: AbortSignal,
): Promise<void> {
  const marks = await Promise.all(
    [model, `${model}/${version}`].map((folder) => readMark(store, folder, signal)),
  );
  if (marks.some((mark) => mark !== undefined)) {
    throw new errors.GLIMPSE_VERSION_NOT_FOUND(model, version);
  }
}

/** Rules that name versions keep them where somebody deletes one meanwhile. */
export function keepingNamed(store: ArtifactStore, traffic: TrafficRepository): TrafficRepository {
  return {
    ...traffic,
    async write(model, change, signal) {
      const written = await traffic.write(model, change, signal);
      for (const { version } of targetsOf(change.content.rules)) {
        if (version !== undefined) await keepNamed(store, model, version, signal);
      }
      return written;
    },
  };
}

/** A version that was named while somebody deleted it is taken back: whoever names it decides. */
export async function keepNamed(
  store: ArtifactStore,
  model: string,
  version: number,
  signal?: AbortSignal,
): Promise<void> {
  const folder = `${model}/${version}`;
  if (!(await readMark(store, folder, signal))) return;
  await removeMark(store, folder, async () => true, signal);
}
