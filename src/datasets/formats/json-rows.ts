import type { FileOnDisk, ReadOptions } from '../bytes/byte-source.ts';
import { flattenPixels, type ExpectedPixels } from '../pixels/nested-pixels.ts';
import { readJsonElements } from './json-elements.ts';
import { parseObject, readFirstObject } from '../bytes/json-object.ts';
import { isManifestLine } from '../images/image-manifest.ts';
import { findLabelColumn, type LabelColumn, type OnLabel } from '../label-column.ts';
import { pixelFields, type Row } from '../row.ts';
import { maxLineBytes, readLines } from '../bytes/text-lines.ts';
import { readText } from '../bytes/text-source.ts';

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
export function createJsonReader(
  labelColumn: LabelColumn,
  expected: ExpectedPixels,
  onLabel?: OnLabel,
): JsonReader {
  let labelField: string | undefined;
  const toRow = ({ text, ...at }: { text: string; line: number; element?: number }): Row => {
    const value = parseObject(text);
    if (typeof value === 'string') return { ...at, problem: value };
    const pixels = pixelsIn(value);
    if (!Array.isArray(pixels)) return { ...at, problem: 'it has no array "pixels"' };
    if (labelField === undefined) {
      labelField = findLabelField(value, labelColumn);
      const by = labelColumn === undefined ? 'name' : 'request';
      if (labelField !== undefined) onLabel?.({ column: labelField, by });
    }
    const label = labelField === undefined ? undefined : value[labelField];
    const flat = flattenPixels(pixels, expected);
    return typeof flat === 'string' ? { ...at, problem: flat } : { ...at, label, ...flat };
  };
  return {
    async *readArray(file, options) {
      const elements = readJsonElements(readText(file, options), ARRAY_KEYS, maxLineBytes);
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

function pixelsIn(value: Record<string, unknown>): unknown {
  const field = pixelFields.find((name) => Object.hasOwn(value, name));
  return field === undefined ? undefined : value[field];
}
