import { errors } from '../../errors.ts';
import type { DatasetManifest } from '../../repository/datasets/dataset-manifest.ts';
import type { Repository } from '../../repository/repository.ts';
import { textOfShape } from '../dataset.ts';
import type { DatasetSpec } from '../spec.ts';

/** The part of the repository that datasets are read from. */
export type DatasetStorage = Pick<Repository, 'datasets' | 'close'>;

const storedUri = /^dataset:([A-Za-z0-9][A-Za-z0-9._-]{0,63})(?:@([0-9a-f]{8,64}))?$/i;

/** How a request names exactly this dataset, whatever is stored later. */
export function uriOfStored({ name, digest }: Pick<DatasetManifest, 'name' | 'digest'>): string {
  return `dataset:${name}@${digest}`;
}

/** The dataset that "dataset:name" or "dataset:name@digest" means now. */
export async function findStored(
  { datasets }: DatasetStorage,
  uri: string,
  signal?: AbortSignal,
): Promise<DatasetManifest> {
  const found = storedUri.exec(uri);
  if (!found) {
    throw new errors.GLIMPSE_DATASET_INVALID(
      `"${uri.slice(0, 200)}" is not dataset:name or dataset:name@digest, with at least 8 digits of it`,
    );
  }
  return datasets.find(found[1]!, found[2]?.toLowerCase(), signal);
}

/** What says how files are read. */
const OF_FILES = [
  'format',
  'path',
  'labelColumn',
  'imageColumn',
  'split',
  'labelsUri',
  'range',
  'layout',
] as const;

/** Refuses what makes no sense for a dataset that was read long ago. */
export function checkStoredSpec(spec: DatasetSpec, { shape }: DatasetManifest): void {
  const odd = OF_FILES.find((name) => spec[name] !== undefined);
  if (odd) {
    throw new errors.GLIMPSE_INVALID_REQUEST(
      `${odd} is for data that is still to be read; a stored dataset takes offset, limit and classes`,
    );
  }
  const wanted = spec.shape ?? shape;
  if (textOfShape(wanted) !== textOfShape(shape)) {
    throw new errors.GLIMPSE_DATASET_INVALID(
      `its images are ${textOfShape(shape)}, not ${textOfShape(wanted)}`,
    );
  }
}
