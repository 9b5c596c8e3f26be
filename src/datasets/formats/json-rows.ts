import { readDecoded, type FileOnDisk, type ReadOptions } from '../bytes/byte-source.ts';
import type { ImageShape } from '../dataset.ts';
import { readJsonElements } from './json-elements.ts';
import { parseObject, readFirstObject } from '../bytes/json-object.ts';
import { isManifestLine } from '../images/image-manifest.ts';
import { pixelFields, type Row } from '../row.ts';
import { maxLineBytes, readLines } from '../bytes/text-lines.ts';

/** Where in a JSON object the array of examples is looked for. */
const ARRAY_KEYS = ['instances', 'examples', 'data', 'rows'];
const LABEL_FIELDS = ['label', 'class', 'target'];

/** The examples of a JSON file: an array of them, or an object with such an array ("instances"). */
export async function* readJsonRows(
  file: FileOnDisk,
  labelField: string | undefined,
  options: ReadOptions,
): AsyncGenerator<Row> {
  const elements = readJsonElements(readDecoded(file, options), ARRAY_KEYS, {
    maxElementBytes: maxLineBytes,
  });
  for await (const { text, line } of elements) yield toRow(text, line, labelField);
}

/** The examples of an NDJSON file: one JSON object a line; blank lines are passed over. */
export async function* readNdjsonRows(
  file: FileOnDisk,
  labelField: string | undefined,
  options: ReadOptions,
): AsyncGenerator<Row> {
  for await (const { text, line } of readLines(file, options)) yield toRow(text, line, labelField);
}

/** Whether a JSON file has one example on each line: what many writers, Spark too, call ".json". */
export async function hasObjectALine(file: FileOnDisk, options: ReadOptions): Promise<boolean> {
  const value = await readFirstObject(file, options);
  if (!value) return false;
  return pixelFields.some((field) => Object.hasOwn(value, field)) || isManifestLine(value);
}

/** One example from its JSON text: { label, pixels }, pixels flat or nested as rows. */
function toRow(text: string, line: number, labelField: string | undefined): Row {
  const value = parseObject(text);
  if (typeof value === 'string') return { line, problem: value };
  const pixels = firstOf(value, pixelFields);
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
