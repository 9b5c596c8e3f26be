import { errors } from '../../errors.ts';
import type { DatasetSource } from '../source.ts';
import { printable } from '../file-names.ts';

/**
 * Refuses a folder that its writer has not finished, or whose files are not enough to know its rows.
 * Spark writes into "_temporary" and puts "_SUCCESS" beside the parts when all of them are there.
 */
export function checkFinished({ markers, title }: DatasetSource): void {
  const has = (mark: string): boolean => markers.some((name) => `/${name}`.includes(`/${mark}`));
  if (has('_temporary') && !has('_SUCCESS')) {
    throw new errors.GLIMPSE_DATASET_UNFINISHED(printable(title));
  }
  if (has('_delta_log')) {
    throw new errors.GLIMPSE_DATASET_INVALID(
      'it is a Delta table, whose log says which files count; export it as plain Parquet',
    );
  }
}
