import { randomUUID } from 'node:crypto';
import { errors, isGlimpseError } from '../errors.ts';
import type { ArtifactStore } from './artifact-store.ts';
import {
  maxDatasetManifestBytes,
  parseDatasetManifest,
  type DatasetManifest,
} from './dataset-manifest.ts';
import type { DatasetDraft, DatasetShelf, ListedDataset, PutDataset } from './dataset-shelf.ts';
import { explainDisk } from './disk-errors.ts';
import { downloadVerified } from './download-verified.ts';
import { checkUnchanged, describeFiles } from './draft-files.ts';
import { jsonBytes } from './json-bytes.ts';
import { moveLatest, readLatest } from './latest-dataset.ts';
import { checkName, datasetFile, datasetKey, datasetsFolder, isName } from './names.ts';
import { verifyFolder, type FileSet, type VerifiedFolder } from './verified-folder.ts';

export interface ShelfOptions {
  readonly store: ArtifactStore;
  /** A dataset with a larger file is refused. */
  readonly maxBytes: number;
  readonly now: () => Date;
  /** Rejects when writing here is not safe. */
  readonly checkConditions: (signal?: AbortSignal) => Promise<void>;
}

const wholeDigest = /^[0-9a-f]{64}$/;
const someDigest = /^[0-9a-f]{8,64}$/;

/** The shelf of `dataset-shelf.ts` on top of any store. */
export function createDatasetShelf(options: ShelfOptions): DatasetShelf {
  const { store } = options;
  return {
    names: async (signal) => (await store.folders(datasetsFolder, signal)).filter(isName).sort(),
    latest: (name, signal) => readLatest(store, name, signal),
    list: (name, signal) => listDatasets(store, name, signal),
    find: (name, digest, signal) => findDataset(store, name, digest, signal),
    open: async (dataset, folder, signal) => {
      checkSizes(dataset, options.maxBytes);
      return openDataset(store, dataset, folder, signal);
    },
    put: async (draft, signal) => {
      await options.checkConditions(signal);
      return putDataset(options, draft, signal);
    },
  };
}

/** Folders of whole digests; whether a dataset is in there its description tells. */
async function digestsOf(
  store: ArtifactStore,
  name: string,
  signal?: AbortSignal,
): Promise<string[]> {
  checkName('dataset name', name);
  const folders = await store.folders(`${datasetsFolder}/${name}`, signal);
  return folders.filter((folder) => wholeDigest.test(folder)).sort();
}

async function listDatasets(
  store: ArtifactStore,
  name: string,
  signal?: AbortSignal,
): Promise<ListedDataset[]> {
  const listed: ListedDataset[] = [];
  for (const digest of await digestsOf(store, name, signal)) {
    try {
      const manifest = await readDataset(store, name, digest, signal);
      if (manifest) listed.push({ digest, manifest });
    } catch (error) {
      if (!isGlimpseError(error) || error.code !== 'GLIMPSE_MANIFEST_INVALID') throw error;
      listed.push({ digest, problem: error.message });
    }
  }
  return listed.sort((a, b) => (createdAt(a) > createdAt(b) ? -1 : 1));
}

/** Those that do not tell when come last. */
function createdAt(one: ListedDataset): string {
  return 'manifest' in one ? one.manifest.createdAt : '';
}

async function findDataset(
  store: ArtifactStore,
  name: string,
  digest: string | undefined,
  signal?: AbortSignal,
): Promise<DatasetManifest> {
  const title = `datasets/${name}${digest === undefined ? '' : `@${digest.slice(0, 64)}`}`;
  const wanted = digest ?? (await readLatest(store, name, signal));
  if (wanted === undefined || !someDigest.test(wanted)) {
    throw new errors.GLIMPSE_DATASET_NOT_FOUND(title);
  }
  const candidates = wholeDigest.test(wanted)
    ? [wanted]
    : (await digestsOf(store, name, signal)).filter((whole) => whole.startsWith(wanted));
  const found: DatasetManifest[] = [];
  for (const candidate of candidates) {
    const manifest = await readDataset(store, name, candidate, signal);
    if (manifest) found.push(manifest);
  }
  const [first] = found;
  if (first === undefined) throw new errors.GLIMPSE_DATASET_NOT_FOUND(title);
  if (found.length > 1) throw new errors.GLIMPSE_DATASET_AMBIGUOUS(title);
  return first;
}

/** Undefined when there is none: files alone are no dataset. */
async function readDataset(
  store: ArtifactStore,
  name: string,
  digest: string,
  signal?: AbortSignal,
): Promise<DatasetManifest | undefined> {
  checkName('dataset name', name);
  const key = datasetKey(name, digest, datasetFile);
  const found = await store.read(key, { maxBytes: maxDatasetManifestBytes, signal });
  return typeof found === 'object' ? parseDatasetManifest(found.body, name, digest) : undefined;
}

function filesOf({ name, digest, files }: DatasetManifest): FileSet {
  return { files, keyOf: (path) => datasetKey(name, digest, path) };
}

function checkSizes({ name, digest, files }: DatasetManifest, maxBytes: number): void {
  const large = files.find(({ size }) => size > maxBytes);
  if (large === undefined) return;
  const reason = `${large.path} has ${large.size} bytes; at most ${maxBytes} are read`;
  throw new errors.GLIMPSE_MANIFEST_INVALID(`dataset ${name}@${digest}`, reason);
}

async function openDataset(
  store: ArtifactStore,
  dataset: DatasetManifest,
  folder: string,
  signal?: AbortSignal,
): Promise<VerifiedFolder> {
  const files = filesOf(dataset);
  try {
    const local = store.localFolder(`${datasetsFolder}/${dataset.name}/${dataset.digest}`);
    return local === undefined
      ? await downloadVerified(store, files, folder, signal)
      : await verifyFolder(local, files, signal);
  } catch (error) {
    if (isGlimpseError(error) || signal?.aborted) throw error;
    throw explainDisk(error, store.uri);
  }
}

async function putDataset(
  { store, maxBytes, now }: ShelfOptions,
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
  if (!isSound) {
    for (const { path } of files) {
      await store.write(datasetKey(name, digest, path), draft.files.get(path)!, { signal });
    }
    await checkUnchanged(draft.files, files, signal);
  }
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

/** Somebody else's, when two have stored the same examples at once: theirs is as good. */
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
  throw new errors.GLIMPSE_STORE_UNAVAILABLE(store.uri, `${key} came and went`);
}

/** Whether the files of a described dataset are (still) there: looked into where that costs no download. */
async function isWhole(
  store: ArtifactStore,
  dataset: DatasetManifest,
  signal?: AbortSignal,
): Promise<boolean> {
  const folder = `${datasetsFolder}/${dataset.name}/${dataset.digest}`;
  const sizes = new Map((await store.list(folder, signal)).map(({ key, size }) => [key, size]));
  const { files, keyOf } = filesOf(dataset);
  if (!files.every(({ path, size }) => sizes.get(keyOf(path)) === size)) return false;
  if (store.localFolder(folder) === undefined) return true;
  return openDataset(store, dataset, '', signal).then(
    () => true,
    (error: unknown) => {
      if (error instanceof errors.GLIMPSE_CHECKSUM_MISMATCH) return false;
      throw error;
    },
  );
}
