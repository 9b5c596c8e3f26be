import { errors } from '../../errors.ts';
import type { DatasetManifest } from './dataset-manifest.ts';
import type { DatasetRepository } from './dataset-repository.ts';
import { readLatest } from './latest-dataset.ts';
import { datasetsFolder, isName } from '../names.ts';
import { putDataset, type Putting } from './put-dataset.ts';
import { findDataset, listDatasets, openDataset } from './read-datasets.ts';

export interface DatasetRepositoryOptions extends Putting {
  /** Rejects when writing here is not safe. */
  readonly checkConditions: (signal?: AbortSignal) => Promise<void>;
}

/** The datasets of `dataset-repository.ts` on top of any store. */
export function createDatasetRepository(options: DatasetRepositoryOptions): DatasetRepository {
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

function checkSizes({ name, digest, files }: DatasetManifest, maxBytes: number): void {
  const large = files.find(({ size }) => size > maxBytes);
  if (large === undefined) return;
  const reason = `${large.path} has ${large.size} bytes; at most ${maxBytes} are read`;
  throw new errors.GLIMPSE_MANIFEST_INVALID(`dataset ${name}@${digest}`, reason);
}
