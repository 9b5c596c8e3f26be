import { errors, withDetails, type GlimpseError } from '../errors.ts';
import type { Refuse } from './refusal.ts';
import type { RowLocation, RowProblem } from './row.ts';
import { createRowReporter, locationOf, type RowReport } from './row-report.ts';

/** A row that could not be used. */
export interface BadRow extends RowLocation {
  readonly reason: string;
}

export interface BadRowCounter {
  add(row: RowLocation, problem: RowProblem): void;
  /** Judges the whole file once it is read: `rows` counts good and bad ones. */
  judge(rows: number): RowReport<BadRow>;
}

export interface BadRowOptions {
  /** A fraction of all rows when below 1, else a number. */
  readonly maxBadRows: number;
  /** There are no more rows than that. */
  readonly maxExamples: number;
  readonly refuse: Refuse;
  readonly observer: {
    /** Called with every row that is no example. */
    readonly onBadRow?: (row: RowLocation, problem: string) => void;
  };
}

/**
 * Counts unusable rows against a limit. Refuses with GLIMPSE_TOO_MANY_BAD_ROWS, with the first rows and reasons as
 * details, as early as it is sure, and once; or with what `explain` knows of their common cause.
 */
export function countBadRows(
  { maxBadRows, maxExamples, refuse, observer }: BadRowOptions,
  explain: () => GlimpseError | undefined,
): BadRowCounter {
  const bad = createRowReporter<BadRow>();
  let isRefused = false;
  let first: Pick<RowProblem, 'option' | 'values'> | undefined;
  const allowed = (all: number) => Math.floor(maxBadRows < 1 ? maxBadRows * all : maxBadRows);
  const check = (all: number, shown: number | string): RowReport<BadRow> => {
    const badRows = bad.report();
    if (isRefused || badRows.count <= allowed(all)) return badRows;
    isRefused = true;
    const limit = maxBadRows < 1 ? `${maxBadRows * 100} %` : maxBadRows;
    const cause = explain();
    const error = cause ?? new errors.GLIMPSE_TOO_MANY_BAD_ROWS(badRows.count, shown, limit);
    const { option, values } = first ?? {};
    const decided = option && { option, ...(values && values.length > 0 && { values }) };
    refuse(withDetails(error, { ...(cause ? cause.details : decided), badRows }));
    return badRows;
  };
  return {
    add(row, problem) {
      const { problem: reason } = problem;
      observer.onBadRow?.(row, reason);
      // What would decide the first decides all that follow for the same reason.
      first ??= problem;
      if (first.option !== problem.option) first = {};
      bad.add(() => ({ ...locationOf(row), reason }));
      check(maxExamples, 'the first');
    },
    judge: (rows) => check(rows, rows),
  };
}
