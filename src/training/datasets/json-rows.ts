import { errors } from '../../errors.ts';
import { readDecoded, type ReadLimits } from './byte-source.ts';
import type { ImageShape } from './dataset.ts';
import { readJsonElements } from './json-elements.ts';
import type { Row } from './row.ts';

const ARRAY_KEYS = ['instances', 'examples', 'data', 'rows'];
const PIXEL_FIELDS = ['pixels', 'features', 'image', 'values'];
const LABEL_FIELDS = ['label', 'class', 'target'];
/** Longest JSON text of one example. */
const MAX_EXAMPLE_BYTES = 64 * 1024 * 1024;
const NEWLINE = 10;

/** The examples of a JSON file: an array of them, or an object with such an array ("instances"). */
export async function* readJsonRows(
  file: string,
  labelField: string | undefined,
  limits: ReadLimits,
): AsyncGenerator<Row> {
  const elements = readJsonElements(readDecoded(file, limits), ARRAY_KEYS, {
    maxElementBytes: MAX_EXAMPLE_BYTES,
  });
  for await (const { text, line } of elements) yield toRow(text, line, labelField);
}

/** The examples of an NDJSON file: one JSON object a line; blank lines are passed over. */
export async function* readNdjsonRows(
  file: string,
  labelField: string | undefined,
  limits: ReadLimits,
): AsyncGenerator<Row> {
  let line = 0;
  for await (const text of readLines(readDecoded(file, limits))) {
    line += 1;
    if (text.trim() !== '') yield toRow(text, line, labelField);
  }
}

async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      held.push(chunk.subarray(start, end));
      yield Buffer.concat(held).toString('utf8');
      [held, heldBytes, start] = [[], 0, end + 1];
    }
    held.push(chunk.subarray(start));
    heldBytes += chunk.length - start;
    if (heldBytes > MAX_EXAMPLE_BYTES) {
      throw new errors.GLIMPSE_DATASET_INVALID(`a line is longer than ${MAX_EXAMPLE_BYTES} bytes`);
    }
  }
  if (heldBytes > 0) yield Buffer.concat(held).toString('utf8');
}

/** One example from its JSON text: { label, pixels }, pixels flat or nested as rows. */
function toRow(text: string, line: number, labelField: string | undefined): Row {
  let value: unknown;
  try {
    value = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (error) {
    return {
      line,
      problem: `it is not valid JSON: ${error instanceof Error ? error.message : ''}`,
    };
  }
  if (!isObject(value)) return { line, problem: 'it is not an object with a label and pixels' };
  const pixels = firstOf(value, PIXEL_FIELDS);
  if (!Array.isArray(pixels)) return { line, problem: 'it has no array "pixels"' };
  const label = firstOf(value, labelField === undefined ? LABEL_FIELDS : [labelField]);
  const shape = shapeOf(pixels);
  const values: unknown[] = Array.isArray(pixels[0]) ? pixels.flat(2) : pixels;
  return shape ? { line, label, values, shape } : { line, label, values };
}

/** Height, width and channels of nested pixels; undefined for flat or ragged ones. */
function shapeOf(pixels: readonly unknown[]): ImageShape | undefined {
  const [first] = pixels;
  if (!Array.isArray(first)) return undefined;
  const width = first.length;
  if (!pixels.every((row) => Array.isArray(row) && row.length === width)) return undefined;
  const depth = Array.isArray(first[0]) ? first[0].length : 1;
  return depth === 1 || depth === 3 ? { height: pixels.length, width, channels: depth } : undefined;
}

function firstOf(value: Record<string, unknown>, fields: readonly string[]): unknown {
  const field = fields.find((name) => Object.hasOwn(value, name));
  return field === undefined ? undefined : value[field];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
