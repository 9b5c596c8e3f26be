import type { ArtifactStore, StoredKey } from '../../repository/stores/artifact-store.ts';
import { dayIn, dayOf, logFolders } from './log-keys.ts';

export interface RetentionBounds {
  readonly keepDays: number;
  readonly keepBytes: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** So many objects are removed at once at most; the rest comes the next time. */
const MAX_REMOVED = 5_000;

/** What of a log is too much: everything of days that are over, then the oldest until the rest fits. Pure. */
export function beyondRetention(
  objects: readonly StoredKey[],
  { keepDays, keepBytes }: RetentionBounds,
  now: number,
): string[] {
  const oldest = dayOf(now - keepDays * DAY_MS);
  const dated = objects
    .flatMap(({ key, size }) => {
      const day = dayIn(key);
      return day === undefined ? [] : [{ key, size, day }];
    })
    .toSorted((a, b) => (a.day === b.day ? (a.key < b.key ? -1 : 1) : a.day < b.day ? -1 : 1));
  let bytes = dated.reduce((sum, { size }) => sum + size, 0);
  const removed: string[] = [];
  for (const { key, size, day } of dated) {
    if (day >= oldest && bytes <= keepBytes) break;
    removed.push(key);
    bytes -= size;
  }
  return removed;
}

/** Removes what is beyond the bounds; servers that do so at the same time do not disturb each other. */
export async function pruneLog(
  store: ArtifactStore,
  bounds: RetentionBounds,
  now: number,
  signal?: AbortSignal,
): Promise<number> {
  const objects: StoredKey[] = [];
  for (const folder of logFolders) objects.push(...(await store.list(folder, signal)));
  const removed = beyondRetention(objects, bounds, now).slice(0, MAX_REMOVED);
  for (const key of removed) await store.remove(key, signal);
  return removed.length;
}
