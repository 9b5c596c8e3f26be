import { errors } from '../../errors.ts';
import { readMark, removeMark } from '../deletion-mark.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';
import { createDatasetDeletions } from './delete-datasets.ts';
import { planPrune } from './prune-plan.ts';
import { carryOutPrune } from './prune.ts';
import { createVersionDeletions, type DeletionOptions } from './delete-versions.ts';
import type { Deletions } from '../deletions.ts';

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
