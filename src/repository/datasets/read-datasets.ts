import { mapConcurrently } from '../../concurrency.ts';
import { errors, isGlimpseError } from '../../errors.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';
import {
  maxDatasetManifestBytes,
  parseDatasetManifest,
  type DatasetManifest,
} from './dataset-manifest.ts';
import type { ListedDataset } from './dataset-repository.ts';
import { explainDisk } from '../../disk-errors.ts';
import { readMark } from '../deletion-mark.ts';
import { downloadVerified } from '../download-verified.ts';
import { readLatest } from './latest-dataset.ts';
import { checkName, datasetFile, datasetKey, datasetsFolder } from '../names.ts';
import { verifyFolder, type FileSet, type VerifiedFolder } from '../verified-folder.ts';

/** Finding and reading what lies under `datasets/`. */

/** Descriptions read at once for a list. */
const readsAtOnce = 8;
const wholeDigest = /^[0-9a-f]{64}$/;
const someDigest = /^[0-9a-f]{8,64}$/;

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

export async function listDatasets(
  store: ArtifactStore,
  name: string,
  signal?: AbortSignal,
): Promise<ListedDataset[]> {
  const digests = await digestsOf(store, name, signal);
  const listed = await mapConcurrently(digests, readsAtOnce, (digest) =>
    listDataset(store, name, digest, signal),
  );
  const found = listed.filter((one) => one !== undefined);
  return found.sort((a, b) => (createdAt(a) > createdAt(b) ? -1 : 1));
}

async function listDataset(
  store: ArtifactStore,
  name: string,
  digest: string,
  signal?: AbortSignal,
): Promise<ListedDataset | undefined> {
  try {
    const manifest = await readDataset(store, name, digest, signal);
    if (manifest && (await isDeletedDataset(store, name, digest, signal))) return undefined;
    return manifest && { digest, manifest };
  } catch (error) {
    if (!isGlimpseError(error) || error.code !== 'GLIMPSE_MANIFEST_INVALID') throw error;
    return { digest, problem: error.message };
  }
}

/** Whether it was deleted and can be taken back still; its digest is given whole. */
export async function isDeletedDataset(
  store: ArtifactStore,
  name: string,
  digest: string,
  signal?: AbortSignal,
): Promise<boolean> {
  checkName('dataset name', name);
  if (!wholeDigest.test(digest)) return false;
  return (await readMark(store, `${datasetsFolder}/${name}/${digest}`, signal)) !== undefined;
}

/** The time to sort by; datasets whose manifest cannot be read come last. */
function createdAt(one: ListedDataset): string {
  return 'manifest' in one ? one.manifest.createdAt : '';
}

export async function findDataset(
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
    if (!manifest || (await isDeletedDataset(store, name, candidate, signal))) continue;
    found.push(manifest);
  }
  const [first] = found;
  if (first === undefined) throw new errors.GLIMPSE_DATASET_NOT_FOUND(title);
  if (found.length > 1) throw new errors.GLIMPSE_DATASET_AMBIGUOUS(title);
  return first;
}

/** Undefined when there is none: files alone are no dataset. */
export async function readDataset(
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

export function filesOf({ name, digest, files }: DatasetManifest): FileSet {
  return { files, keyOf: (path) => datasetKey(name, digest, path) };
}

/** Its verified files: in place on this disk, else downloaded into `folder`. */
export async function openDataset(
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
    throw explainDisk(error, store.name);
  }
}
