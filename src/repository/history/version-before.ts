import type { HistoryEntry } from './history-entry.ts';

/**
 * The version that a label pointed at before the one it points at now, by its history, newest first. What was rolled
 * back and not released again since is left out, as is what is not there any more: a second rollback goes further back,
 * and never to what the first one left. Undefined where the history goes back to a time before the label; 'unknown'
 * where it ends before that is found.
 */
export function versionBefore(
  entries: readonly Pick<HistoryEntry, 'what' | 'label' | 'from' | 'to'>[],
  label: string,
  present: number,
  isThere: (version: number) => boolean = () => true,
): number | undefined | 'unknown' {
  const left = new Set<unknown>();
  const released = new Set<unknown>();
  let arrived = present;
  for (const { what, label: moved, from, to } of entries) {
    if (moved !== label) continue;
    if (what === 'rollback' && !released.has(from)) left.add(from);
    if (what !== 'label') continue;
    released.add(to);
    if (to !== arrived) continue;
    if (typeof from !== 'number') return undefined;
    if (from !== present && !left.has(from) && isThere(from)) return from;
    arrived = from;
  }
  return 'unknown';
}
