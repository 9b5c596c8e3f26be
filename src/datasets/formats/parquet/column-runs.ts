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

/** The same for a column of lists: a row is its numbers, however deep they lie. */
export async function* readListRuns(
  location: ColumnLocation,
): AsyncGenerator<RowRun<Float64Array>> {
  const column = openColumn(location);
  let dictionary: DecodedArray | undefined;
  let open: Float64Array | undefined;
  let first = 0;
  while (!column.ended()) {
    const page = await column.nextPage();
    if (page.isDictionary) dictionary = readDictionary(page, column);
    if (page.count === 0) continue;
    const { values, repetition = [] } = readNumbers(page, column, dictionary);
    // The last row may go on in the next page: it stays open until that is known.
    const split = splitRows(values, repetition, open);
    yield { first, values: split.rows };
    first += split.rows.length;
    open = split.open;
  }
  if (open) yield { first, values: [open] };
}

interface SplitRows {
  readonly rows: Float64Array[];
  readonly open: Float64Array;
}

/** The whole rows of a page, the first of them begun before it, and the one that is still open. */
function splitRows(
  values: Float64Array,
  repetition: ArrayLike<number>,
  before: Float64Array | undefined,
): SplitRows {
  const starts: number[] = [];
  for (let at = 0; at < repetition.length; at += 1) if (repetition[at] === 0) starts.push(at);
  const [begin = values.length, ...ends] = starts;
  const begun = Float64Array.of(...(before ?? []), ...values.subarray(0, begin));
  if (starts.length === 0) return { rows: [], open: begun };
  const whole = ends.map((end, index) => values.subarray(starts[index], end));
  return {
    rows: before ? [begun, ...whole] : whole,
    // A copy, so that one row does not keep its whole page.
    open: values.slice(starts.at(-1)),
  };
}
