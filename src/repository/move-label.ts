import { errors } from '../errors.ts';
import { unknownCause } from './history/history-entry.ts';
import { recordDone, type HistoryRepository } from './history/history-repository.ts';
import { askForApproval, movesByApproval } from './approvals/protect.ts';
import { changeLabels, readLabels } from './labels.ts';
import { checkLabel, checkName } from './names.ts';
import type { LabelChange, MovedLabel, Repository } from './repository.ts';
import type { ArtifactStore } from './stores/artifact-store.ts';

/** Refuses a change that no state of the labels would allow: names that cannot be, versions that are not there. */
export async function checkChange(
  { model, label, version }: LabelChange,
  readManifest: (model: string, version: number) => Promise<unknown>,
): Promise<void> {
  checkName('model name', model);
  checkLabel(label);
  if (version !== null) await readManifest(model, version);
}

/**
 * Lets a change of a protected label wait for a second caller: GLIMPSE_APPROVAL_PENDING. Rolling back needs nobody
 * else, and a label that is there already moves nobody.
 */
async function checkProtected(
  store: ArtifactStore,
  documents: Pick<Repository, 'releases' | 'approvals' | 'traffic'>,
  { model, label, version, ifMatch, cause = unknownCause, isRollback, isApproved }: LabelChange,
  signal?: AbortSignal,
): Promise<void> {
  if (isRollback || isApproved) return;
  if (!(await movesByApproval(documents, model, label, signal))) return;
  const found = await readLabels(store, model, undefined, signal);
  const labels = found === 'unchanged' ? {} : found.labels;
  const from = (Object.hasOwn(labels, label) ? labels[label] : undefined) ?? null;
  if (from === version) return;
  if (ifMatch !== undefined && (found === 'unchanged' || found.etag !== ifMatch)) {
    throw new errors.GLIMPSE_LABEL_CONFLICT(label);
  }
  await askForApproval(documents.approvals, model, { label, version, from }, cause);
}

/** Moves or removes a label by compare-and-set, and records it; see `Repository.setLabel`. */
export async function moveLabel(
  store: ArtifactStore,
  documents: Pick<Repository, 'history' | 'releases' | 'approvals' | 'traffic'>,
  wanted: LabelChange,
  signal?: AbortSignal,
): Promise<MovedLabel> {
  await checkProtected(store, documents, wanted, signal);
  const { model, label, version, ifMatch, from } = wanted;
  let before: number | undefined;
  const change = (labels: Readonly<Record<string, number>>): Record<string, number> => {
    before = Object.hasOwn(labels, label) ? labels[label] : undefined;
    // Where it is already nobody else is in the way: that is a write whose answer was lost, or a run that goes on.
    const isThere = before !== undefined && before === version;
    if (from !== undefined && from !== (before ?? null) && !isThere) {
      throw new errors.GLIMPSE_LABEL_CONFLICT(label);
    }
    if (version !== null) return { ...labels, [label]: version };
    if (!Object.hasOwn(labels, label)) throw new errors.GLIMPSE_LABEL_NOT_FOUND(model, label);
    return Object.fromEntries(Object.entries(labels).filter(([name]) => name !== label));
  };
  const changed = await changeLabels(store, model, change, { ifMatch, signal });
  if (changed === undefined) throw new errors.GLIMPSE_LABEL_CONFLICT(label);
  await recordMove(documents.history, wanted, before);
  return { ...changed, before };
}

/** Tells the history of a label that is somewhere else than before. */
export async function recordMove(
  history: HistoryRepository,
  { model, label, version, cause = unknownCause, isRollback = false }: LabelChange,
  before: number | undefined,
): Promise<void> {
  if ((before ?? null) === version) return;
  const what = isRollback ? 'rollback' : 'label';
  await recordDone(history, model, { what, label, from: before ?? null, to: version, cause });
}
