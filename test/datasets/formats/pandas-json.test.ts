import { describe, expect, it } from 'vitest';
import { errors } from '../../../src/errors.ts';
import {
  readPandasHead,
  rowsAsObjects,
  withNamedOrient,
} from '../../../src/datasets/formats/pandas-json.ts';
import type { JsonElement } from '../../../src/datasets/formats/json-elements.ts';
import type { LabelColumn } from '../../../src/datasets/label-column.ts';
import { allOf, fileOnDisk, unlimited } from '../disk-files.ts';

const plain = { rowNames: [], isOfObjects: false };
const objects = { rowNames: [], isOfObjects: true };
const headOf = async (text: string) => readPandasHead(await fileOnDisk(text), unlimited);

describe('the beginning of a JSON file of pandas', () => {
  it.each([
    ['[{"a":1}]', plain],
    ['{"data":[1]}', plain],
    ['{"columns":["a",1,"b"],"data":[]}', { ...plain, columns: ['a', '1', 'b'] }],
    ['\uFEFF  {\n "columns"  :  [ "a" ] }', { ...plain, columns: ['a'] }],
    ['[{"columns":["a"]}]', plain],
    ['{"a":{"0":1}}', objects],
    ['\uFEFF \n{ \n"a\\"b"  : \n{  "0"  : 1}}', objects],
    ['{}', plain],
    ['{"a":{}}', plain],
    ['[{"a":{"0":1}}]', plain],
    ['x{"a":{"0":1}}', plain],
    [
      '{"schema":{"primaryKey":["index","a\\"b"]},"data":[]}',
      {
        rowNames: ['index', 'a\\"b'],
        isOfObjects: true,
      },
    ],
    [
      '  {  "schema"  :  {"fields":[1],"primaryKey" : [ "i" ], "columns":["x"]}}',
      {
        rowNames: ['i'],
        isOfObjects: true,
      },
    ],
    ['{"schema":{"primaryKey":["a\uFEFF"]}}', { rowNames: ['a\uFEFF'], isOfObjects: true }],
    ['{"schema":{"fields":[1]}}', objects],
    ['{"data":{"schema":{"primaryKey":["index"]}}}', objects],
    ['{"primaryKey":["index"],"data":[]}', plain],
  ])('of %j', async (text, head) => {
    expect(await headOf(text)).toEqual(head);
  });
});

async function* failing(before: readonly JsonElement[], error: Error): AsyncGenerator<JsonElement> {
  yield* before;
  throw error;
}

describe('an object of objects', () => {
  const one = { text: '{}', line: 1, element: 0 };
  const invalid = new errors.GLIMPSE_DATASET_INVALID('no array');
  const bug = new TypeError('oops');
  const named = { message: expect.stringContaining('as pandas writes with orient="columns"') };

  it.each([
    ['is named where no example was found', objects, [], invalid, named],
    ['is not named after an example', objects, [one], invalid, invalid],
    ['is none', plain, [], invalid, invalid],
    ['is not named for a bug of ours', objects, [], bug, bug],
  ])('%s', async (_, head, before, error, expected) => {
    const refused = allOf(withNamedOrient(failing(before, error), head));
    await expect(refused).rejects.toMatchObject(expected);
    if (expected === error) await expect(refused).rejects.toBe(error);
  });
});

async function* elementsOf(texts: readonly string[]): AsyncGenerator<JsonElement> {
  for (const [element, text] of texts.entries()) yield { text, line: element + 1, element };
}

const valuesOf = async (
  texts: readonly string[],
  head: { columns?: readonly string[]; rowNames?: readonly string[] } = {},
  labelColumn?: LabelColumn,
) => {
  const given = { ...plain, ...head };
  const found = await allOf(rowsAsObjects(elementsOf(texts), given, labelColumn));
  expect(found.map(({ line, element }) => [line, element])).toEqual(
    texts.map((_, element) => [element + 1, element]),
  );
  return found.map(({ value }) => value);
};

describe('the examples of a JSON array', () => {
  it('are the objects they are, without the names of rows', async () => {
    const texts = ['{"a":1,"index":2}', '7', '{'];
    expect(await valuesOf(texts)).toEqual([
      { a: 1, index: 2 },
      'it is not a JSON object',
      expect.stringContaining('it is not valid JSON'),
    ]);
    expect((await valuesOf(texts, { rowNames: ['index', 'b'] })).slice(0, 2)).toEqual([
      { a: 1 },
      'it is not a JSON object',
    ]);
  });

  it('are lists under the names of their columns, or told what is wrong with them', async () => {
    const texts = ['[1,"x"]', '[1]', '{"a":1}', '[1,'];
    expect(await valuesOf(texts, { columns: ['a', 'label'] })).toEqual([
      { a: 1, label: 'x' },
      'it has 1 values instead of 2',
      'it is no list of values',
      expect.stringContaining('it is not valid JSON'),
    ]);
  });

  const rows = Array.from({ length: 12 }, (_, at) => `[${at * 3},${at},"${'ab'[at % 2]!}"]`);

  it('that are lists without names have a label where one column is of words', async () => {
    expect((await valuesOf(rows))[1]).toEqual({ 'value 0': 3, 'value 1': 1, label: 'b' });
    const [first, ...others] = await valuesOf(['[1', ...rows, '[null,true,"a"]']);
    expect(first).toContain('it is not valid JSON');
    expect(others[0]).toEqual({ 'value 0': 0, 'value 1': 0, label: 'a' });
  });

  it('that are lists without names have the label that was asked for', async () => {
    expect((await valuesOf(rows, {}, 1))[1]).toEqual({ 'value 0': 3, label: 1, 'value 2': 'b' });
    expect((await valuesOf(rows, {}, -1))[1]).toMatchObject({ label: 'b' });
  });

  it.each([999, 1000, 1001])('that are %i lists without names are all told', async (count) => {
    const many = Array.from({ length: count }, (_, at) => `[${at},"${'ab'[at % 2]!}"]`);
    const values = await valuesOf(many);
    expect(values).toHaveLength(count);
    expect(values.at(-1)).toEqual({ 'value 0': count - 1, label: 'ab'[(count - 1) % 2] });
  });

  it('that are lists without names are named once a thousand of them were read', async () => {
    let read = 0;
    async function* counted(): AsyncGenerator<JsonElement> {
      for (; read < 1500; read += 1) yield { text: `[${read},"a"]`, line: 1, element: read };
    }
    for await (const { value } of rowsAsObjects(counted(), plain, undefined)) {
      expect(value).toEqual({ 'value 0': 0, label: 'a' });
      break;
    }
    expect(read).toBe(999);
  });

  it('that are lists of which one column is no number have the label of the words', async () => {
    for (const empty of ['null', 'true', '[]', '[1,2]', '{}']) {
      const values = await valuesOf(rows.map((row) => row.replace(/^\[\d+/, `[${empty}`)));
      expect(values[1]).toEqual({ 'value 0': JSON.parse(empty), 'value 1': 1, label: 'b' });
    }
  });

  it('that are lists of numbers have the label where one end tells classes', async () => {
    const numbers = Array.from({ length: 40 }, (_, at) => `[${at % 2},${at},${at / 8}]`);
    expect((await valuesOf(numbers))[1]).toMatchObject({ label: 1, 'value 1': 1 });
    const last = Array.from({ length: 40 }, (_, at) => `[7,${at},${at % 4}]`);
    expect((await valuesOf(last))[1]).toEqual({ 'value 0': 7, 'value 1': 1, label: 1 });
  });

  it('that are objects need no column by its number, nor are broken lists named', async () => {
    expect(await valuesOf(['{"a":1}'], {}, 3)).toEqual([{ a: 1 }]);
    for (const value of await valuesOf(['[1', '[2'])) {
      expect(value).toContain('it is not valid JSON');
    }
  });

  it('that are none need no name', async () => {
    expect(await valuesOf([])).toEqual([]);
  });
});
