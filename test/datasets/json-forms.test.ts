import { describe, expect, it } from 'vitest';
import { encodePng } from '../../src/image/encode-png.ts';
import { readText } from './dataset-files.ts';

const columns = ['label', 'p0', 'p1', 'p2', 'p3'];
/** Twelve images of 2x2 of two classes. */
const values = Array.from({ length: 12 }, (_, i) => [i % 2, i * 20, i, 255 - i, (i * 77) % 256]);
const pixels = values.flatMap((row) => row.slice(1));
const toRecord = (row: readonly number[], names = columns) =>
  Object.fromEntries(row.map((value, at) => [names[at]!, value]));
const records = values.map((row) => toRecord(row));
const lines = records.map((record) => JSON.stringify(record)).join('\n');
const index = values.map((_, at) => at);
const numbered = ['label', '0', '1', '2', '3'];

/** The records with another name for the label, and more fields. */
const named = (label: string, more = {}): string =>
  JSON.stringify(
    records.map(({ label: value, ...rest }) => ({ [label]: value, ...rest, ...more })),
  );
const url = (b64: string): string => `data:image/png;base64,${b64}`;

describe('tables as JSON', () => {
  it.each([
    ['records of pandas, polars and DuckDB', 'a.json', JSON.stringify(records)],
    ['lines of pandas, polars and DuckDB', 'a.ndjson', lines],
    ['lines that are called ".json", as of Spark', 'a.json', lines],
    ['lines without a telling name', 'a', lines],
    [
      'records with numbers for names',
      'a.json',
      JSON.stringify(values.map((row) => toRecord(row, numbered))),
    ],
    ['orient="split"', 'a.json', JSON.stringify({ columns, index, data: values })],
    ['orient="split" with the names last', 'a.json', JSON.stringify({ data: values, columns })],
    ['orient="values"', 'a.json', JSON.stringify(values)],
    [
      'orient="table"',
      'a.json',
      JSON.stringify({
        schema: { fields: [{ name: 'index', type: 'integer' }], primaryKey: ['index'] },
        data: records.map((record, at) => ({ index: at, ...record })),
      }),
    ],
  ])('are read: %s', async (_, name, text) => {
    const { dataset, rowsRead } = await readText(name, text, { range: 255 });
    expect([...dataset.pixels]).toEqual(pixels);
    expect([...dataset.labels]).toEqual(values.map(([label]) => label));
    expect(rowsRead).toBe(12);
  });

  it('as objects of objects are refused by the name of what wrote them', async () => {
    const byColumn = Object.fromEntries(
      columns.map((name, at) => [name, Object.fromEntries(values.map((row, i) => [i, row[at]]))]),
    );
    const byRow = Object.fromEntries(records.map((record, at) => [at, record]));
    for (const value of [byColumn, byRow]) {
      await expect(readText('a.json', JSON.stringify(value))).rejects.toThrow(
        'JSON: it is an object of objects, as pandas writes with orient="columns" (its default) or "index"; write it with orient="records"',
      );
    }
    // One beside the examples is none of that.
    const text = JSON.stringify({ meta: { by: 'x' }, instances: records });
    expect((await readText('a.json', text, { range: 255 })).rowsRead).toBe(12);
  });

  it('tell a missing or wrong value by the element and the field', async () => {
    const odd: Record<string, unknown>[] = [...records];
    odd[2] = { label: 1, p0: 1, p1: 2, p3: 4 };
    odd[3] = { ...odd[3], p1: null };
    odd[4] = { ...odd[4], p2: 'dark' };
    const { badRows } = await readText(
      'a.json',
      JSON.stringify(odd),
      { range: 255 },
      { maxBadRows: 3 },
    );
    expect(badRows.rows).toEqual([
      { line: 1, element: 2, reason: 'it has no field "p2"' },
      { line: 1, element: 3, reason: 'pixel 1 is not a number from 0 to 255' },
      { line: 1, element: 4, reason: 'pixel 2 is not a number from 0 to 255' },
    ]);
    const short = JSON.stringify({ columns, data: [...values, [1, 2]] });
    const opened = await readText('a.json', short, { range: 255 }, { maxBadRows: 1 });
    expect(opened.badRows.rows).toEqual([
      { line: 1, element: 12, reason: 'it has 2 values instead of 5' },
    ]);
  });

  it('ask for the label, and refuse words and row numbers among the pixels', async () => {
    await expect(readText('a.json', named('kind'))).rejects.toMatchObject({
      details: { option: 'labelColumn', columns: ['kind', 'p0', 'p1', 'p2', 'p3'] },
    });
    const chosen = await readText('a.json', named('kind'), { labelColumn: 'kind', range: 255 });
    expect([...chosen.dataset.pixels]).toEqual(pixels);
    await expect(readText('a.json', named('label', { by: 'me' }))).rejects.toThrow(
      'the field "by" holds no numbers that could be pixels',
    );
    await expect(readText('a.json', named('label', { id: 7 }))).rejects.toThrow(
      'is "id" a row number?',
    );
    const last = JSON.stringify(values.map(([label, ...rest]) => [...rest, label]));
    const found = await readText('a.json', last, { labelColumn: -1, range: 255 });
    expect([...found.dataset.pixels]).toEqual(pixels);
  });
});

describe('encoded images in JSON', async () => {
  const shape = { width: 2, height: 2, channels: 1 } as const;
  const encoded = await Promise.all(
    values.map(async ([label, ...grey]) => {
      const png = await encodePng(Uint8Array.from(grey), shape);
      return { label, b64: png.toString('base64') };
    }),
  );

  it.each([
    ['"b64" beside the label', encoded],
    ['an object with "b64"', encoded.map(({ label, b64 }) => ({ label, image: { b64 } }))],
    ['a data URL', encoded.map(({ label, b64 }) => ({ class: label, picture: url(b64) }))],
    [
      'an object with a data URL',
      encoded.map(({ label, b64 }) => ({ label, image: { b64: url(b64) } })),
    ],
  ])('are read in the forms that /predict takes: %s', async (_, examples) => {
    const text = JSON.stringify({ instances: examples });
    for (const [name, content] of [
      ['a.json', text],
      ['a.ndjson', examples.map((one) => JSON.stringify(one)).join('\n')],
      ['a.json', examples.map((one) => JSON.stringify(one)).join('\n')],
    ] as const) {
      const { dataset } = await readText(name, content, { shape });
      expect([...dataset.pixels]).toEqual(pixels);
      expect([...dataset.labels]).toEqual(values.map(([label]) => label));
    }
  });

  it('that cannot be read are bad rows, with their element and the reason', async () => {
    const odd: unknown[] = [...encoded];
    odd[1] = { label: 1, b64: '#' };
    odd[2] = { label: 1, b64: 'data:image/png,xyz' };
    odd[3] = { label: 1, b64: Buffer.from('no image').toString('base64') };
    odd[4] = { label: 1 };
    odd[5] = 7;
    const { badRows } = await readText('a.json', JSON.stringify(odd), { shape }, { maxBadRows: 5 });
    expect(badRows.rows.map(({ entry, reason }) => [entry, reason])).toEqual([
      ['element 1', 'its base64 cannot be read: character 1 is "#"'],
      ['element 2', 'its data URL is not marked ";base64"'],
      ['element 3', expect.stringContaining('GLIMPSE_UNSUPPORTED_FORMAT')],
      ['element 4', 'it is neither base64 nor a data URL'],
      ['element 5', 'it is not a JSON object'],
    ]);
  });
});
