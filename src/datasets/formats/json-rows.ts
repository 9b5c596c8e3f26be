import type { FileOnDisk, ReadOptions } from '../bytes/byte-source.ts';
import { parseObject, readFirstObject } from '../bytes/json-object.ts';
import { maxLineBytes, readLines } from '../bytes/text-lines.ts';
import { readText } from '../bytes/text-source.ts';
import { isManifestLine } from '../images/image-manifest.ts';
import { imageInRow } from '../images/image-in-row.ts';
import type { ImageReference } from '../images/image-reference.ts';
import type { OnLabel } from '../label-column.ts';
import { flattenPixels, type ExpectedPixels } from '../pixels/nested-pixels.ts';
import { pixelFields, type Row } from '../row.ts';
import { readJsonElements } from './json-elements.ts';
import {
  encodedBytes,
  findJsonLayout,
  isEncoded,
  isWideRecord,
  type JsonLayout,
} from './json-layout.ts';
import { readPandasHead, rowsAsObjects, withNamedOrient } from './pandas-json.ts';
import type { ColumnChoice } from './tables/table-layout.ts';

/** Where in a JSON object the array of examples is looked for. */
const ARRAY_KEYS = ['instances', 'examples', 'data', 'rows'];

export interface JsonOptions extends ColumnChoice {
  readonly expected: ExpectedPixels;
  readonly onLabel?: OnLabel | undefined;
  /** The pixels of encoded images that stand in the examples. */
  readonly decode: (references: AsyncIterable<ImageReference>) => AsyncIterable<Row>;
}

/** Reads the files of one JSON dataset: which field is the label is decided once, for all of them. */
export interface JsonReader {
  /** The examples of a file that is an array of them, or an object with such an array ("instances"). */
  readArray(file: FileOnDisk, options: ReadOptions): AsyncGenerator<Row>;
  /** The examples of a file with one JSON object a line; blank lines are passed over. */
  readLines(file: FileOnDisk, options: ReadOptions): AsyncGenerator<Row>;
}

/** One example as it was found. */
export interface JsonExample {
  readonly line: number;
  readonly element?: number;
  /** The object it is, or why it is none. */
  readonly value: Record<string, unknown> | string;
}

/** The first example that has any field besides its pixels serves as the header that JSON lacks. */
export function createJsonReader(given: JsonOptions): JsonReader {
  const { onLabel, labelColumn, expected, decode } = given;
  let layout: JsonLayout | undefined;
  const layoutFor = (value: Record<string, unknown>): JsonLayout | undefined => {
    if (layout?.label !== undefined) return layout;
    layout = findJsonLayout(value, given, expected.shape) ?? layout;
    const by = labelColumn === undefined ? 'name' : 'request';
    if (layout?.label !== undefined) onLabel?.({ column: layout.label, by });
    return layout;
  };
  const rowsOf = async function* (examples: AsyncIterable<JsonExample>): AsyncGenerator<Row> {
    const iterator = examples[Symbol.asyncIterator]();
    const rest = { [Symbol.asyncIterator]: () => iterator };
    for await (const example of rest) {
      const known = typeof example.value === 'string' ? undefined : layoutFor(example.value);
      if (known?.kind === 'image') {
        yield* decode(referTo(withFirst(example, rest), layoutFor));
        return;
      }
      yield toRow(example, known, expected);
    }
  };
  return {
    async *readArray(file, options) {
      const head = await readPandasHead(file, options);
      const elements = readJsonElements(readText(file, options), ARRAY_KEYS, maxLineBytes);
      const named = withNamedOrient(elements, head);
      yield* rowsOf(rowsAsObjects(named, head, labelColumn));
    },
    async *readLines(file, options) {
      yield* rowsOf(parsed(readLines(file, options)));
    },
  };
}

async function* parsed(lines: AsyncIterable<{ text: string; line: number }>) {
  for await (const { text, line } of lines) yield { line, value: parseObject(text) };
}

async function* withFirst(first: JsonExample, rest: AsyncIterable<JsonExample>) {
  yield first;
  yield* rest;
}

function toRow(
  { value, ...at }: JsonExample,
  layout: JsonLayout | undefined,
  expected: ExpectedPixels,
): Row {
  if (typeof value === 'string') return { ...at, problem: value };
  if (layout?.kind === 'columns') {
    const missing = layout.pixels.find((name) => !Object.hasOwn(value, name));
    if (missing !== undefined)
      return { ...at, problem: `it has no field "${missing.slice(0, 50)}"` };
    const label = layout.label === undefined ? undefined : value[layout.label];
    return { label, values: layout.pixels.map((name) => value[name]), ...at };
  }
  const pixels = layout && value[layout.image];
  if (!layout || !Array.isArray(pixels)) {
    return { ...at, problem: `it has no array "${layout?.image.slice(0, 50) ?? 'pixels'}"` };
  }
  const label = layout.label === undefined ? undefined : value[layout.label];
  const flat = flattenPixels(pixels, expected);
  return 'problem' in flat ? { ...at, ...flat } : { label, ...at, ...flat };
}

async function* referTo(
  examples: AsyncIterable<JsonExample>,
  layoutFor: (value: Record<string, unknown>) => JsonLayout | undefined,
): AsyncGenerator<ImageReference> {
  for await (const { line, element, value } of examples) {
    const name = element === undefined ? `line ${line}` : `element ${element}`;
    const layout = typeof value === 'string' ? undefined : layoutFor(value);
    if (typeof value === 'string') yield { line, name, problem: value };
    else if (layout?.kind !== 'image') yield { line, name, problem: 'it holds no image' };
    else {
      const bytes = encodedBytes(value[layout.image]);
      const label = layout.label === undefined ? undefined : value[layout.label];
      yield typeof bytes === 'string'
        ? { line, name, problem: bytes }
        : imageInRow(line, label, bytes, name);
    }
  }
}

/** Whether a JSON file has one example on each line: what many writers, Spark too, call ".json". */
export async function hasObjectALine(file: FileOnDisk, options: ReadOptions): Promise<boolean> {
  const value = await readFirstObject(file, options);
  if (!value) return false;
  if (pixelFields.some((field) => Object.hasOwn(value, field)) || isManifestLine(value))
    return true;
  return isWideRecord(value) || Object.entries(value).some(([name, one]) => isEncoded(name, one));
}
