import { mapInOrder } from '../../concurrency.ts';
import type { ArtifactStore, StoredKey } from '../../repository/stores/artifact-store.ts';
import { dayIn, dayOf, logFolders } from './log-keys.ts';

export interface RetentionBounds {
  readonly keepDays: number;
  readonly keepBytes: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** Removals at a time: one after the other would be slower than images are written. */
const AT_ONCE = 8;

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
  const objects: StoredKey[][] = [];
  for (const folder of logFolders) objects.push(await store.list(folder, signal));
  const beyond = beyondRetention(objects.flat(), bounds, now);
  let removed = 0;
  const removing = mapInOrder(beyond, AT_ONCE, async (key) => store.remove(key, signal));
  while ((await removing.next()).done !== true) removed += 1;
  return removed;
}
