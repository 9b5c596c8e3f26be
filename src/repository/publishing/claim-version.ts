import { Check } from 'typebox/schema';
import { errors } from '../../errors.ts';
import { Type } from '../../schema/builder.ts';
import type { DecidedVersion } from './decide-publication.ts';
import { readLabels } from '../labels.ts';
import { claimFile, manifestFile, versionKey, versionNumbers } from '../names.ts';
import { numbersUsed } from '../numbers-used.ts';
import type { Publication } from '../repository.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';

/** How often the next number is tried when others keep taking it. */
const maxClaims = 100;

/**
 * The number that an earlier try of the same publication has claimed: the one it remembers, or the highest one, when
 * the answer to its claim was lost.
 */
export async function claimedBefore(
  store: ArtifactStore,
  model: string,
  { writerId, claimed, wasTried = false }: Publication,
  signal?: AbortSignal,
): Promise<number | undefined> {
  if (claimed !== undefined) return claimed;
  if (!wasTried) return undefined;
  const highest = await highestNumber(store, model, signal);
  const key = versionKey(model, highest, claimFile);
  return highest > 0 && (await readOurs(store, key, writerId, signal)) ? highest : undefined;
}

/** Claims the next number that is free. GLIMPSE_PUBLISH_CONFLICT. */
export async function claimVersion(
  store: ArtifactStore,
  model: string,
  writerId: string,
  now: Date,
  signal?: AbortSignal,
): Promise<number> {
  const claim = Buffer.from(`${JSON.stringify({ writerId, claimedAt: now.toISOString() })}\n`);
  const next = (await highestNumber(store, model, signal)) + 1;
  for (let version = next; version < next + maxClaims; version += 1) {
    const key = versionKey(model, version, claimFile);
    const written = await store.write(key, claim, { condition: 'absent', signal });
    if (written !== 'conflict' || (await readOurs(store, key, writerId, signal))) return version;
  }
  throw new errors.GLIMPSE_PUBLISH_CONFLICT(model);
}

/** Counts folders, not versions: a claim without a manifest has used its number up. */
async function highestNumber(
  store: ArtifactStore,
  model: string,
  signal?: AbortSignal,
): Promise<number> {
  const folders = await store.folders(model, signal);
  const found = await readLabels(store, model, undefined, signal);
  // A version may have been deleted by hand, but not the memory that it was there.
  const labelled = found === 'unchanged' ? [] : Object.values(found.labels);
  const gone = folders.length === 0 ? await numbersUsed(store, model, signal) : 0;
  return Math.max(gone, ...versionNumbers(folders), ...labelled);
}

const SignedSchema = Type.Object({ writerId: Type.String() });

/**
 * What lies at a key, when we have written it ourselves. A store that has written, whose response is lost, and that
 * gets the same write again, says 'conflict'.
 */
async function readOurs(
  store: ArtifactStore,
  key: string,
  writerId: string,
  signal?: AbortSignal,
): Promise<Uint8Array | undefined> {
  const found = await store.read(key, { signal });
  if (typeof found !== 'object') return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(found.body).toString('utf8'));
    return Check(SignedSchema, value) && value.writerId === writerId ? found.body : undefined;
  } catch {
    return undefined;
  }
}

/** The manifest that the same writer has put beside the files of a version. */
export function readOurManifest(
  store: ArtifactStore,
  model: string,
  version: number,
  writerId: string,
  signal?: AbortSignal,
): Promise<Uint8Array | undefined> {
  return readOurs(store, versionKey(model, version, manifestFile), writerId, signal);
}

/** The manifest that lies there then: what was written, or what the same writer has written before. */
export async function writeManifest(
  store: ArtifactStore,
  model: string,
  { version, writerId, manifest }: DecidedVersion & { readonly manifest: Uint8Array },
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const key = versionKey(model, version, manifestFile);
  const written = await store.write(key, manifest, { condition: 'absent', signal });
  const found = written === 'conflict' ? await readOurs(store, key, writerId, signal) : manifest;
  if (found !== undefined) return found;
  throw new errors.GLIMPSE_PUBLISH_CONFLICT(model);
}
