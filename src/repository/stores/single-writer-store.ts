import type { ArtifactStore, WriteCondition } from './artifact-store.ts';

/**
 * A store that cannot promise conditional writes, made usable for one writer: the condition is looked
 * at first and the object written after, so two writers at once could still overwrite each other.
 */
export function asSingleWriter(store: ArtifactStore): ArtifactStore {
  return {
    ...store,
    write: async (key, body, { condition, signal } = {}) => {
      if (condition !== undefined && !(await holds(store, key, condition, signal)))
        return 'conflict';
      return store.write(key, body, { signal });
    },
  };
}

async function holds(
  store: ArtifactStore,
  key: string,
  condition: WriteCondition,
  signal?: AbortSignal,
): Promise<boolean> {
  const found = await store.read(key, { signal });
  if (typeof found !== 'object') return condition === 'absent';
  return condition !== 'absent' && found.etag === condition.etag;
}
