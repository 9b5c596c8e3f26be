import type { DecodedArray } from 'hyparquet';
import { readDictionary, readNumbers, readValues } from './page-values.ts';
import { openColumn, type ColumnLocation } from './parquet-pages.ts';

/** Some rows that follow each other: one value each, null where there is none. */
export interface RowRun<Value = unknown> {
  /** Index of the first, in its row group. */
  readonly first: number;
  readonly values: ArrayLike<Value>;
}

/**
 * The rows of one column in one row group, page by page: what is held of a column is never more than a
 * page, however large its writer made the group. Whole pages before row `from` are passed over.
 */
export async function* readColumnRuns(location: ColumnLocation, from = 0): AsyncGenerator<RowRun> {
  const column = openColumn(location);
  let dictionary: DecodedArray | undefined;
  let first = 0;
  while (!column.ended()) {
    const page = await column.nextPage();
    if (page.isDictionary) dictionary = readDictionary(page, column);
    else if (first + page.count > from) {
      yield { first, values: readValues(page, column, dictionary).values };
    }
    first += page.count;
  }
}

/** The numbers of a row of lists, however deep they lie. */
export interface ListRow {
  readonly values: Float64Array;
  /** For each number on which level a list goes on with it: 0 begins the row, the deepest goes on with the innermost. */
  readonly repetition: ArrayLike<number>;
}

/** The same for a column of lists. */
export async function* readListRuns(location: ColumnLocation): AsyncGenerator<RowRun<ListRow>> {
  const column = openColumn(location);
  let dictionary: DecodedArray | undefined;
  let open: ListRow | undefined;
  let first = 0;
  while (!column.ended()) {
    const page = await column.nextPage();
    if (page.isDictionary) dictionary = readDictionary(page, column);
    if (page.count === 0) continue;
    const { values, repetition = [] } = readNumbers(page, column, dictionary);
    // The last row may go on in the next page: it stays open until that is known.
    const split = splitRows({ values, repetition: Uint8Array.from(repetition) }, open);
    yield { first, values: split.rows };
    first += split.rows.length;
    open = split.open;
  }
  if (open) yield { first, values: [open] };
}

interface SplitRows {
  readonly rows: ListRow[];
  readonly open: ListRow;
}

interface PageOfLists {
  readonly values: Float64Array;
  readonly repetition: Uint8Array;
}

/** The whole rows of a page, the first of them begun before it, and the one that is still open. */
function splitRows({ values, repetition }: PageOfLists, before: ListRow | undefined): SplitRows {
  const starts: number[] = [];
  for (let at = 0; at < repetition.length; at += 1) if (repetition[at] === 0) starts.push(at);
  const [begin = values.length, ...ends] = starts;
  const begun = {
    values: Float64Array.of(...(before?.values ?? []), ...values.subarray(0, begin)),
    repetition: Uint8Array.of(
      ...Array.from(before?.repetition ?? []),
      ...repetition.subarray(0, begin),
    ),
  };
  if (starts.length === 0) return { rows: [], open: begun };
  const rowOf = (start: number, end: number): ListRow => ({
    values: values.subarray(start, end),
    repetition: repetition.subarray(start, end),
  });
  const whole = ends.map((end, index) => rowOf(starts[index]!, end));
  const last = starts.at(-1)!;
  return {
    rows: before ? [begun, ...whole] : whole,
    // A copy, so that one row does not keep its whole page.
    open: { values: values.slice(last), repetition: repetition.slice(last) },
  };
}
