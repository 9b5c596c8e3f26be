import { strict as assert } from 'node:assert';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { errors, withDetails } from '../../errors.ts';
import { readDecoded, readHead, type ReadLimits } from './byte-source.ts';
import type { Row } from './row.ts';

/** Column names taken for the label when the request names none. */
const LABEL_NAMES = ['label', 'class', 'target', 'y'];
/** Longest record: a lost quote must not make one record of the whole file. */
const MAX_RECORD_BYTES = 16 * 1024 * 1024;

/** The examples of a CSV file: one label column, every other column a pixel. */
export async function* readCsvRows(
  file: string,
  labelColumn: string | number | undefined,
  limits: ReadLimits,
): AsyncGenerator<Row> {
  const parser = parse({
    bom: true,
    delimiter: delimiterOf(await readHead(file, 65_536)),
    info: true,
    max_record_size: MAX_RECORD_BYTES,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  });
  // A broken source destroys the parser with its own error, which the loop below then throws.
  const feeding = pipeline(readDecoded(file, limits), parser).catch(() => undefined);
  let position: number | undefined;
  try {
    for await (const parsed of parser) {
      assert(isCsvRecord(parsed), 'csv-parse left out its info: this is our bug');
      const { record: cells, info } = parsed;
      if (position === undefined) {
        const header = isHeader(cells, labelColumn);
        position = findLabel(cells, header, labelColumn);
        if (header) continue;
      }
      const label = cells[position];
      cells.splice(position, 1);
      yield { line: info.lines, label, values: cells };
    }
  } catch (error) {
    throw error instanceof CsvError
      ? withDetails(
          new errors.GLIMPSE_DATASET_INVALID(`CSV: ${error.message}`),
          { code: error.code },
          error,
        )
      : error;
  } finally {
    parser.destroy();
    await feeding;
  }
}

interface CsvRecord {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

/** What csv-parse emits with its option `info`; its own types only know bare records. */
function isCsvRecord(value: unknown): value is CsvRecord {
  return typeof value === 'object' && value !== null && 'record' in value && 'info' in value;
}

/** A first row is a header when the label is asked by name, or any cell but the label is no number. */
function isHeader(cells: readonly string[], labelColumn: string | number | undefined): boolean {
  if (typeof labelColumn === 'string') return true;
  const label = positionIn(cells, labelColumn ?? 0);
  return cells.some((cell, index) => index !== label && Number.isNaN(Number(cell)));
}

function findLabel(
  cells: readonly string[],
  header: boolean,
  labelColumn: string | number | undefined,
): number {
  if (typeof labelColumn === 'number') return positionIn(cells, labelColumn);
  if (!header) return 0;
  const wanted = labelColumn === undefined ? LABEL_NAMES : [labelColumn.toLowerCase()];
  const found = cells.findIndex((cell) => wanted.includes(cell.toLowerCase()));
  if (found < 0 && labelColumn !== undefined) {
    throw new errors.GLIMPSE_DATASET_INVALID(`it has no column "${labelColumn}"`);
  }
  return Math.max(found, 0);
}

function positionIn(cells: readonly string[], column: number): number {
  const position = column < 0 ? cells.length + column : column;
  if (position >= cells.length) {
    throw new errors.GLIMPSE_DATASET_INVALID(`it has ${cells.length} columns, no column ${column}`);
  }
  return position;
}

/** The most frequent of the usual delimiters in the first line; a comma when none is there. */
function delimiterOf(head: Buffer): string {
  const [line = ''] = head.toString('latin1').split(/\r?\n/, 1);
  const counts = [',', ';', '\t', '|'].map((mark) => [mark, line.split(mark).length] as const);
  return counts.reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}
