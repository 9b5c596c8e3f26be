import { errors } from '../../errors.ts';
import type { FileOnDisk, ReadOptions } from '../bytes/byte-source.ts';
import { cellsOf, readCsvRecords, type CsvRecord, type PlainRecord } from '../bytes/csv-records.ts';
import { exampleSize, type ImageShape } from '../dataset.ts';
import { findRowNumbers } from '../row-numbers.ts';
import { createUnnamedColumns } from './unnamed-label.ts';
import {
  columnAt,
  findLabelColumn,
  isLabelName,
  type LabelColumn,
  type OnLabel,
} from '../label-column.ts';
import type { Refuse } from '../refusal.ts';
import type { ExampleRow, Row } from '../row.ts';
import type { ColumnChoice } from './tables/table-layout.ts';

/** Reads the files of one CSV dataset: they share one layout, and a header may stand in each of them. */
export interface CsvReader {
  read(file: FileOnDisk, options: ReadOptions): AsyncGenerator<Row>;
}

/** Most bytes of rows that are held until the label is found. */
const MAX_AHEAD_BYTES = 16 * 1024 * 1024;

/** Who is told of the label, and of what a look reads past. */
type CsvTold = Pick<ColumnChoice, 'refuse'> & { readonly onLabel?: OnLabel | undefined };

/** One label column, every other column a pixel. */
export function createCsvReader(
  labelColumn: LabelColumn,
  shape: ImageShape | undefined,
  { onLabel, refuse }: CsvTold = {},
  maxAheadBytes = MAX_AHEAD_BYTES,
): CsvReader {
  let layout: CsvLayout | undefined;
  return {
    async *read(file, options) {
      const records = readCsvRecords(file, options);
      const begun: CsvRecord[] = [];
      let known: CsvLayout | undefined;
      for await (const record of records) {
        if (known) {
          yield toRow(record, known);
          continue;
        }
        const cells = cellsOf(record);
        const isNamed = typeof labelColumn === 'string';
        const isHeaderRow = layout ? isHeaderAgain(cells, layout) : isNamed || isHeader(cells);
        if (!layout) {
          layout = isHeaderRow
            ? layoutOfHeader(cells, labelColumn, shape, refuse)
            : await layoutOfUnnamed(cells, labelColumn, shape, () =>
                readAhead(records, begun, maxAheadBytes),
              );
          const by = layout.header ? 'name' : 'contents';
          const column = layout.header?.[layout.label] ?? layout.label;
          if (column !== -1) onLabel?.({ column, by: labelColumn === undefined ? by : 'request' });
        }
        known = layout;
        if (!isHeaderRow) yield toRow(record, known);
        for (const ahead of begun.splice(0)) yield toRow(ahead, known);
      }
    },
  };
}

export interface CsvLayout {
  /** The names of the columns, when the first row is a header. */
  readonly header: readonly string[] | undefined;
  /** Position of the label column; -1 for none. */
  readonly label: number;
  /** Position of a column that is no pixel, where reading goes on without it. */
  readonly rowNumber?: number | undefined;
}

function layoutOfHeader(
  cells: readonly string[],
  labelColumn: LabelColumn,
  shape: ImageShape | undefined,
  refuse: Refuse | undefined,
): CsvLayout {
  const label = findLabelColumn(cells, labelColumn);
  const pixels = cells.filter((_, column) => column !== label);
  const named = findRowNumbers(pixels, shape, refuse);
  return { header: cells, label, ...(named !== undefined && { rowNumber: cells.indexOf(named) }) };
}

/** Nothing names the columns: the label is the one asked for by position, else found by what they hold. */
async function layoutOfUnnamed(
  cells: readonly string[],
  labelColumn: LabelColumn,
  shape: ImageShape | undefined,
  more: () => AsyncIterable<CsvRecord>,
): Promise<CsvLayout> {
  if (typeof labelColumn === 'number') {
    return { header: undefined, label: columnAt(cells.length, labelColumn) };
  }
  // Where no label need be there, a column more than there are pixels is one.
  const isWithout = shape && cells.length !== exampleSize(shape) + 1;
  if (labelColumn === null && isWithout) return { header: undefined, label: -1 };
  const columns = createUnnamedColumns();
  columns.add(cells);
  for await (const record of more()) {
    columns.add(cellsOf(record));
    if (columns.isEnough()) break;
  }
  return { header: undefined, label: columns.label() };
}

/** The next records, which are kept to be read again. */
async function* readAhead(
  records: AsyncGenerator<CsvRecord>,
  kept: CsvRecord[],
  maxBytes: number,
): AsyncGenerator<CsvRecord> {
  for (let bytes = 0; bytes < maxBytes;) {
    const next = await records.next();
    if (next.done === true) return;
    const { value } = next;
    kept.push(value);
    bytes += 'bytes' in value ? value.bytes.length : value.cells.length * 8;
    yield value;
  }
}

/** So many numbers that count up are the names of columns, when there is a word among them. */
const CERTAIN_COUNT = 16;
/** More than there are values of a pixel, counted from 0 or from 1, so that they cannot be an image. */
const MORE_THAN_PIXELS = 257;

/** A first row is a header when it names the label or most columns, or numbers them: "label,0,1,2". */
function isHeader(cells: readonly string[]): boolean {
  const words = cells.filter(isWord);
  // A single letter may be a class of letters as well.
  if (words.some((word) => isLabelName(word) && word.length > 1)) return true;
  if (cells.length > 1 && words.length > cells.length / 2) return true;
  const numbers = cells.filter((cell) => cell !== '' && !isWord(cell)).map(Number);
  if (words.some(isLabelName)) return isIncreasing(numbers);
  const isAmongThem = cells.some((cell, at) => at > 0 && isWord(cell));
  return isCounting(numbers) && numbers.length >= (isAmongThem ? CERTAIN_COUNT : MORE_THAN_PIXELS);
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

function toRow(record: CsvRecord, { label, rowNumber }: CsvLayout): ExampleRow {
  const isPlain = 'bytes' in record && rowNumber === undefined;
  const row = isPlain ? parseNumericLine(record, label) : undefined;
  if (row) return row;
  const cells = cellsOf(record);
  const values = cells.filter((_, column) => column !== label && column !== rowNumber);
  return { line: record.line, label: cells[label], values };
}

const [ZERO, NINE] = [48, 57];

/** A line of nothing but numbers from 0 to 255 (and the label), read without making text of it. */
function parseNumericLine(
  { line, bytes, delimiter }: PlainRecord,
  label: number,
): ExampleRow | undefined {
  const mark = delimiter.charCodeAt(0);
  const values = Buffer.allocUnsafe(bytes.length);
  let [column, count, number, digits] = [0, 0, 0, 0];
  let name: string | undefined;
  for (let at = 0, start = 0; at <= bytes.length; at += 1) {
    const byte = at < bytes.length ? bytes[at]! : mark;
    if (byte === mark) {
      if (column === label) name = bytes.toString('utf8', start, at);
      else if (digits === 0 || digits > 3 || number > 255) return undefined;
      else {
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
