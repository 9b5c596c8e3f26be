import { errors, isGlimpseError } from '../../errors.ts';
import { isRecord } from '../../json.ts';
import type { FileOnDisk, ReadOptions } from '../bytes/byte-source.ts';
import { parseObject } from '../bytes/json-object.ts';
import { readText, readTextHead } from '../bytes/text-source.ts';
import { maxLineBytes } from '../bytes/text-lines.ts';
import type { LabelColumn } from '../label-column.ts';
import { columnAt } from '../label-column.ts';
import { readJsonElements, type JsonElement } from './json-elements.ts';
import { createUnnamedColumns } from './unnamed-label.ts';

/** How pandas writes a table as JSON, as far as the beginning of a file shows. */
export interface PandasHead {
  /** The names of the columns, which stand apart from their values (orient="split"). */
  readonly columns?: readonly string[];
  /** Fields that are the names of rows (orient="table"). */
  readonly rowNames: readonly string[];
  /** Whether it is an object of objects: one for each column or row (orient="columns", "index"). */
  readonly isOfObjects: boolean;
}

const HEAD_BYTES = 1024 * 1024;
/** Most rows that are looked at to find the label of a table without names. */
const MAX_AHEAD = 1000;

/** Looks at the beginning of a JSON file. */
export async function readPandasHead(file: FileOnDisk, options: ReadOptions): Promise<PandasHead> {
  const text = (await readTextHead(file, HEAD_BYTES)).toString('utf8').replace(/^\uFEFF/, '');
  const isTable = /^\s*\{\s*"schema"\s*:/.test(text);
  const [, keys = ''] = (isTable && /"primaryKey"\s*:\s*\[([^\]]*)\]/.exec(text)) || [];
  const rowNames = [...keys.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, name = '']) => name);
  const isOfObjects = /^\s*\{\s*"(?:[^"\\]|\\.)*"\s*:\s*\{\s*"(?:[^"\\]|\\.)*"\s*:/.test(text);
  const isSplit = /^\s*\{/.test(text) && /"columns"\s*:\s*\[/.test(text);
  if (!isSplit || isTable) return { rowNames, isOfObjects };
  const columns: string[] = [];
  for await (const element of readJsonElements(
    readText(file, options),
    ['columns'],
    maxLineBytes,
  )) {
    const name: unknown = JSON.parse(element.text);
    columns.push(typeof name === 'string' ? name : String(Number(name)));
  }
  return { columns, rowNames, isOfObjects };
}

/** Tells an object of objects by what it is, when no array of examples is in it. */
export async function* withNamedOrient(
  elements: AsyncIterable<JsonElement>,
  { isOfObjects }: PandasHead,
): AsyncGenerator<JsonElement> {
  let isFound = false;
  try {
    for await (const element of elements) {
      isFound = true;
      yield element;
    }
  } catch (error) {
    if (isFound || !isOfObjects || !isGlimpseError(error)) throw error;
    throw new errors.GLIMPSE_DATASET_INVALID(
      'JSON: it is an object of objects, as pandas writes with orient="columns" (its default) or "index"; write it with orient="records"',
    );
  }
}

/** An example of an array: the object it is, or a list of values under the names of its columns. */
interface Found {
  readonly line: number;
  readonly element: number;
  readonly value: Record<string, unknown> | string;
}

/** The examples as objects, whatever pandas made of them. */
export async function* rowsAsObjects(
  elements: AsyncGenerator<JsonElement>,
  { columns, rowNames }: PandasHead,
  labelColumn: LabelColumn,
): AsyncGenerator<Found> {
  let names = columns;
  let areLists: boolean | undefined;
  const begun: JsonElement[] = [];
  const toFound = ({ text, line, element }: JsonElement): Found =>
    areLists
      ? { line, element, value: asObject(text, names ?? []) }
      : { line, element, value: withoutFields(parseObject(text), rowNames) };
  for await (const one of elements) {
    areLists ??= one.text.startsWith('[');
    if (!areLists || names !== undefined) {
      yield toFound(one);
      continue;
    }
    begun.push(one);
    if (begun.length >= MAX_AHEAD) {
      names = namesFor(begun, labelColumn);
      for (const each of begun.splice(0)) yield toFound(each);
    }
  }
  if (begun.length > 0) names = namesFor(begun, labelColumn);
  for (const each of begun) yield toFound(each);
}

function withoutFields(
  value: Record<string, unknown> | string,
  left: readonly string[],
): Record<string, unknown> | string {
  if (!isRecord(value) || left.length === 0) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !left.includes(name)));
}

function asObject(text: string, names: readonly string[]): Record<string, unknown> | string {
  const values = listIn(text);
  if (typeof values === 'string') return values;
  if (values.length !== names.length) {
    return `it has ${values.length} values instead of ${names.length}`;
  }
  return Object.fromEntries(values.map((value, at) => [names[at]!, value]));
}

function listIn(text: string): readonly unknown[] | string {
  const wrapped = parseObject(`{"row":${text}}`);
  if (typeof wrapped === 'string') return wrapped;
  const row = wrapped['row'];
  return Array.isArray(row) ? row : 'it is no list of values';
}

/** Lists without names: the label is found as in a table without a header. */
function namesFor(rows: readonly JsonElement[], labelColumn: LabelColumn): string[] {
  const lists = rows.map(({ text }) => listIn(text)).filter((list) => typeof list !== 'string');
  const width = lists[0]?.length ?? 0;
  const columns = createUnnamedColumns();
  for (const list of lists) columns.add(list.map(cellOf));
  const label = typeof labelColumn === 'number' ? columnAt(width, labelColumn) : columns.label();
  return Array.from({ length: width }, (_, at) => (at === label ? 'label' : `value ${at}`));
}

function cellOf(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}
