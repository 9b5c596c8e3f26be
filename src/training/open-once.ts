import type { GraphSession } from '../runtime/graph-session.ts';

/** Graphs opened when they are first needed, known by numbers (the size of a batch), closed together. */
export interface OpenedOnce<Key extends readonly number[], Opened> {
  get(...key: Key): Promise<Opened>;
  close(): Promise<void>;
}

export function openOnce<
  Key extends readonly number[],
  Opened extends { readonly session: GraphSession },
>(open: (...key: Key) => Promise<Opened>): OpenedOnce<Key, Opened> {
  const opened = new Map<string, Promise<Opened>>();
  return {
    get(...key) {
      const known = opened.get(key.join()) ?? open(...key);
      opened.set(key.join(), known);
      return known;
    },
    async close() {
      const all = await Promise.allSettled(opened.values());
      for (const one of all) if (one.status === 'fulfilled') await one.value.session.close();
    },
  };
}
