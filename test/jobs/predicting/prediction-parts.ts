import { join } from 'node:path';
import { bindBatchPredictor } from '../../../src/compose/serving-path.ts';
import { createOutputPlaces } from '../../../src/datasets/places/output-place.ts';
import type { ImagePreparer } from '../../../src/image/prepare-image.ts';
import type { JobContext } from '../../../src/jobs/kinds/job-kind.ts';
import { createDiskStore } from '../../../src/repository/stores/disk/disk-store.ts';
import { streamsOver } from '../../datasets/dataset-files.ts';
import { servingLimits } from '../../training/tiny-run.ts';

/** Places in a folder, whose models lie in it too. */
export function outputsIn(folder: string) {
  return createOutputPlaces({
    root: folder,
    buckets: [],
    reserved: [join(folder, 'models')],
    openStore: (uri) => createDiskStore({ root: uri }),
  });
}

/** What only batch predictions work with. */
export function predictionParts(
  folder: string,
  images: ImagePreparer,
): Pick<JobContext<never>, 'streamDataset' | 'outputs' | 'openBatchPredictor'> {
  return {
    streamDataset: streamsOver(folder),
    outputs: outputsIn(folder),
    openBatchPredictor: bindBatchPredictor(servingLimits, images),
  };
}

/** For kinds of jobs that write nothing out. */
export const noOutputs = { check: () => Promise.reject(new Error('nothing is written out here')) };
