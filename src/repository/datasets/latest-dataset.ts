import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { errors, withDetails } from '../../errors.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';
import { jsonBytes, parseJsonBytes } from '../json-bytes.ts';
import { checkName, datasetsFolder, latestDatasetFile } from '../names.ts';

const LatestSchema = Type.Object({ digest: Type.String({ pattern: '^[0-9a-f]{64}$' }) });
const maxLatestBytes = 4096;
const maxAttempts = 20;

const keyOf = (name: string): string => `${datasetsFolder}/${name}/${latestDatasetFile}`;

/** The digest that a name alone means; undefined when nothing was stored under it. */
export async function readLatest(
  store: ArtifactStore,
  name: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  return (await look(store, name, signal)).digest;
}

/** Makes a digest the latest of its name by compare-and-set; of two at once, one is the later. */
export async function moveLatest(
  store: ArtifactStore,
  name: string,
  digest: string,
  signal?: AbortSignal,
): Promise<void> {
  const body = jsonBytes({ digest });
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const now = await look(store, name, signal);
    // Also when our write was done and only its answer was lost.
    if (now.digest === digest) return;
    const condition = now.etag === undefined ? 'absent' : { etag: now.etag };
    if ((await store.write(keyOf(name), body, { condition, signal })) !== 'conflict') return;
    await sleep(randomInt(1, Math.min(1_000, 10 * 2 ** attempt)), undefined, { signal });
  }
  throw new errors.GLIMPSE_LABEL_CONFLICT(`latest of dataset ${name}`);
}

async function look(
  store: ArtifactStore,
  name: string,
  signal?: AbortSignal,
): Promise<{ readonly digest?: string; readonly etag?: string }> {
  checkName('dataset name', name);
  const key = keyOf(name);
  const found = await store.read(key, { maxBytes: maxLatestBytes, signal });
  if (typeof found !== 'object') return {};
  const refuse = (reason: string, cause?: unknown): never => {
    throw withDetails(new errors.GLIMPSE_MANIFEST_INVALID(key, reason), { key }, cause);
  };
  const value = parseJsonBytes(found.body, refuse);
  if (!Value.Check(LatestSchema, value)) return refuse('it must name a digest');
  return { digest: value.digest, etag: found.etag };
}
