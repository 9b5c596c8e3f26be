import { errors } from '../../errors.ts';
import { moveLatest, readLatest } from '../datasets/latest-dataset.ts';
import { findDataset, isDeletedDataset, listDatasets } from '../datasets/read-datasets.ts';
import { writeMark } from '../deletion-mark.ts';
import { datasetFile, datasetKey, datasetsFolder } from '../names.ts';
import { restore, type DeletionOptions } from './delete-versions.ts';
import type { Deletions } from '../deletions.ts';

const folderOf = (name: string, digest: string): string => `${datasetsFolder}/${name}/${digest}`;

/** The deletions of stored datasets. */
export function createDatasetDeletions({
  store,
  now,
  graceMs,
  checkConditions,
}: Pick<DeletionOptions, 'store' | 'now' | 'graceMs' | 'checkConditions'>): Pick<
  Deletions,
  'deleteDataset' | 'restoreDataset'
> {
  return {
    async deleteDataset(name, beginning, signal) {
      await checkConditions(signal);
      const { digest } = await findDataset(store, name, beginning, signal);
      const mark = await writeMark(store, folderOf(name, digest), { now: now(), graceMs }, signal);
      // Whoever names the dataset alone means the newest that is left.
      if ((await readLatest(store, name, signal)) === digest) {
        const [newest] = await listDatasets(store, name, signal);
        if (newest) await moveLatest(store, name, newest.digest, signal);
      }
      return { mark, digest };
    },
    async restoreDataset(name, digest, signal) {
      const title = `datasets/${name}@${digest.slice(0, 64)}`;
      if (!(await isDeletedDataset(store, name, digest, signal))) {
        throw new errors.GLIMPSE_DATASET_NOT_FOUND(title);
      }
      const description = datasetKey(name, digest, datasetFile);
      const isWhole = async () => (await store.read(description, { signal })) !== undefined;
      await restore(store, folderOf(name, digest), `Dataset ${title}`, isWhole);
    },
  };
}
