import { Check } from 'typebox/schema';
import { Type } from '../schema/builder.ts';
import { jsonBytes, parseJsonBytes, refusalAt } from './json-bytes.ts';
import { deletedFolder } from './names.ts';
import type { ArtifactStore } from './stores/artifact-store.ts';

const NumbersSchema = Type.Object({ highest: Type.Integer({ minimum: 1 }) });
const maxBytes = 4096;

const keyOf = (model: string): string => `${deletedFolder}/${model}.json`;

/** The highest number that a model had whose files were removed; 0 for one that never was. */
export async function numbersUsed(
  store: ArtifactStore,
  model: string,
  signal?: AbortSignal,
): Promise<number> {
  const key = keyOf(model);
  const found = await store.read(key, { maxBytes, signal });
  if (typeof found !== 'object') return 0;
  const refuse = refusalAt(key);
  const value = parseJsonBytes(found.body, maxBytes, refuse);
  // Who does not know which numbers were used would use one again.
  return Check(NumbersSchema, value) ? value.highest : refuse('it must say the highest number');
}

/** Remembers the numbers of a model whose last folder is about to be removed, so that none is used again. */
export async function rememberNumbers(
  store: ArtifactStore,
  model: string,
  highest: number,
  signal?: AbortSignal,
): Promise<void> {
  const before = await numbersUsed(store, model, signal);
  await store.write(keyOf(model), jsonBytes({ highest: Math.max(before, highest) }), { signal });
}
