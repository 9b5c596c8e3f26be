import { errors } from '../../errors.ts';
import type { FileOnDisk, ReadOptions } from '../bytes/byte-source.ts';
import { cellsOf, readCsvRecords, type CsvRecord, type PlainRecord } from '../bytes/csv-records.ts';
import { columnAt, findLabelColumn, isLabelName, type LabelColumn } from '../label-column.ts';
import type { ExampleRow, Row } from '../row.ts';

/** Reads the files of one CSV dataset: they share one layout, and a header may stand in each of them. */
export interface CsvReader {
  read(file: FileOnDisk, options: ReadOptions): AsyncGenerator<Row>;
}

/** One label column, every other column a pixel. */
export function createCsvReader(labelColumn: LabelColumn): CsvReader {
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
  /** The names of the columns, when the first row is a header. */
  readonly header: readonly string[] | undefined;
  /** Position of the label column. */
  readonly label: number;
}

function findLayout(cells: readonly string[], labelColumn: LabelColumn): CsvLayout {
  if (typeof labelColumn === 'string' || isHeader(cells)) {
    return { header: cells, label: findLabelColumn(cells, labelColumn) };
  }
  // Nothing names the columns: the label is the one asked for by position, else the first.
  const label = typeof labelColumn === 'number' ? columnAt(cells.length, labelColumn) : 0;
  return { header: undefined, label };
}

/** So many numbers that count up are the names of columns, when there is a word among them. */
const CERTAIN_COUNT = 16;
const MAX_PIXEL = 255;

/** A first row is a header when it names the label or most columns, or numbers them: "label,0,1,2". */
function isHeader(cells: readonly string[]): boolean {
  const words = cells.filter(isWord);
  // A single letter may be a class of letters as well.
  if (words.some((word) => isLabelName(word) && word.length > 1)) return true;
  if (cells.length > 1 && words.length > cells.length / 2) return true;
  const numbers = cells.filter((cell) => cell !== '' && !isWord(cell)).map(Number);
  if (words.some(isLabelName)) return isIncreasing(numbers);
  const isAmongThem = cells.some((cell, at) => at > 0 && isWord(cell));
  return isCounting(numbers) && numbers.length > (isAmongThem ? CERTAIN_COUNT - 1 : MAX_PIXEL + 1);
}

const isWord = (cell: string): boolean => Number.isNaN(Number(cell));

const isIncreasing = (numbers: readonly number[]): boolean =>
  numbers.length > 0 && numbers.every((number, at) => at === 0 || number > numbers[at - 1]!);

/** One by one, from 0 or 1. */
function isCounting(numbers: readonly number[]): boolean {
  const [first = Number.NaN] = numbers;
  return (first === 0 || first === 1) && numbers.every((number, at) => number === first + at);
}

/** Whether the first row of a later file is the header; another one than the first file's is refused. */
function isHeaderAgain(cells: readonly string[], { header }: CsvLayout): boolean {
  if (header && cells.join() === header.join()) return true;
  if (!isHeader(cells)) return false;
  throw new errors.GLIMPSE_DATASET_INVALID('CSV: its files have different headers');
}

function toRow(record: CsvRecord, label: number, width: number | undefined): ExampleRow {
  const row = 'bytes' in record ? parseNumericLine(record, label, width) : undefined;
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
function parseNumericLine(
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
