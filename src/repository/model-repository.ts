import { join } from 'node:path';
import { errors, isGlimpseError } from '../errors.ts';
import type { ArtifactStore } from './stores/artifact-store.ts';
import { explainDisk } from '../disk-errors.ts';
import * as deletion from './deletion/create-deletions.ts';
import { createHistoryRepository } from './history/history-repository.ts';
import { createApprovalRepository } from './approvals/approval-repository.ts';
import { createKeptRepository, labelledIn } from './cache/kept-repository.ts';
import { announceTraffic, readLabels } from './labels.ts';
import { modelOf, modelsOf, type ListedModel } from './listing.ts';
import type { Manifest } from './manifest.ts';
import { checkChange, moveLabel, recordMove } from './move-label.ts';
import * as names from './names.ts';
import { publishProtected } from './publishing/publish-protected.ts';
import { checkRoom } from './publishing/publish.ts';
import { readManifest } from './read-manifest.ts';
import { createReleaseRepository } from './releases/release-repository.ts';
import type { LabelChange, MovedLabel, Repository } from './repository.ts';
import { createTrafficRepository } from './traffic/traffic-repository.ts';
import { asSingleWriter } from './stores/single-writer-store.ts';
import { createDatasetRepository } from './datasets/create-dataset-repository.ts';
import {
  checkSizes,
  filesOfVersion,
  strayFiles,
  verifyFolder,
  type VerifiedFolder,
} from './verified-folder.ts';
import { createVersionCache, type VersionCache } from './cache/version-cache.ts';

export interface RepositoryOptions {
  readonly store: ArtifactStore;
  /** Folder for the downloaded versions of stores that are not on this machine. */
  readonly cacheDir: string;
  /** How much the downloaded versions may take of the disk; those that labels name stay all the same. */
  readonly maxCacheBytes?: number;
  /** A version with a larger file is refused, when it is published and when it is opened. */
  readonly maxArtifactBytes: number;
  /** The same for the files of a dataset; as of a version when left out. */
  readonly maxDatasetBytes?: number;
  /** How many models there may be; a version of a further one is refused. */
  readonly maxModels?: number;
  /** How long something that was deleted can be taken back; a week when left out. */
  readonly deleteGraceMs?: number;
  readonly now?: () => Date;
  /** false: publish even where the store does not enforce conditions; only safe with one writer. */
  readonly requireConditionalWrites?: boolean;
}

const usualMaxModels = 1_000;
const usualGraceMs = 7 * 24 * 3_600_000;

/** Written where there are no conditions to be tried: "_probe" is no model name, so no reader looks there. */
const writableKey = '_probe/writable.json';

/** The repository of `repository.ts` on top of any store. Closes the store when it is closed. */
export function createRepository(options: RepositoryOptions): Repository {
  const { maxArtifactBytes, now = () => new Date(), requireConditionalWrites = true } = options;
  const store = requireConditionalWrites ? options.store : asSingleWriter(options.store);
  const cacheRoot = join(options.cacheDir, store.id);
  const cache = createVersionCache(store, cacheRoot, {
    maxBytes: options.maxCacheBytes ?? Infinity,
    wanted: async () => labelledIn(await kept.listing()),
  });
  const kept = createKeptRepository(`${store.uri} ${store.id}`, cacheRoot, cache);
  // A store that is a folder of this machine has its files there, or nothing has them.
  const folder = store.localFolder('');
  const checkConditions = conditionCheck(store, !requireConditionalWrites);
  const documents = documentsIn({ store, now, checkConditions });
  const graceMs = options.deleteGraceMs ?? usualGraceMs;
  const deleting = { store, now, graceMs, checkConditions, ...documents };
  const publishing = {
    store,
    maxArtifactBytes,
    maxModels: options.maxModels ?? usualMaxModels,
    now,
    onMoved: recordMove.bind(null, documents.history),
  };

  return {
    uri: store.uri,
    name: store.name,
    ...(folder === undefined ? { kept } : { folder }),
    ...listingsOf(store),
    labels: (...model) => readLabels(store, ...model),
    setLabel: (change, signal) => setLabel(deleting, change, signal),
    manifest: (model, version, signal) => readManifest(store, model, version, signal),
    open: async (model, version, signal) => {
      const manifest = await readManifest(store, model, version, signal);
      checkSizes(manifest.files, maxArtifactBytes, `${model}/${version}`);
      return { manifest, ...(await openFiles(store, cache, manifest, signal)) };
    },
    checkRoom: (model, labels = [], signal) => checkRoom(publishing, model, labels, signal),
    tryPublishing: async (model, labels = [], signal) => {
      await checkRoom(publishing, model, labels, signal);
      if (requireConditionalWrites) return checkConditions(signal);
      await store.write(writableKey, Buffer.from('{}\n'), { signal });
    },
    publish: async (draft, signal, publication) => {
      await checkConditions(signal);
      return publishProtected(publishing, documents, draft, signal, publication);
    },
    ...documents,
    deletions: deletion.createDeletions(deleting),
    datasets: createDatasetRepository({
      store,
      maxBytes: options.maxDatasetBytes ?? maxArtifactBytes,
      now,
      checkConditions,
    }),
    close: () => store.close(),
  };
}

/** Moves a label to a version that is there, and keeps it there where somebody deletes it meanwhile. */
async function setLabel(
  documents: Parameters<typeof moveLabel>[1] & Parameters<typeof createHistoryRepository>[0],
  change: LabelChange,
  signal?: AbortSignal,
): Promise<MovedLabel> {
  const { store, checkConditions } = documents;
  const { model, version: target } = change;
  await checkChange(change, (...version) => readManifest(store, ...version, signal));
  if (target !== null) await deletion.checkNotDeleted(store, model, target, signal);
  await checkConditions(signal);
  const moved = await moveLabel(store, documents, change, signal);
  if (target !== null) await deletion.keepNamed(store, model, target, signal);
  return moved;
}

/** What lies beside the versions of each model. */
function documentsIn(
  context: Parameters<typeof createHistoryRepository>[0],
): Pick<Repository, 'releases' | 'history' | 'traffic' | 'approvals'> {
  const history = createHistoryRepository(context);
  const recording = { ...context, history };
  return {
    releases: createReleaseRepository(recording),
    history,
    traffic: deletion.keepingNamed(
      context.store,
      createTrafficRepository({ ...recording, announce: announceTraffic }),
    ),
    approvals: createApprovalRepository(recording),
  };
}

/** Before the first write: a store that ignores conditions would let two publishers collide. */
function conditionCheck(
  store: ArtifactStore,
  isTrustedAlready: boolean,
): (signal?: AbortSignal) => Promise<void> {
  let isTrusted = isTrustedAlready;
  return async (signal) => {
    if (isTrusted) return;
    if (!(await store.enforcesConditions(signal))) {
      throw new errors.GLIMPSE_STORE_NOT_CONDITIONAL(store.name);
    }
    isTrusted = true;
  };
}

/** What listings of the store tell. */
function listingsOf(
  store: ArtifactStore,
): Pick<Repository, 'models' | 'versions' | 'list' | 'listAll'> {
  return {
    models: async (signal) => (await store.folders('', signal)).filter(names.isModelName).sort(),
    versions: async (model, signal) =>
      (await listModel(store, model, signal)).versions.map(({ version }) => version),
    list: (model, signal) => listModel(store, model, signal),
    listAll: async (signal) => {
      const keys = await store.list('', signal);
      return { models: modelsOf(keys), keys: keys.length };
    },
  };
}

async function listModel(
  store: ArtifactStore,
  model: string,
  signal?: AbortSignal,
): Promise<ListedModel> {
  names.checkName('model name', model);
  return modelOf(model, await store.list(model, signal));
}

/**
 * Where the store is a folder of this machine its own files are used, verified but not copied. Only
 * when files lie among them that the manifest does not name, the named ones are copied out, so that
 * a runtime can never pick up a neighbour nobody verified.
 */
async function openFiles(
  store: ArtifactStore,
  cache: VersionCache,
  manifest: Manifest,
  signal?: AbortSignal,
): Promise<VerifiedFolder> {
  const { model, version, files } = manifest;
  const folder = store.localFolder(`${model}/${version}`);
  try {
    if (folder === undefined) return await cache.open(manifest, signal);
    const verified = await verifyFolder(folder, filesOfVersion(manifest), signal);
    const known = [
      ...files.map(({ path }) => path),
      names.manifestFile,
      names.claimFile,
      names.releaseFile,
      names.deletedFile,
      names.purgingFile,
    ];
    const stray = await strayFiles(folder, new Set(known));
    return stray.length === 0 ? verified : await cache.open(manifest, signal);
  } catch (error) {
    if (isGlimpseError(error) || signal?.aborted) throw error;
    throw explainDisk(error, store.name);
  }
}
