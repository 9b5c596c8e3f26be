import { errors } from '../../errors.ts';
import type { FileOnDisk, ReadOptions } from '../bytes/byte-source.ts';
import { cellsOf, readCsvRecords, type CsvRecord, type PlainRecord } from '../bytes/csv-records.ts';
import type { ExampleRow, Row } from '../row.ts';

/** Column names taken for the label when the request names none. */
const LABEL_NAMES = ['label', 'class', 'target', 'y'];

/** Reads the files of one CSV dataset: they share one layout, and a header may stand in each of them. */
export interface CsvReader {
  read(file: FileOnDisk, options: ReadOptions): AsyncGenerator<Row>;
}

/** One label column, every other column a pixel. */
export function createCsvReader(labelColumn: string | number | undefined): CsvReader {
  let layout: CsvLayout | undefined;
  let width: number | undefined;
  return {
    async *read(file, options) {
      let isFirst = true;
      for await (const record of readCsvRecords(file, options)) {
        const cells = isFirst ? cellsOf(record) : undefined;
        isFirst = false;
        const known = layout;
        layout ??= findLayout(cells ?? [], labelColumn);
        if (cells && (known ? isHeaderAgain(cells, known) : layout.header)) continue;
        const row = toRow(record, layout.label, width);
        width ??= row.values.length;
        yield row;
      }
    },
  };
}

export interface CsvLayout {
  /** The names of the columns, when the first row tells them. */
  readonly header: readonly string[] | undefined;
  /** Position of the label column. */
  readonly label: number;
}

/** A first row is a header when the label is asked by name, or any cell but the label is no number. */
function findLayout(cells: string[], labelColumn: string | number | undefined): CsvLayout {
  const label = typeof labelColumn === 'number' ? positionIn(cells, labelColumn) : 0;
  const isHeader =
    typeof labelColumn === 'string' || cells.some((cell, at) => at !== label && isWord(cell));
  if (!isHeader) return { header: undefined, label };
  return { header: cells, label: findColumn(cells, labelColumn) };
}

const isWord = (cell: string): boolean => Number.isNaN(Number(cell));

/** The label column of a header; the first one when none has a telling name. */
function findColumn(header: readonly string[], labelColumn: string | number | undefined): number {
  if (typeof labelColumn === 'number') return positionIn(header, labelColumn);
  const wanted = labelColumn === undefined ? LABEL_NAMES : [labelColumn.toLowerCase()];
  const found = header.findIndex((name) => wanted.includes(name.toLowerCase()));
  if (found < 0 && labelColumn !== undefined) {
    throw new errors.GLIMPSE_DATASET_INVALID(`it has no column "${labelColumn}"`);
  }
  return Math.max(found, 0);
}

function positionIn(cells: readonly string[], column: number): number {
  const position = column < 0 ? cells.length + column : column;
  if (position < 0 || position >= cells.length) {
    throw new errors.GLIMPSE_DATASET_INVALID(`it has ${cells.length} columns, no column ${column}`);
  }
  return position;
}

/** Whether the first row of a later file is the header; another one than the first file's is refused. */
function isHeaderAgain(cells: readonly string[], { header }: CsvLayout): boolean {
  if (header && cells.join() === header.join()) return true;
  if (cells.filter(isWord).length <= cells.length / 2) return false;
  throw new errors.GLIMPSE_DATASET_INVALID('CSV: its files have different headers');
}

function toRow(record: CsvRecord, label: number, width: number | undefined): ExampleRow {
  const row = 'bytes' in record ? readDigits(record, label, width) : undefined;
  if (row) return row;
  const cells = [...cellsOf(record)];
  const [name] = cells.splice(label, 1);
  return { line: record.line, label: name, values: cells };
}

const [ZERO, NINE] = [48, 57];

/**
 * A line of nothing but numbers from 0 to 255 (and the label), read without making text of it. It usually
 * has as many as the first one had: `width`.
 */
function readDigits(
  { line, bytes, delimiter }: PlainRecord,
  label: number,
  width: number | undefined,
): ExampleRow | undefined {
  const mark = delimiter.charCodeAt(0);
  let values = Buffer.allocUnsafe(Math.min(width ?? bytes.length, bytes.length));
  let [column, count, number, digits] = [0, 0, 0, 0];
  let name = '';
  for (let at = 0, start = 0; at <= bytes.length; at += 1) {
    const byte = at < bytes.length ? bytes[at]! : mark;
    if (byte === mark) {
      if (column === label) name = bytes.toString('utf8', start, at);
      else if (digits === 0 || digits > 3 || number > 255) return undefined;
      else {
        if (count === values.length) values = Buffer.concat([values], bytes.length);
        values[count] = number;
        count += 1;
      }
      [column, number, digits, start] = [column + 1, 0, 0, at + 1];
    } else if (byte >= ZERO && byte <= NINE) {
      number = number * 10 + byte - ZERO;
      digits += 1;
    } else if (column !== label) return undefined;
  }
  if (column <= label) return undefined;
  return { line, label: name, values: values.subarray(0, count) };
}
