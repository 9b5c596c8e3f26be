import { invalidBody } from '../body-problem.ts';

/** Rows of a CSV text (RFC 4180: cells between commas, quoted where they hold a comma, a quote or a line end). */
export function csvRows(text: string): string[][] {
  const rows = text.includes('"') ? quotedRows(text) : text.split(/\r\n|\n|\r/).map(plainRow);
  return rows.filter((row) => row.length > 1 || row[0] !== '');
}

const plainRow = (line: string): string[] => line.split(',').map((cell) => cell.trim());

/** One cell and what ends it. Anchored where the last one ended, so that no text is looked at twice. */
const cell = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y;

function quotedRows(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length || row.length > 0) {
    cell.lastIndex = at;
    const found = cell.exec(text);
    if (!found)
      throw invalidBody(`its CSV cannot be read: a quote in row ${rows.length + 1} stands alone.`);
    const [whole, quoted, plain = '', end] = found;
    row.push(quoted === undefined ? plain.trim() : quoted.replaceAll('""', '"'));
    at += whole.length;
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}
