import { setTimeout as delay } from 'node:timers/promises';
import type { Static } from 'typebox';
import { Check } from 'typebox/schema';
import { Type } from '../schema/builder.ts';
import { jsonBytes, parseJsonBytes, refusalAt } from './json-bytes.ts';
import { deletedFile, purgingFile } from './names.ts';
import type { ArtifactStore } from './stores/artifact-store.ts';

/**
 * What was deleted on purpose has a mark beside it until its files are removed: that it is there is what listings
 * see, so that nobody has to read it. A second mark says that removing has begun. Of two who write one mark each and
 * then look for the other's, at least one sees it: nothing is taken back and removed at once.
 */
const DeletionMarkSchema = Type.Object({
  formatVersion: Type.Literal(1),
  deletedAt: Type.String({ description: 'RFC 3339, UTC.' }),
  until: Type.String({ description: 'It can be taken back until then, at least.' }),
});
export type DeletionMark = Static<typeof DeletionMarkSchema>;

const maxMarkBytes = 64 * 1024;
/** Who removes files looks whether it may within milliseconds of saying that it begins. */
const purgeWaitMs = 10_000;
const lookAgainMs = 50;

/** The mark of a version, a model or a dataset, by its folder; undefined when it is not deleted. */
export async function readMark(
  store: ArtifactStore,
  folder: string,
  signal?: AbortSignal,
): Promise<DeletionMark | undefined> {
  const key = `${folder}/${deletedFile}`;
  const found = await store.read(key, { maxBytes: maxMarkBytes, signal });
  if (typeof found !== 'object') return undefined;
  const refuse = refusalAt(key);
  const value = parseJsonBytes(found.body, maxMarkBytes, refuse);
  if (!Check(DeletionMarkSchema, value) || Number.isNaN(Date.parse(value.until))) {
    return refuse('it must say when it was deleted, and until when it can be taken back');
  }
  return value;
}

/** Marks a folder as deleted. The mark that was there before stays, and is what is returned. */
export async function writeMark(
  store: ArtifactStore,
  folder: string,
  { now, graceMs }: { readonly now: Date; readonly graceMs: number },
  signal?: AbortSignal,
): Promise<DeletionMark> {
  const until = new Date(now.getTime() + graceMs).toISOString();
  const mark: DeletionMark = { formatVersion: 1, deletedAt: now.toISOString(), until };
  const key = `${folder}/${deletedFile}`;
  const written = await store.write(key, jsonBytes(mark), { condition: 'absent', signal });
  return (written === 'conflict' && (await readMark(store, folder, signal))) || mark;
}

/** Whether somebody removes its files, or has begun to and died. */
export async function isBeingPurged(
  store: ArtifactStore,
  folder: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const key = `${folder}/${purgingFile}`;
  return (await store.read(key, { maxBytes: maxMarkBytes, signal })) !== undefined;
}

/**
 * Takes a deletion back; false when it is too late. `isWhole` tells whether what was deleted is still there, once
 * whoever was about to remove it has looked.
 */
export async function removeMark(
  store: ArtifactStore,
  folder: string,
  isWhole: () => Promise<boolean>,
  signal?: AbortSignal,
): Promise<boolean> {
  if (await isBeingPurged(store, folder, signal)) return false;
  await store.remove(`${folder}/${deletedFile}`, signal);
  const giveUpAt = Date.now() + purgeWaitMs;
  while (await isBeingPurged(store, folder, signal)) {
    if (Date.now() > giveUpAt) return false;
    await delay(lookAgainMs, undefined, { signal });
  }
  return await isWhole();
}
