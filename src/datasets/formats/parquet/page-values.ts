import type { DecodedArray } from 'hyparquet';
import { convert } from 'hyparquet/src/convert.js';
import { readDataPage } from 'hyparquet/src/datapage.js';
import { readPlain } from 'hyparquet/src/plain.js';
import { getMaxDefinitionLevel } from 'hyparquet/src/schema.js';
import { pickNumbers, toNumbers } from '../tables/numbers.ts';
import type { Column, Page } from './parquet-pages.ts';
import { readRuns, type SmallNumbers } from './run-lengths.ts';

/** Decodes the values of a page by its encoding and the type of its column. */

/** The values that pages of a column refer to by number. */
export function readDictionary(page: Page, { decoder }: Column): DecodedArray {
  const { bytes } = page.unpack();
  const reader = {
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    offset: 0,
  };
  return convert(
    readPlain(reader, decoder.type, page.dictionarySize, decoder.element.type_length),
    decoder,
  );
}

export interface PageValues<Values> {
  readonly values: Values;
  /** For each value whether it begins a row (0) or goes on with one. */
  readonly repetition: ArrayLike<number> | undefined;
}

/** The values of a page, null where one is missing. */
export function readValues(
  page: Page,
  column: Column,
  dictionary: DecodedArray | undefined,
): PageValues<ArrayLike<unknown>> {
  const { definition, repetition, bytes } = page.unpack();
  const highest = getMaxDefinitionLevel(column.path);
  const present = definition ? countOf(definition, highest) : page.count;
  const found = decode(bytes, present, page, column, dictionary);
  if (!definition || present === page.count) return { values: found, repetition };
  const values: unknown[] = [];
  let next = 0;
  for (const level of definition) {
    values.push(level === highest ? found[next] : null);
    if (level === highest) next += 1;
  }
  return { values, repetition };
}

/** The same of a numeric column, NaN where one is missing. */
export function readNumbers(
  page: Page,
  column: Column,
  dictionary: DecodedArray | undefined,
): PageValues<Float64Array> {
  const { values, repetition } = readValues(page, column, dictionary);
  return { values: toNumbers(values), repetition };
}

function countOf(levels: SmallNumbers, wanted: number): number {
  let count = 0;
  for (const level of levels) if (level === wanted) count += 1;
  return count;
}

function decode(
  bytes: Uint8Array,
  count: number,
  { encoding }: Page,
  { decoder }: Column,
  dictionary: DecodedArray | undefined,
): ArrayLike<unknown> {
  if (count === 0) return [];
  if (!encoding) throw new Error('a page has an encoding that is not read');
  if (encoding.endsWith('_DICTIONARY')) {
    if (!dictionary) throw new Error('a page refers to a dictionary that is not there');
    return lookUp(dictionary, readRuns(bytes.subarray(1), bytes[0] ?? 0, count));
  }
  // Only booleans come so; their runs stand behind their length.
  if (encoding === 'RLE') return Array.from(readRuns(bytes.subarray(4), 1, count), Boolean);
  const header = {
    num_values: count,
    encoding,
    definition_level_encoding: encoding,
    repetition_level_encoding: encoding,
  };
  // The levels have been read already: to this reader, nothing repeats or is missing.
  const { dataPage } = readDataPage(bytes, header, { ...decoder, schemaPath: [] });
  return convert(dataPage, decoder);
}

function lookUp(dictionary: DecodedArray, indices: SmallNumbers): ArrayLike<unknown> {
  for (const index of indices) {
    if (index >= dictionary.length) throw new Error('a page refers beyond its dictionary');
  }
  if (ArrayBuffer.isView(dictionary)) return pickNumbers(toNumbers(dictionary), indices);
  return Array.from(indices, (index): unknown => dictionary[index]);
}
