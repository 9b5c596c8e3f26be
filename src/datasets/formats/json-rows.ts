import { readDecoded, type FileOnDisk, type ReadOptions } from '../bytes/byte-source.ts';
import type { ImageShape } from '../dataset.ts';
import { readJsonElements } from './json-elements.ts';
import { parseObject, readFirstObject } from '../bytes/json-object.ts';
import { isManifestLine } from '../images/image-manifest.ts';
import { findLabelColumn, type LabelColumn } from '../label-column.ts';
import { pixelFields, type Row } from '../row.ts';
import { maxLineBytes, readLines } from '../bytes/text-lines.ts';

/** Where in a JSON object the array of examples is looked for. */
const ARRAY_KEYS = ['instances', 'examples', 'data', 'rows'];

/** Reads the files of one JSON dataset: which field is the label is decided once, for all of them. */
export interface JsonReader {
  /** The examples of a file that is an array of them, or an object with such an array ("instances"). */
  readArray(file: FileOnDisk, options: ReadOptions): AsyncGenerator<Row>;
  /** The examples of a file with one JSON object a line; blank lines are passed over. */
  readLines(file: FileOnDisk, options: ReadOptions): AsyncGenerator<Row>;
}

/** The first example that has any field besides its pixels serves as the header that JSON lacks. */
export function createJsonReader(labelColumn: LabelColumn): JsonReader {
  let labelField: string | undefined;
  const toRow = ({ text, line }: { text: string; line: number }): Row => {
    const value = parseObject(text);
    if (typeof value === 'string') return { line, problem: value };
    const pixels = pixelsIn(value);
    if (!Array.isArray(pixels)) return { line, problem: 'it has no array "pixels"' };
    labelField ??= findLabelField(value, labelColumn);
    const label = labelField === undefined ? undefined : value[labelField];
    const shape = shapeOf(pixels);
    const values: unknown[] = Array.isArray(pixels[0]) ? pixels.flat(2) : pixels;
    return shape ? { line, label, values, shape } : { line, label, values };
  };
  return {
    async *readArray(file, options) {
      const elements = readJsonElements(readDecoded(file, options), ARRAY_KEYS, {
        maxElementBytes: maxLineBytes,
      });
      for await (const element of elements) yield toRow(element);
    },
    async *readLines(file, options) {
      for await (const line of readLines(file, options)) yield toRow(line);
    },
  };
}

function findLabelField(
  example: Record<string, unknown>,
  labelColumn: LabelColumn,
): string | undefined {
  const names = Object.keys(example);
  const isArray = (field: number): boolean => Array.isArray(example[names[field]!]);
  if (names.every((_, field) => isArray(field))) return undefined;
  return names[findLabelColumn(names, labelColumn, isArray)];
}

/** Whether a JSON file has one example on each line: what many writers, Spark too, call ".json". */
export async function hasObjectALine(file: FileOnDisk, options: ReadOptions): Promise<boolean> {
  const value = await readFirstObject(file, options);
  if (!value) return false;
  return pixelFields.some((field) => Object.hasOwn(value, field)) || isManifestLine(value);
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

function pixelsIn(value: Record<string, unknown>): unknown {
  const field = pixelFields.find((name) => Object.hasOwn(value, name));
  return field === undefined ? undefined : value[field];
}
