import { strict as assert } from 'node:assert';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { errors, withDetails } from '../../errors.ts';
import { isRecord } from '../../json.ts';
import type { FileOnDisk, ReadOptions } from './byte-source.ts';
import { readText, readTextHead } from './text-source.ts';

/** One record of a CSV file: a plain line of the file, or cells of which some were quoted. */
export type CsvRecord = PlainRecord | CellRecord;

export interface PlainRecord {
  readonly line: number;
  /** Without its line end; holds no quote, so every delimiter in it is one. */
  readonly bytes: Buffer;
  readonly delimiter: string;
}

export interface CellRecord {
  readonly line: number;
  readonly cells: string[];
}

const [NEWLINE, RETURN, QUOTE] = [10, 13, 34];
/** Longest record: a lost quote must not make one record of the whole file. */
const MAX_RECORD_BYTES = 16 * 1024 * 1024;

/** The cells of a record, trimmed. */
export function cellsOf(record: CsvRecord): string[] {
  if ('cells' in record) return record.cells;
  return record.bytes
    .toString('utf8')
    .split(record.delimiter)
    .map((cell) => cell.trim());
}

/**
 * The records of a CSV file that are not blank. Rows of numbers need no CSV parser, only line ends, and
 * are read several times faster without one; from the first quote on, csv-parse takes over.
 */
export async function* readCsvRecords(
  file: FileOnDisk,
  options: ReadOptions,
): AsyncGenerator<CsvRecord> {
  const head = await readTextHead(file, 65_536);
  const delimiter = delimiterOf(head);
  const chunks = readText(file, options);
  try {
    // Line ends of old Macs are left to csv-parse as well.
    if (!head.includes(NEWLINE) && head.includes(RETURN)) {
      yield* parseRecords(chunks, delimiter, 0);
    } else {
      yield* splitRecords(chunks, delimiter);
    }
  } finally {
    await chunks.return(undefined);
  }
}

async function* splitRecords(
  chunks: AsyncGenerator<Buffer>,
  delimiter: string,
): AsyncGenerator<CsvRecord> {
  let held: Buffer = Buffer.alloc(0);
  let line = 0;
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
    const chunk = line === 0 && held.length === 0 ? withoutMark(next.value) : next.value;
    const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    const quote = bytes.indexOf(QUOTE);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      if (quote >= 0 && quote < end) break;
      line += 1;
      const record = bytes.subarray(start, bytes[end - 1] === RETURN ? end - 1 : end);
      if (!isBlank(record)) yield { line, bytes: record, delimiter };
      start = end + 1;
    }
    held = bytes.subarray(start);
    if (quote >= 0) {
      yield* parseRecords(startingWith(held, chunks), delimiter, line);
      return;
    }
    if (held.length > MAX_RECORD_BYTES) {
      throw new errors.GLIMPSE_DATASET_INVALID(
        `CSV: a line is longer than ${MAX_RECORD_BYTES} bytes`,
      );
    }
  }
  if (!isBlank(held)) yield { line: line + 1, bytes: held, delimiter };
}

function withoutMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, 3).toString('hex') === 'efbbbf' ? bytes.subarray(3) : bytes;
}

/** Nothing but spaces. */
function isBlank(record: Buffer): boolean {
  return record.every((byte) => byte === 32 || byte === 9 || byte === RETURN);
}

async function* startingWith(first: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}

async function* parseRecords(
  chunks: AsyncGenerator<Buffer>,
  delimiter: string,
  linesBefore: number,
): AsyncGenerator<CellRecord> {
  const parser = parse({
    bom: true,
    delimiter,
    info: true,
    max_record_size: MAX_RECORD_BYTES,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  });
  // A broken source destroys the parser with its own error, which the loop below then throws.
  const feeding = pipeline(chunks, parser).catch(() => undefined);
  try {
    for await (const parsed of parser) {
      assert(isParsed(parsed), 'csv-parse left out its info: this is our bug');
      yield { line: linesBefore + parsed.info.lines, cells: parsed.record };
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

interface Parsed {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

/** What csv-parse emits with its option `info`; its own types only know bare records. */
function isParsed(value: unknown): value is Parsed {
  return isRecord(value) && 'record' in value && 'info' in value;
}

/** The most frequent of the usual delimiters in the first line; a comma when none is there. */
function delimiterOf(head: Buffer): string {
  const [line = ''] = head.toString('latin1').split(/\r?\n/, 1);
  const counts = [',', ';', '\t', '|'].map((mark) => [mark, line.split(mark).length] as const);
  return counts.reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}
