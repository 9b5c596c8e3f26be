import { randomUUID } from 'node:crypto';
import { readMark } from '../deletion-mark.ts';
import { jsonBytes } from '../json-bytes.ts';
import {
  claimFile,
  datasetsFolder,
  deletedFile,
  manifestFile,
  purgingFile,
  versionNumbers,
} from '../names.ts';
import { rememberNumbers } from '../numbers-used.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';
import { createVersionDeletions, namesNow, type DeletionOptions } from './delete-versions.ts';
import type { PrunedStep, PruneStep } from '../deletions.ts';
import { essenceOf } from './prune-plan.ts';

/** Who has begun to remove files and said nothing for so long is dead, and another may go on. */
const takeOverAfterMs = 15 * 60_000;

/**
 * Does what was planned, one step after the other. Whatever has changed since is looked at again: what was taken back, or
 * named, is left. What is killed in the middle is gone on with by the next prune.
 */
export async function carryOutPrune(
  options: DeletionOptions,
  steps: readonly PruneStep[],
  signal?: AbortSignal,
): Promise<PrunedStep[]> {
  await options.checkConditions(signal);
  const done: PrunedStep[] = [];
  for (const step of steps) {
    const left = await carryOut(options, step, signal);
    done.push({ ...step, ...(left !== undefined && { left }) });
  }
  return done;
}

async function carryOut(
  options: DeletionOptions,
  { kind, folder }: PruneStep,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const [model = '', version = ''] = folder.split('/');
  if (kind === 'delete') {
    const why = 'glimpse prune: beyond the versions that are kept';
    const cause = { by: { kind: 'terminal' as const, id: '' }, why };
    const deletions = createVersionDeletions(options);
    return await deletions
      .deleteVersion(model, Number(version), { cause }, signal)
      .then(() => undefined, String);
  }
  if (kind === 'claim') {
    await removeClaim(options.store, folder, signal);
    return undefined;
  }
  const left = await purge(options, folder, signal);
  return kind === 'mark' && left === takenBack ? undefined : left;
}

const takenBack = 'it was taken back';

/** The claim goes last: until then the number is seen to be taken. */
async function removeClaim(
  store: ArtifactStore,
  folder: string,
  signal?: AbortSignal,
): Promise<void> {
  await removeAll(store, folder, [claimFile], signal);
  // It may have been published after all.
  if ((await store.read(`${folder}/${manifestFile}`, { signal })) === undefined) {
    await store.remove(`${folder}/${claimFile}`, signal);
  }
}

/** Says that it begins, looks whether it may, then removes: what makes it what it is first, and the marks last. */
async function purge(
  options: DeletionOptions,
  folder: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const { store, now } = options;
  if (!(await begin(store, folder, now(), signal))) return 'somebody else is removing it';
  const end = (): Promise<void> => store.remove(`${folder}/${purgingFile}`, signal);
  const mark = await readMark(store, folder, signal);
  if (mark === undefined || Date.parse(mark.until) > now().getTime()) {
    await end();
    return takenBack;
  }
  const names = await namesOf(options, folder, signal);
  if (names.length > 0) {
    await end();
    await store.remove(`${folder}/${deletedFile}`, signal);
    return names.join(', ');
  }
  await removeFiles(store, folder, signal);
  // The next prune finds what was deleted, and nobody what is only being removed.
  await end();
  await store.remove(`${folder}/${deletedFile}`, signal);
  return undefined;
}

async function namesOf(
  options: DeletionOptions,
  folder: string,
  signal?: AbortSignal,
): Promise<string[]> {
  const [model = '', version] = folder.split('/');
  if (model === datasetsFolder || version === undefined) return [];
  return await namesNow(options, model, Number(version), signal);
}

/** false while somebody else is at it. */
async function begin(
  store: ArtifactStore,
  folder: string,
  now: Date,
  signal?: AbortSignal,
): Promise<boolean> {
  const key = `${folder}/${purgingFile}`;
  const bytes = jsonBytes({ by: randomUUID(), startedAt: now.toISOString() });
  if ((await store.write(key, bytes, { condition: 'absent', signal })) !== 'conflict') return true;
  const found = await store.read(key, { signal });
  if (typeof found !== 'object') return false;
  // A time that nobody can read is long ago.
  const said = /"startedAt":\s*"([^"]+)"/.exec(Buffer.from(found.body).toString('utf8'))?.[1];
  const startedAt = Date.parse(said ?? '');
  if (now.getTime() - startedAt < takeOverAfterMs) return false;
  const taken = await store.write(key, bytes, { condition: { etag: found.etag }, signal });
  return taken !== 'conflict';
}

/** A version leaves its claim, so that its number stays taken; a model leaves a note of its highest number. */
async function removeFiles(
  store: ArtifactStore,
  folder: string,
  signal?: AbortSignal,
): Promise<void> {
  const marks = [deletedFile, purgingFile];
  const isModel = !folder.includes('/');
  if (isModel) {
    const numbers = versionNumbers(await store.folders(folder, signal));
    await rememberNumbers(store, folder, Math.max(1, ...numbers), signal);
    const keys = await store.list(folder, signal);
    const manifests = keys.filter(({ key }) => key.endsWith(`/${manifestFile}`));
    for (const { key } of manifests) await store.remove(key, signal);
  } else {
    await store.remove(`${folder}/${essenceOf(folder)}`, signal);
    if (!folder.startsWith(`${datasetsFolder}/`)) marks.push(claimFile);
  }
  await removeAll(store, folder, marks, signal);
}

async function removeAll(
  store: ArtifactStore,
  folder: string,
  but: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const kept = new Set(but.map((file) => `${folder}/${file}`));
  for (const { key } of await store.list(folder, signal)) {
    if (!kept.has(key)) await store.remove(key, signal);
  }
}
