import type { JsonCounts } from '../../json/json-scan.ts';
import { invalidBody } from '../body-problem.ts';

/**
 * Rows of a CSV text (RFC 4180: cells between commas, quoted where they hold a comma, a quote or a line end), at most so many:
 * what is behind them is not looked at. Empty lines are no rows and take no memory.
 */
export function csvRows(text: string, most = Infinity): string[][] {
  return text.includes('"') ? quotedRows(text, most) : plainRows(text, most);
}

function plainRows(text: string, most: number): string[][] {
  const rows: string[][] = [];
  for (const [line] of text.matchAll(/[^\r\n]+/g)) {
    if (rows.length === most) break;
    addRow(
      rows,
      line.split(',').map((cell) => cell.trim()),
    );
  }
  return rows;
}

function addRow(rows: string[][], row: string[]): void {
  if (row.length > 1 || row[0] !== '') rows.push(row);
}

const [comma, lineFeed, carriageReturn] = [0x2c, 0x0a, 0x0d];

/** Each comma and line end may end a cell, also between quotes: what a cell costs is what a number of JSON does. */
export function countCsv(text: Uint8Array): JsonCounts {
  let separators = 0;
  for (const byte of text) {
    if (byte === comma || byte === lineFeed || byte === carriageReturn) separators += 1;
  }
  return { bytes: text.length, separators, objects: 0, arrays: 0, strings: 0 };
}

/** These are anchored where the last one ended, so that no text is looked at twice. */
const plainCell = /[^",\r\n]*/y;
const cellEnd = /,|\r\n|\n|\r|$/y;
const emptyLines = /[\r\n]*/y;

function quotedRows(text: string, most: number): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = matchAt(emptyLines, text, 0)!.length;
  while ((at < text.length || row.length > 0) && rows.length < most) {
    const isQuoted = text[at] === '"';
    const whole = isQuoted ? quotedCell(text, at) : matchAt(plainCell, text, at);
    const end = whole === undefined ? undefined : matchAt(cellEnd, text, at + whole.length);
    if (whole === undefined || end === undefined) {
      throw invalidBody(`its CSV cannot be read: a quote in row ${rows.length + 1} stands alone.`);
    }
    row.push(isQuoted ? whole.slice(1, -1).replaceAll('""', '"') : whole.trim());
    at += whole.length + end.length;
    if (end === ',') continue;
    addRow(rows, row);
    row = [];
    at += matchAt(emptyLines, text, at)!.length;
  }
  return rows;
}

/** With its quotes; undefined where none ends it. By hand: an expression keeps a place to go back to for each quote in it. */
function quotedCell(text: string, from: number): string | undefined {
  for (let at = text.indexOf('"', from + 1); at !== -1; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] !== '"') return text.slice(from, at + 1);
  }
  return undefined;
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
