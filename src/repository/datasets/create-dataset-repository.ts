import type { DatasetRepository } from './dataset-repository.ts';
import { readLatest } from './latest-dataset.ts';
import { datasetsFolder, isName } from '../names.ts';
import { putDataset, type Putting } from './put-dataset.ts';
import { findDataset, listDatasets, openDataset } from './read-datasets.ts';
import { checkSizes } from '../verified-folder.ts';

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
      const title = `dataset ${dataset.name}@${dataset.digest}`;
      checkSizes(dataset.files, options.maxBytes, title);
      return openDataset(store, dataset, folder, signal);
    },
    put: async (draft, signal) => {
      await options.checkConditions(signal);
      return putDataset(options, draft, signal);
    },
  };
}
