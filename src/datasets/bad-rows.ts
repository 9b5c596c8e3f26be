import { errors, withDetails } from '../errors.ts';

/** How many bad rows are told one by one; the rest is only counted. */
const TOLD_ROWS = 20;

export interface BadRow {
  readonly line: number;
  /** The file or archive entry it came from, where there are several. */
  readonly entry?: string;
  readonly reason: string;
}

/** Examples that were kept although pixels of their images were lost. */
export interface DamagedReport {
  readonly count: number;
  /** The first of them. */
  readonly rows: readonly Omit<BadRow, 'reason'>[];
}

/** Counts damaged images; unlike bad rows they are learnt from, so no limit is set to them. */
export function countDamaged() {
  const rows: Omit<BadRow, 'reason'>[] = [];
  let count = 0;
  return {
    add({ line, entry }: Omit<BadRow, 'reason'>): void {
      count += 1;
      if (rows.length < TOLD_ROWS) rows.push({ line, ...(entry !== undefined && { entry }) });
    },
    report: (): DamagedReport => ({ count, rows }),
  };
}

/** What a dataset file held that could not be used. */
export interface BadRowReport {
  readonly count: number;
  /** The first of them. */
  readonly rows: readonly BadRow[];
}

export interface BadRowCounter {
  add(row: { readonly line: number; readonly entry?: string }, reason: string): void;
  /** Judges the whole file once it is read: `rows` counts good and bad ones. */
  judge(rows: number): BadRowReport;
}

/**
 * Counts unusable rows against `maxBadRows`: a fraction of all rows when below 1, else a number.
 * Throws GLIMPSE_TOO_MANY_BAD_ROWS, with the first rows and reasons as details, as early as it is sure.
 */
export function countBadRows(maxBadRows: number, maxRows: number): BadRowCounter {
  const rows: BadRow[] = [];
  let count = 0;
  const allowedOf = (all: number) =>
    maxBadRows < 1 ? Math.floor(maxBadRows * all) : Math.floor(maxBadRows);
  const refuse = (all: number | string) =>
    withDetails(
      new errors.GLIMPSE_TOO_MANY_BAD_ROWS(
        count,
        all,
        maxBadRows < 1 ? `${maxBadRows * 100} %` : maxBadRows,
      ),
      { badRows: { count, rows } },
    );
  return {
    add({ line, entry }, reason) {
      count += 1;
      if (rows.length < TOLD_ROWS)
        rows.push({ line, ...(entry !== undefined && { entry }), reason });
      if (count > allowedOf(maxRows)) throw refuse('the first');
    },
    judge(all) {
      if (count > allowedOf(all)) throw refuse(all);
      return { count, rows };
    },
  };
}
