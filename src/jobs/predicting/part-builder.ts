import { createHash } from 'node:crypto';
import { writeArrow } from '../../datasets/formats/arrow/write-arrow.ts';
import { writeParquet } from '../../datasets/formats/parquet/write-parquet.ts';
import type { Columns, WrittenRow } from '../../datasets/formats/tables/written-columns.ts';
import type { StreamedInput } from '../../datasets/streaming/input.ts';
import { locationOf } from '../../datasets/row-report.ts';
import { sha256 } from '../../repository/digest.ts';
import type { BatchAnswer } from './batch-predictor.ts';
import { partStem } from './output-folder.ts';
import type { Part } from './predict-events.ts';
import type { ResolvedPredictRequest } from './predict-request.ts';

/** Most bytes of one part as lines of JSON: it is held until it is whole. */
const MAX_PART_BYTES = 32 * 1024 * 1024;

const text = 'text';
/** The fields of a row, which are the columns of a table. */
const columns: Columns = {
  row: 'integer',
  line: 'integer',
  element: 'integer',
  entry: text,
  label: text,
  score: 'number',
  top: { list: { fields: { label: text, score: 'number' } } },
  warnings: { list: text },
  error: { fields: { code: text, message: text } },
};

const extensions = {
  'json-lines': 'ndjson',
  'arrow-ipc': 'arrow',
  'apache-parquet': 'parquet',
} as const;

const writeTable = { 'arrow-ipc': writeArrow, 'apache-parquet': writeParquet };

/** Gathers the rows of one part. */
export interface PartBuilder {
  readonly rows: number;
  readonly errors: number;
  readonly isFull: boolean;
  add(input: StreamedInput, answer: BatchAnswer): void;
  /** Its bytes, and what is noted of them. */
  finish(): Promise<{ readonly bytes: Uint8Array; readonly part: Part }>;
}

/** The part of an index, whose first row has a number among all. */
export function createPartBuilder(
  partIndex: number,
  firstRow: number,
  { format, rowsPerPart }: Pick<ResolvedPredictRequest, 'format' | 'rowsPerPart'>,
): PartBuilder {
  const lines: string[] = [];
  const rows: WrittenRow[] = [];
  let count = 0;
  const inputs = createHash('sha256');
  const [classes, codes] = [new Map<string, number>(), new Map<string, number>()];
  let [size, failed] = [0, 0];
  return {
    get rows() {
      return count;
    },
    get errors() {
      return failed;
    },
    get isFull() {
      return count >= rowsPerPart || size >= MAX_PART_BYTES;
    },
    add(input, answer) {
      const row = { row: firstRow + count, ...locationOf(input), ...answer };
      const line = JSON.stringify(row);
      if (format === 'json-lines') lines.push(line);
      else rows.push(row);
      count += 1;
      inputs.update(digestOf(input));
      if ('error' in answer) {
        failed += 1;
        increase(codes, answer.error.code);
      } else increase(classes, answer.label);
      size += line.length;
    },
    async finish() {
      const bytes =
        format === 'json-lines'
          ? Buffer.from(lines.map((line) => `${line}\n`).join(''))
          : await writeTable[format](rows, columns);
      const part = {
        name: `${partStem(partIndex)}.${extensions[format]}`,
        rows: count,
        errors: failed,
        bytes: bytes.length,
        sha256: `sha256:${sha256(bytes)}`,
        inputDigest: `sha256:${inputs.digest('hex')}`,
        classes: Object.fromEntries(classes),
        codes: Object.fromEntries(codes),
      };
      return { bytes, part };
    },
  };
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Of an image its bytes, of pixels their numbers, of anything else why it is neither. */
function digestOf(input: StreamedInput): Buffer {
  const hash = createHash('sha256');
  if ('image' in input) hash.update(input.image);
  else if ('problem' in input) hash.update(input.problem);
  else hash.update(Float32Array.from(input.pixels));
  return hash.digest();
}
