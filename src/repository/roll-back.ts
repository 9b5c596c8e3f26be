import { errors } from '../errors.ts';
import type { Cause, HistoryEntry } from './history/history-entry.ts';
import { maxPageSize } from './history/history-repository.ts';
import { versionBefore } from './history/version-before.ts';
import { productionLabel } from './names.ts';
import type { Labels, Repository } from './repository.ts';
import { withoutRollout, splitOf } from './traffic/traffic-record.ts';

export interface RollbackRequest {
  readonly label?: string | undefined;
  readonly cause: Cause;
}

/** What a rollback did: one of both. */
export interface Rollback {
  /** Production was split: everybody is answered by the version that the label production names. */
  readonly endedTraffic: boolean;
  /** Where the label was, and is now. */
  readonly from: number;
  readonly to: number;
  readonly labels: Labels;
}

/** How many entries of a history are looked through. */
const maxEntries = 1_000;

/**
 * Takes the last step of a release back: a split or canary of production, where there is one, else the move of the
 * label, to where it was before by its history. GLIMPSE_LABEL_NOT_FOUND, GLIMPSE_NOTHING_BEFORE.
 */
export async function rollBack(
  repository: Pick<Repository, 'labels' | 'versions' | 'history' | 'traffic' | 'setLabel'>,
  model: string,
  { label = productionLabel, cause }: RollbackRequest,
): Promise<Rollback> {
  const labels = await repository.labels(model);
  if (labels === 'unchanged') throw new Error('a store answered a question nobody asked: our bug');
  const present = Object.hasOwn(labels.labels, label) ? labels.labels[label] : undefined;
  if (present === undefined) throw new errors.GLIMPSE_LABEL_NOT_FOUND(model, label);
  if (label === productionLabel && (await endTraffic(repository, model, cause))) {
    return { endedTraffic: true, from: present, to: present, labels };
  }
  const before = await findBefore(repository, model, label, present);
  const change = { model, label, version: before, from: present, isRollback: true, cause };
  const moved = await repository.setLabel(change);
  return { endedTraffic: false, from: present, to: before, labels: moved };
}

/** Whether there was a split or canary to be ended. */
async function endTraffic(
  { traffic }: Pick<Repository, 'traffic'>,
  model: string,
  cause: Cause,
): Promise<boolean> {
  const { record, etag } = await traffic.read(model);
  if (record === undefined || splitOf(record) === undefined) return false;
  const ended = { state: 'rolled-back', since: new Date().toISOString() };
  const why = cause.why === undefined ? {} : { why: cause.why };
  const canary = record.canary?.state === 'running' && { ...record.canary, ...ended, ...why };
  const content = { rules: withoutRollout(record.rules), ...(canary && { canary }) };
  await traffic.write(model, { content, ifMatch: etag, what: 'rollback', cause });
  return true;
}

async function findBefore(
  { history, versions }: Pick<Repository, 'history' | 'versions'>,
  model: string,
  label: string,
  present: number,
): Promise<number> {
  const there = new Set(await versions(model));
  const entries: HistoryEntry[] = [];
  let before: number | undefined;
  for (let read = 0; read < maxEntries; read += maxPageSize) {
    const page = await history.page(model, { limit: maxPageSize, before });
    entries.push(...page.entries);
    const found = versionBefore(entries, label, present, (version) => there.has(version));
    if (typeof found === 'number') return found;
    if (found === undefined || page.next === undefined) break;
    before = page.next;
  }
  throw new errors.GLIMPSE_NOTHING_BEFORE(model, label, present);
}
