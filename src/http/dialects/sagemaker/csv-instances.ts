import type { Instance } from '../../../serving/prepare-instances.ts';
import { checkCount, invalidBody } from '../body-problem.ts';
import { csvRows } from './csv-rows.ts';
import { instancesOfTable } from './table-instances.ts';

/** Whether the first row names the columns: what the parameter `header` of text/csv says, else what the row looks like. */
export type CsvHeader = 'present' | 'absent' | undefined;

/** One image for each row of a CSV text: its numbers, or in one column the file of an image in base64. */
export function readCsvInstances(text: string, header: CsvHeader, maxImages: number): Instance[] {
  // The row of names and one too many: more than that is refused, and so not made first.
  const rows = csvRows(text, maxImages + 2);
  const [first] = rows;
  if (!first) return [];
  const hasHeader = header === undefined ? namesColumns(first) : header === 'present';
  const columns = hasHeader ? first : undefined;
  const body = hasHeader ? rows.slice(1) : rows;
  checkCount(body.length, maxImages);
  if (first.length === 1) return instancesOfTable({ columns, rows: body }, maxImages);
  const rowsOfNumbers = body.map((row, at) => row.map((cell) => numberOf(cell, at)));
  return instancesOfTable({ columns, rows: rowsOfNumbers }, maxImages);
}

/** No image is as small as a name is long: base64 of the smallest is longer. */
const longestName = 64;

/** Names are no numbers; but those that a data frame gives by itself are 0, 1, 2, ... */
function namesColumns(row: readonly string[]): boolean {
  if (row.length === 1) return row[0]!.length <= longestName;
  return row.some((cell) => !isNumber(cell)) || row.every((cell, at) => cell === String(at));
}

function numberOf(cell: string, row: number): number {
  if (isNumber(cell)) return Number(cell);
  throw invalidBody(`row ${row} of its CSV holds "${cell.slice(0, 50)}", which is no number.`);
}

const isNumber = (cell: string): boolean =>
  /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(cell);
