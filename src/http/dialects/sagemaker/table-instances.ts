import { textOfDataUrl } from '../../../base64.ts';
import { isList, isRecord, itemsOf, NumberList } from '../../../json.ts';
import { pixelsInput, type Instance } from '../../../serving/prepare-instances.ts';
import { checkCount, invalidBody, jsonTypeOf } from '../body-problem.ts';
import { imageOf, isB64, tensorOf } from '../sent-values.ts';

/** Rows as a data frame has them: one image each. */
export interface Table {
  /** Undefined where the columns have no names. */
  readonly columns: readonly string[] | undefined;
  readonly rows: readonly Row[];
}

type Row = readonly unknown[] | NumberList;

const widthOf = (row: Row): number => (row instanceof NumberList ? row.shape[0]! : row.length);

/**
 * One image for each row: a row of several columns is its numbers, and one column holds files of images in base64, or
 * lists of numbers.
 */
export function instancesOfTable({ columns, rows }: Table, maxImages: number): Instance[] {
  checkCount(rows.length, maxImages);
  const [first] = rows;
  const width = columns?.length ?? (first ? widthOf(first) : 0);
  return rows.map((row, at) => {
    const own = widthOf(row);
    if (own !== width) {
      throw invalidBody(`row ${at} has ${own} values, where there are ${width} columns.`);
    }
    if (width === 1) return instanceOfValue(itemsOf(row)?.[0], columns?.[0], at);
    return tensorOf(row, undefined);
  });
}

/** One image from one value: a file in base64, a data URL, or numbers. */
export function instanceOfValue(value: unknown, name: string | undefined, at: number): Instance {
  if (isB64(value)) return imageOf(value.b64, at);
  if (typeof value === 'string') return imageOf(base64Of(value), at);
  // Columns are called as somebody likes; this one name says that its numbers are pixels.
  if (isList(value)) {
    return tensorOf(value, name === pixelsInput ? name : undefined);
  }
  throw invalidBody(
    `row ${at} holds neither a list of numbers nor the base64 of an image, but ${jsonTypeOf(value)}.`,
  );
}

function base64Of(text: string): string {
  const found = textOfDataUrl(text);
  return found && 'base64' in found ? found.base64 : text;
}

/** `{"columns": [...], "data": [[...], ...]}`, as `DataFrame.to_json(orient="split")` writes it; its index is not needed. */
export function tableOfSplit(split: unknown): Table {
  const { columns, data } = isRecord(split) ? split : {};
  const rows = itemsOf(data);
  if (!rows?.every(isList)) {
    throw invalidBody('"dataframe_split" must be {"columns": [...], "data": [[...], ...]}.');
  }
  const names = columns instanceof NumberList ? columns.plain() : columns;
  return { columns: Array.isArray(names) ? names.map(nameOf) : undefined, rows };
}

function nameOf(column: unknown): string {
  if (typeof column === 'string' || typeof column === 'number') return String(column);
  throw invalidBody('the "columns" of "dataframe_split" must be names or numbers.');
}

/** `[{column: value, ...}, ...]`, as `DataFrame.to_json(orient="records")` writes it. */
export function tableOfRecords(records: unknown): Table {
  const [first] = Array.isArray(records) ? records : [];
  if (!Array.isArray(records) || !records.every(isRecord)) {
    throw invalidBody('"dataframe_records" must be a list of objects, one for each row.');
  }
  const columns = isRecord(first) ? Object.keys(first) : [];
  const rows = records.map((record, at) => {
    const known = columns.filter((column) => Object.hasOwn(record, column));
    if (known.length !== columns.length || Object.keys(record).length !== columns.length) {
      throw invalidBody(`record ${at} does not have the columns of the first one.`);
    }
    return columns.map((column) => record[column]);
  });
  return { columns, rows };
}
