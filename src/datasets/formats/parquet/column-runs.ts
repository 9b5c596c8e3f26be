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
  readonly repetition: Uint8Array;
}

/** No row, to which others are joined. */
const NONE: ListRow = { values: new Float64Array(), repetition: new Uint8Array() };

/** The same for a column of lists. */
export async function* readListRuns(location: ColumnLocation): AsyncGenerator<RowRun<ListRow>> {
  const column = openColumn(location);
  let dictionary: DecodedArray | undefined;
  let open = NONE;
  let first = 0;
  while (!column.ended()) {
    const page = await column.nextPage();
    if (page.isDictionary) dictionary = readDictionary(page, column);
    if (page.count === 0) continue;
    const { values, repetition } = readNumbers(page, column, dictionary);
    // The last row may go on in the next page: it stays open until that is known.
    const split = splitRows({ values, repetition: Uint8Array.from(repetition!) }, open);
    yield { first, values: split.rows };
    first += split.rows.length;
    open = split.open;
  }
  if (open.values.length > 0) yield { first, values: [open] };
}

interface SplitRows {
  readonly rows: ListRow[];
  readonly open: ListRow;
}

/** The whole rows of a page, the first of them begun before it, and the one that is still open. */
function splitRows(page: ListRow, before: ListRow): SplitRows {
  const { repetition } = page;
  const starts: number[] = [];
  for (let at = repetition.indexOf(0); at >= 0; at = repetition.indexOf(0, at + 1)) starts.push(at);
  const begun = joined(before, partOf(page, 0, starts[0]));
  if (starts.length === 0) return { rows: [], open: begun };
  const whole = starts.slice(1).map((end, index) => partOf(page, starts[index]!, end));
  return {
    rows: begun.values.length > 0 ? [begun, ...whole] : whole,
    // A copy, so that one row does not keep its whole page.
    open: joined(partOf(page, starts.at(-1)!), NONE),
  };
}

function partOf({ values, repetition }: ListRow, start: number, end?: number): ListRow {
  return { values: values.subarray(start, end), repetition: repetition.subarray(start, end) };
}

/** One row of two parts, which is none of their memory. */
function joined(first: ListRow, second: ListRow): ListRow {
  const { length } = first.values;
  const values = new Float64Array(length + second.values.length);
  const repetition = new Uint8Array(values.length);
  for (const [part, at] of [[first, 0] as const, [second, length] as const]) {
    values.set(part.values, at);
    repetition.set(part.repetition, at);
  }
  return { values, repetition };
}
