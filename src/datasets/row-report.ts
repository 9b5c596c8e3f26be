import type { RowLocation } from './row.ts';

/** How many rows of a kind are listed one by one; the rest is only counted. */
const MAX_LISTED_ROWS = 20;

/** All rows of one kind are counted, the first of them listed. */
export interface RowReport<Listed> {
  readonly count: number;
  readonly rows: readonly Listed[];
}

export interface RowReporter<Listed> {
  /** Counts a row, and lists it when it is one of the first; without a description it is only counted. */
  add(describe?: () => Listed): void;
  report(): RowReport<Listed>;
}

/** Reports rows of one kind. */
export function createRowReporter<Listed>(): RowReporter<Listed> {
  const rows: Listed[] = [];
  let count = 0;
  return {
    add(describe) {
      count += 1;
      if (describe && rows.length < MAX_LISTED_ROWS) rows.push(describe());
    },
    report: () => ({ count, rows: [...rows] }),
  };
}

/** The location of a row alone, as reports list it. */
export function locationOf({
  line,
  element,
  entry,
}: {
  readonly line: number;
  readonly element?: number | undefined;
  readonly entry?: string | undefined;
}): RowLocation {
  return {
    line,
    ...(element !== undefined && { element }),
    ...(entry !== undefined && { entry }),
  };
}
