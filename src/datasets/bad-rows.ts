import { errors, withDetails, type GlimpseError } from '../errors.ts';
import type { RowLocation } from './row.ts';
import { createRowReporter, locationOf, type RowReport } from './row-report.ts';

/** A row that could not be used. */
export interface BadRow extends RowLocation {
  readonly reason: string;
}

export interface BadRowCounter {
  add(row: RowLocation, reason: string): void;
  /** Judges the whole file once it is read: `rows` counts good and bad ones. */
  judge(rows: number): RowReport<BadRow>;
}

/**
 * Counts unusable rows against `maxBadRows`: a fraction of all rows when below 1, else a number.
 * Throws GLIMPSE_TOO_MANY_BAD_ROWS, with the first rows and reasons as details, as early as it is sure; or
 * what `explain` knows of their common cause.
 */
export function countBadRows(
  maxBadRows: number,
  maxRows: number,
  explain: () => GlimpseError | undefined = () => undefined,
): BadRowCounter {
  const bad = createRowReporter<BadRow>();
  const allowed = (all: number) => Math.floor(maxBadRows < 1 ? maxBadRows * all : maxBadRows);
  const check = (all: number, shown: number | string): RowReport<BadRow> => {
    const badRows = bad.report();
    if (badRows.count <= allowed(all)) return badRows;
    const limit = maxBadRows < 1 ? `${maxBadRows * 100} %` : maxBadRows;
    const cause = explain();
    if (cause) throw withDetails(cause, { ...cause.details, badRows });
    const error = new errors.GLIMPSE_TOO_MANY_BAD_ROWS(badRows.count, shown, limit);
    throw withDetails(error, { badRows });
  };
  return {
    add(row, reason) {
      bad.add(() => ({ ...locationOf(row), reason }));
      check(maxRows, 'the first');
    },
    judge: (rows) => check(rows, rows),
  };
}
