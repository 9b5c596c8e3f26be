import { Check } from 'typebox/schema';
import { errors } from '../../errors.ts';
import { Type } from '../../schema/builder.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';
import { compareAndSet, type StoredValue } from '../compare-and-set.ts';
import { parseJsonBytes, refusalAt } from '../json-bytes.ts';
import { checkName, datasetsFolder, latestDatasetFile } from '../names.ts';

const LatestSchema = Type.Object({ digest: Type.String({ pattern: '^[0-9a-f]{64}$' }) });
const maxLatestBytes = 4096;

const keyOf = (name: string): string => `${datasetsFolder}/${name}/${latestDatasetFile}`;

/** The digest that a name alone means; undefined when nothing was stored under it. */
export async function readLatest(
  store: ArtifactStore,
  name: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  return (await readPointer(store, name, signal)).value.digest;
}

/** Makes a digest the latest of its name by compare-and-set; of two at once, one is the later. */
export async function moveLatest(
  store: ArtifactStore,
  name: string,
  digest: string,
  signal?: AbortSignal,
): Promise<void> {
  const moved = await compareAndSet<{ readonly digest?: string }>(store, {
    key: keyOf(name),
    read: () => readPointer(store, name, signal),
    change: () => ({ digest }),
    accept: (bytes) => parseLatest(bytes, keyOf(name)),
    signal,
  });
  if (moved) return;
  throw new errors.GLIMPSE_LABEL_CONFLICT(`latest of dataset ${name}`);
}

async function readPointer(
  store: ArtifactStore,
  name: string,
  signal?: AbortSignal,
): Promise<StoredValue<{ readonly digest?: string }>> {
  checkName('dataset name', name);
  const key = keyOf(name);
  const found = await store.read(key, { maxBytes: maxLatestBytes, signal });
  if (typeof found !== 'object') return { value: {}, etag: undefined };
  return { value: parseLatest(found.body, key), etag: found.etag };
}

function parseLatest(bytes: Uint8Array, key: string): { readonly digest: string } {
  const refuse = refusalAt(key);
  const value = parseJsonBytes(bytes, maxLatestBytes, refuse);
  return Check(LatestSchema, value) ? value : refuse('it must name a digest');
}
