import type { HistoryEntry } from './history-entry.ts';

/**
 * The version that a label pointed at before the one it points at now, by its history, newest first. What was rolled
 * back is left out, so that a second rollback goes further back and never to what the first one left. Undefined where
 * the history goes back to a time before the label; 'unknown' where it ends before that is found.
 */
export function versionBefore(
  entries: readonly Pick<HistoryEntry, 'what' | 'label' | 'from' | 'to'>[],
  label: string,
  present: number,
): number | undefined | 'unknown' {
  const arrival = entries.find(
    (entry) => entry.what === 'label' && entry.label === label && entry.to === present,
  );
  if (arrival === undefined) return 'unknown';
  return typeof arrival.from === 'number' ? arrival.from : undefined;
}
