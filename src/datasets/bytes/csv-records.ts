import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { errors, withDetails } from '../../errors.ts';
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
/** Of UTF-8. */
const MARK = Buffer.from([0xef, 0xbb, 0xbf]);
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
  maxRecordBytes = MAX_RECORD_BYTES,
): AsyncGenerator<CsvRecord> {
  const head = await readTextHead(file, 65_536);
  const format = { delimiter: delimiterOf(head), maxRecordBytes };
  const chunks = readText(file, options);
  // Line ends of old Macs are left to csv-parse as well.
  const isOldMac = !head.includes(NEWLINE) && head.includes(RETURN);
  yield* isOldMac ? parseRecords(chunks, format, 0) : splitRecords(chunks, format);
}

interface CsvFormat {
  readonly delimiter: string;
  readonly maxRecordBytes: number;
}

async function* splitRecords(
  chunks: AsyncGenerator<Buffer>,
  format: CsvFormat,
): AsyncGenerator<CsvRecord> {
  const { delimiter, maxRecordBytes } = format;
  let held: Buffer = Buffer.alloc(0);
  let line = 0;
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([held, chunk]);
    const quote = bytes.indexOf(QUOTE);
    const plain = quote < 0 ? bytes : bytes.subarray(0, quote);
    let start = 0;
    for (let end = plain.indexOf(NEWLINE); end >= 0; end = plain.indexOf(NEWLINE, start)) {
      line += 1;
      const record = recordAt(line, plain.subarray(start, end), delimiter);
      if (record) yield record;
      start = end + 1;
    }
    held = bytes.subarray(start);
    if (quote >= 0) {
      yield* parseRecords(startingWith(held, chunks), format, line);
      return;
    }
    if (held.length > maxRecordBytes) {
      throw new errors.GLIMPSE_DATASET_INVALID(
        `CSV: a line is longer than ${maxRecordBytes} bytes`,
      );
    }
  }
  const last = recordAt(line + 1, held, delimiter);
  if (last) yield last;
}

/** A line as a record, without its line end and the mark at the beginning of a file; none when it is blank. */
function recordAt(line: number, text: Buffer, delimiter: string): PlainRecord | undefined {
  const unmarked = line === 1 && text.subarray(0, 3).equals(MARK) ? text.subarray(3) : text;
  const bytes = unmarked.at(-1) === RETURN ? unmarked.subarray(0, -1) : unmarked;
  return isBlank(bytes) ? undefined : { line, bytes, delimiter };
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
  { delimiter, maxRecordBytes }: CsvFormat,
  linesBefore: number,
): AsyncGenerator<CellRecord> {
  const parser = parse({
    delimiter,
    info: true,
    max_record_size: maxRecordBytes,
    relax_column_count: true,
    skip_empty_lines: true,
    // The mark at the beginning of a file, too.
    trim: true,
  });
  // A broken source destroys the parser with its own error, which the loop below then throws.
  void pipeline(chunks, parser).catch(() => undefined);
  try {
    for await (const { record, info } of parser as AsyncIterable<Parsed>) {
      yield { line: linesBefore + info.lines, cells: record };
    }
  } catch (error) {
    throw error instanceof CsvError
      ? withDetails(
          new errors.GLIMPSE_DATASET_INVALID(`CSV: ${error.message}`),
          { code: error.code },
          error,
        )
      : error;
  }
}

/** What csv-parse gives with its option `info`; its own types only know bare records. */
interface Parsed {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

/** The most frequent of the usual delimiters in the first line; a comma when none is there. */
function delimiterOf(head: Buffer): string {
  const line = head.toString('latin1').split(/[\r\n]/, 1)[0]!;
  const counts = [',', ';', '\t', '|'].map((mark) => [mark, line.split(mark).length] as const);
  return counts.reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}
