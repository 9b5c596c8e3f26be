import { mapConcurrently } from '../../concurrency.ts';
import { readMark, type DeletionMark } from '../deletion-mark.ts';
import { currentLabels } from '../labels.ts';
import { modelsOf, type ListedModel } from '../listing.ts';
import {
  claimFile,
  datasetFile,
  datasetsFolder,
  deletedFile,
  isModelName,
  manifestFile,
  purgingFile,
  versionNumbers,
} from '../names.ts';
import type { ArtifactStore, StoredKey } from '../stores/artifact-store.ts';
import type { PrunePolicy, PruneStep } from '../deletions.ts';
import type { DeletionOptions } from './delete-versions.ts';
import { namesOfVersion } from './named-by.ts';

/** Who publishes for longer is dead. */
const abandonedAfterMs = 24 * 3_600_000;
const readsAtOnce = 8;

/** What there is to be removed of a repository, by one listing and a read for each thing that was deleted. */
export async function planPrune(
  { store, now, traffic }: Pick<DeletionOptions, 'store' | 'now' | 'traffic'>,
  { keep, model: only }: PrunePolicy,
  signal?: AbortSignal,
): Promise<PruneStep[]> {
  const keys = await store.list(only ?? '', signal);
  const sizes = sizesOf(keys);
  const present = new Set(keys.map(({ key }) => key));
  const purges = await duePurges(store, keys, sizes, now(), signal);
  const purged = new Set(purges.filter(({ kind }) => kind === 'purge').map(({ folder }) => folder));
  const models = modelsOf(keys).filter(({ model }) => !purged.has(model));
  const steps = await mapConcurrently(models, readsAtOnce, async (listed) => {
    const claims = await abandonedClaims(store, listed, { present, sizes, now: now() }, signal);
    if (keep === undefined || listed.versions.length <= keep) return claims;
    const { labels } = await currentLabels(store, listed.model, signal);
    const { record } = await traffic.read(listed.model, signal);
    const beyond = listed.versions
      .slice(0, -keep)
      .filter(({ version }) => namesOfVersion(version, { labels, traffic: record }).length === 0)
      .map(({ version, bytes }): PruneStep => {
        const why = `${listed.versions.length} versions, of which the newest ${keep} stay and those that something names`;
        return { kind: 'delete', folder: `${listed.model}/${version}`, bytes, why };
      });
    return [...claims, ...beyond];
  });
  return [...purges, ...steps.flat()];
}

/** Everything that was deleted and cannot be taken back any more. */
async function duePurges(
  store: ArtifactStore,
  keys: readonly StoredKey[],
  sizes: ReadonlyMap<string, number>,
  now: Date,
  signal?: AbortSignal,
): Promise<PruneStep[]> {
  const ending = `/${deletedFile}`;
  const folders = keys
    .filter(({ key }) => key.endsWith(ending))
    .map(({ key }) => key.slice(0, -ending.length))
    .filter(isDeletable);
  const marks = await mapConcurrently(folders, readsAtOnce, (folder) =>
    readMark(store, folder, signal),
  );
  const due = folders.flatMap((folder, index) => {
    const mark: DeletionMark | undefined = marks[index];
    if (mark === undefined || Date.parse(mark.until) > now.getTime()) return [];
    const why = `deleted ${mark.deletedAt}, to be taken back until ${mark.until}`;
    return [{ kind: 'purge' as const, folder, bytes: sizes.get(folder) ?? 0, why }];
  });
  return [...due, ...leftMarks(keys)];
}

/** Where a prune died once it had seen that something was taken back: its mark would keep that from being deleted again. */
function leftMarks(keys: readonly StoredKey[]): PruneStep[] {
  const ending = `/${purgingFile}`;
  const marked = new Set(keys.map(({ key }) => key));
  return keys
    .filter(({ key }) => key.endsWith(ending))
    .map(({ key }) => key.slice(0, -ending.length))
    .filter((folder) => isDeletable(folder) && !marked.has(`${folder}/${deletedFile}`))
    .map((folder) => ({
      kind: 'mark',
      folder,
      bytes: 0,
      why: 'a prune died here; nothing else is removed',
    }));
}

function isDeletable(folder: string): boolean {
  const [first = '', second = '', third] = folder.split('/');
  if (first === datasetsFolder) return third !== undefined;
  return isModelName(first) && (second === '' || versionNumbers([second]).length > 0);
}

/** Bytes under every folder. */
function sizesOf(keys: readonly StoredKey[]): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { key, size } of keys) {
    const parts = key.split('/');
    for (let depth = 1; depth < parts.length; depth += 1) {
      const folder = parts.slice(0, depth).join('/');
      sizes.set(folder, (sizes.get(folder) ?? 0) + size);
    }
  }
  return sizes;
}

interface Seen {
  readonly present: ReadonlySet<string>;
  readonly sizes: ReadonlyMap<string, number>;
  readonly now: Date;
}

/** Numbers that were taken and never got a manifest. The highest one stays, so that it is not taken again. */
async function abandonedClaims(
  store: ArtifactStore,
  { model }: ListedModel,
  { present, sizes, now }: Seen,
  signal?: AbortSignal,
): Promise<PruneStep[]> {
  const folders = [...sizes.keys()]
    .filter((folder) => folder.startsWith(`${model}/`) && folder.split('/').length === 2)
    .map((folder) => folder.slice(model.length + 1));
  const numbers = versionNumbers(folders);
  const highest = Math.max(0, ...numbers);
  const claimed = numbers.filter(
    (number) =>
      number < highest &&
      present.has(`${model}/${number}/${claimFile}`) &&
      !present.has(`${model}/${number}/${manifestFile}`),
  );
  const steps = await mapConcurrently(claimed, readsAtOnce, async (number) => {
    const folder = `${model}/${number}`;
    const claimedAt = await claimTime(store, `${folder}/${claimFile}`, signal);
    if (claimedAt === undefined || now.getTime() - claimedAt < abandonedAfterMs) return undefined;
    const why = `claimed ${new Date(claimedAt).toISOString()}, and never published`;
    return { kind: 'claim' as const, folder, bytes: sizes.get(folder) ?? 0, why };
  });
  return steps.filter((step) => step !== undefined);
}

/** When a number was claimed; undefined when nobody can tell. */
async function claimTime(
  store: ArtifactStore,
  key: string,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const found = await store.read(key, { signal });
  if (typeof found !== 'object') return undefined;
  const at = /"claimedAt":\s*"([^"]+)"/.exec(Buffer.from(found.body).toString('utf8'))?.[1];
  const time = at === undefined ? Number.NaN : Date.parse(at);
  return Number.isNaN(time) ? undefined : time;
}

/** What a folder holds that makes it what it is. */
export function essenceOf(folder: string): string {
  return folder.startsWith(`${datasetsFolder}/`) ? datasetFile : manifestFile;
}
