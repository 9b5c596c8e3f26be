import { entryBeside as besideSource, type Entry } from '../../src/entry.ts';

export type { Entry };

/**
 * Stands in for `src/entry.ts` while tests run: threads and processes that our sources start are their compiled
 * twins, as in production. Through tsx each of them would cost half a second more to start.
 */
export function entryBeside(importMetaUrl: string, name: string): Entry {
  return besideSource(importMetaUrl.replace('/src/', '/dist/').replace(/\.ts$/, '.js'), name);
}
