import { randomUUID } from 'node:crypto';
import { errors } from '../../errors.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';
import { parseDatasetManifest, type DatasetManifest } from './dataset-manifest.ts';
import type { DatasetDraft, PutDataset } from './dataset-repository.ts';
import { isBeingPurged, readMark, removeMark } from '../deletion-mark.ts';
import { describeFiles, writeFiles } from '../draft-files.ts';
import { jsonBytes } from '../json-bytes.ts';
import { moveLatest } from './latest-dataset.ts';
import { checkName, datasetFile, datasetKey, datasetsFolder } from '../names.ts';
import { filesOf, openDataset, readDataset } from './read-datasets.ts';

export interface Putting {
  readonly store: ArtifactStore;
  /** A dataset with a larger file is refused. */
  readonly maxBytes: number;
  readonly now: () => Date;
}

/** How often a dataset that somebody deletes meanwhile is put again. */
const maxAttempts = 3;

/**
 * Files, description, latest, in this order; see `dataset-repository.ts` for what that promises. A dataset that was deleted
 * is taken back by it; one that was deleted, or removed, while it was put, is put again.
 */
export async function putDataset(
  putting: Putting,
  draft: DatasetDraft,
  signal?: AbortSignal,
): Promise<PutDataset> {
  const { store } = putting;
  checkName('dataset name', draft.name);
  for (let attempt = 1; ; attempt += 1) {
    await takeBack(store, draft, signal);
    const put = await putOnce(putting, draft, signal);
    const folder = `${datasetsFolder}/${draft.name}/${draft.digest}`;
    const isDeleted = (await readMark(store, folder, signal)) !== undefined;
    if (!isDeleted && (await hasItsFiles(store, put.manifest, signal))) return put;
    if (attempt === maxAttempts) throw purged(draft);
  }
}

/** GLIMPSE_DATASET_PURGED once its files have begun to be removed: what is written now could be removed, too. */
async function takeBack(
  store: ArtifactStore,
  draft: DatasetDraft,
  signal?: AbortSignal,
): Promise<void> {
  const folder = `${datasetsFolder}/${draft.name}/${draft.digest}`;
  if (!(await readMark(store, folder, signal))) {
    if (await isBeingPurged(store, folder, signal)) throw purged(draft);
    return;
  }
  if (!(await removeMark(store, folder, async () => true, signal))) throw purged(draft);
}

const purged = ({ name, digest }: DatasetDraft): Error =>
  new errors.GLIMPSE_DATASET_PURGED(`datasets/${name}@${digest}`);

async function putOnce(
  { store, maxBytes, now }: Putting,
  draft: DatasetDraft,
  signal?: AbortSignal,
): Promise<PutDataset> {
  const { name, digest, writerId = randomUUID() } = draft;
  const subject = `dataset ${name}@${digest}`;
  const files = await describeFiles(draft.files, { maxBytes, subject, signal });
  const bytes = jsonBytes(describe(draft, { files, writerId, createdAt: now().toISOString() }));
  // A draft that no reader would accept is refused before anything is written.
  const manifest = parseDatasetManifest(bytes, name, digest);
  const before = await readDataset(store, name, digest, signal);
  const isSound = before !== undefined && (await isWhole(store, before, signal));
  if (!isSound) await writeFiles(store, draft.files, filesOf(manifest), signal);
  const stored = before ?? (await writeDescription(store, manifest, bytes, signal));
  await moveLatest(store, name, digest, signal);
  return { manifest: stored, created: stored.writerId === writerId };
}

/** Field by field: a caller's object may carry more than a draft has, and key order is what people read. */
function describe(
  draft: DatasetDraft,
  own: Pick<DatasetManifest, 'files' | 'writerId' | 'createdAt'>,
): DatasetManifest {
  return {
    formatVersion: 1,
    name: draft.name,
    digest: draft.digest,
    createdAt: own.createdAt,
    writerId: own.writerId,
    shape: draft.shape,
    examples: draft.examples,
    classes: draft.classes,
    classCounts: draft.classCounts,
    ...(draft.preprocessing && { preprocessing: draft.preprocessing }),
    source: draft.source,
    report: draft.report,
    files: own.files,
  };
}

/** Writes the manifest; returns that of another writer when it stored the same examples at the same time. */
async function writeDescription(
  store: ArtifactStore,
  manifest: DatasetManifest,
  bytes: Uint8Array,
  signal?: AbortSignal,
): Promise<DatasetManifest> {
  const { name, digest } = manifest;
  const key = datasetKey(name, digest, datasetFile);
  const written = await store.write(key, bytes, { condition: 'absent', signal });
  if (written !== 'conflict') return manifest;
  const theirs = await readDataset(store, name, digest, signal);
  if (theirs) return theirs;
  throw new errors.GLIMPSE_STORE_UNAVAILABLE(store.name, `${key} came and went`);
}

/** Whether its description and files of the right sizes are (still) there. */
async function hasItsFiles(
  store: ArtifactStore,
  dataset: DatasetManifest,
  signal?: AbortSignal,
): Promise<boolean> {
  const folder = `${datasetsFolder}/${dataset.name}/${dataset.digest}`;
  const sizes = new Map((await store.list(folder, signal)).map(({ key, size }) => [key, size]));
  const { files, keyOf } = filesOf(dataset);
  const isDescribed = sizes.has(keyOf(datasetFile));
  return isDescribed && files.every(({ path, size }) => sizes.get(keyOf(path)) === size);
}

/** Whether the files of a described dataset are (still) there: digests are compared where that needs no download. */
async function isWhole(
  store: ArtifactStore,
  dataset: DatasetManifest,
  signal?: AbortSignal,
): Promise<boolean> {
  const folder = `${datasetsFolder}/${dataset.name}/${dataset.digest}`;
  if (!(await hasItsFiles(store, dataset, signal))) return false;
  if (store.localFolder(folder) === undefined) return true;
  return openDataset(store, dataset, '', signal).then(
    () => true,
    (error: unknown) => {
      if (error instanceof errors.GLIMPSE_CHECKSUM_MISMATCH) return false;
      throw error;
    },
  );
}
