import { errors, withDetails } from '../errors.ts';
import { exampleSize, type ImageShape } from './dataset.ts';
import { printable } from './file-names.ts';
import { isIndexName } from './label-column.ts';
import { refuseAtOnce, type Refuse } from './refusal.ts';
import { squareShape } from './row.ts';

/** Columns that number the rows of a table, as many writers add them, and that would be taken for a pixel. */

/**
 * Refuses a table one of whose columns of pixels is called like one of row numbers, and is one too many; gives that column
 * where reading goes on without it.
 */
export function findRowNumbers(
  pixels: readonly string[],
  shape: ImageShape | undefined,
  refuse: Refuse = refuseAtOnce,
): string | undefined {
  const named = pixels.find(isIndexName);
  if (named === undefined || !isOneTooMany(pixels.length, shape)) return undefined;
  const error = new errors.GLIMPSE_DATASET_INVALID(
    `it has one column too many for its images: is "${printable(named)}" a row number? Write the table without it`,
  );
  refuse(withDetails(error, { column: named }));
  return named;
}

/** What to add to the reason why so many values are no image. */
export function doubtRowNumber(values: number, shape: ImageShape | undefined): string {
  return isOneTooMany(values, shape) ? '; one column too many: is the first a row number?' : '';
}

function isOneTooMany(values: number, shape: ImageShape | undefined): boolean {
  if (shape) return values === exampleSize(shape) + 1;
  return values > 2 && !squareShape(values) && squareShape(values - 1) !== undefined;
}
