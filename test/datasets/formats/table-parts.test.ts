import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { labelInFolders, withoutPartitions } from '../../../src/datasets/formats/partitions.ts';
import {
  checkTable,
  partFilesOf,
  readTable,
  type TableFormat,
  type TableOptions,
} from '../../../src/datasets/formats/table-parts.ts';
import type { FoundLabel, LabelColumn } from '../../../src/datasets/label-column.ts';
import { createPixelScale } from '../../../src/datasets/pixels/pixel-range.ts';
import { refusalOf } from '../../support/refusal-of.ts';
import { record, tfRecords } from '../../support/tfrecord.ts';
import { allOf, fileOf, fileOnDisk, unlimited } from '../disk-files.ts';
import { folderWith } from '../pictures.ts';
import { columns, ipc } from './arrow/ipc-bytes.ts';

const filesOf = (names: readonly string[]) => names.map((name) => fileOf(name));

const partsOf = (names: readonly string[], format: TableFormat): string[] =>
  partFilesOf(filesOf(names), format).map(({ name }) => name);

const labelOf = (names: readonly string[], wanted?: LabelColumn) => {
  const found = labelInFolders(filesOf(names), wanted);
  return found && [found.name, ...names.map((name) => found.valueFor(name))];
};

describe('which of many files are the parts of a table', () => {
  it.each([
    [['README.md'], 'csv', ['README.md']],
    [['part-1.csv', 'part-0.csv', 'README.md'], 'csv', ['part-0.csv', 'part-1.csv']],
    [['part-0-abc.csv', 'part-1-xyz.csv'], 'csv', ['part-0-abc.csv', 'part-1-xyz.csv']],
    [['part-a.csv', 'part-b.csv'], 'csv', ['part-a.csv', 'part-b.csv']],
    [['x0.csv', 'x1.csv', 'y.json'], 'csv', ['x0.csv', 'x1.csv']],
    [['d/x1.csv', 'd/x22.csv'], 'csv', ['d/x1.csv', 'd/x22.csv']],
    [['x0.json', 'x1.json'], 'ndjson', ['x0.json', 'x1.json']],
    [['x0.ndjson', 'x1.ndjson', 'y.csv'], 'ndjson', ['x0.ndjson', 'x1.ndjson']],
    [['x1.csv', 'x0.csv', 'a-idx3-ubyte', 'b.npy', 'c.md'], 'json', ['x0.csv', 'x1.csv']],
    [['x0.json', 'x1.json', 'y.csv'], 'ndjson', ['x0.json', 'x1.json']],
    [['x1.csv', 'x0.csv', 'data_batch_1.bin'], 'json', ['x0.csv', 'x1.csv']],
    [['a=1/x.parquet', 'a=2/x.parquet'], 'parquet', ['a=1/x.parquet', 'a=2/x.parquet']],
  ] as const)('of %j as %s', (names, format, parts) => {
    expect(partsOf(names, format)).toEqual(parts);
  });

  it.each([
    [['train-0.csv', 'test-0.csv'], 'csv', 'GLIMPSE_DATASET_INVALID'],
    [['a/x0.csv', 'b/x1.csv'], 'csv', 'GLIMPSE_DATASET_INVALID'],
    [['part-0.csv', 'x-part-1.csv'], 'csv', 'GLIMPSE_DATASET_INVALID'],
    [['x0.json', 'y0.csv'], 'parquet', 'GLIMPSE_DATASET_INVALID'],
    [['part-0.csv', '0.csv'], 'csv', 'GLIMPSE_DATASET_INVALID'],
    [['a.md', 'b.npy'], 'csv', 'GLIMPSE_DATASET_EMPTY'],
  ] as const)('is refused: %j as %s', (names, format, code) => {
    expect(refusalOf(() => partsOf(names, format))).toMatchObject({ code });
  });

  it('is refused with the names of all tables', () => {
    expect(refusalOf(() => partsOf(['b.csv', 'a.csv'], 'csv'))).toMatchObject({
      message: expect.stringMatching(/a\.csv.*b\.csv/s),
    });
  });
});

describe('a column in the names of folders', () => {
  it.each([
    ['x.parquet', 'x.parquet'],
    ['a/x.parquet', 'a/x.parquet'],
    ['a/day=1/b/label=c/x.parquet', 'a/b/x.parquet'],
    ['day=1/label=x.parquet', 'label=x.parquet'],
    ['=1/x', '=1/x'],
  ])('is left out of the path %s', (name, path) => {
    expect(withoutPartitions(name)).toBe(path);
  });

  it.each([
    [[], undefined, undefined],
    [['label=a/x', 'label=b/y'], undefined, ['label', 'a', 'b']],
    [['day=1/class=a%20b/x'], undefined, ['class', 'a b']],
    [['label=a=b/x'], undefined, ['label', 'a=b']],
    [['label=%zz/x'], undefined, ['label', '%zz']],
    [['label=__HIVE_DEFAULT_PARTITION__/x'], undefined, ['label', undefined]],
    [['kind=a/x'], undefined, undefined],
    [['kind=a/x'], 'kind', ['kind', 'a']],
    [['label=a/x'], 'kind', undefined],
    [['label=a/class=b/x'], undefined, undefined],
    [['label=a/class=b/x'], 'class', ['class', 'b']],
    [['label=a'], undefined, undefined],
    [['label/x'], undefined, undefined],
    [['=label/x'], '', undefined],
  ] as const)('is the label of %j, asked for as %j: %j', (names, wanted, label) => {
    expect(labelOf(names, wanted)).toEqual(label);
  });

  it('is refused where some of three parts lie in no such folder', () => {
    for (const names of [
      ['label=a/x', 'label=b/x', 'x'],
      ['label=a/x', 'x', 'label=b/x'],
    ]) {
      expect(refusalOf(() => labelOf(names))).toMatchObject({
        code: 'GLIMPSE_DATASET_INVALID',
        message: expect.stringContaining('"label", and some do not'),
      });
    }
  });
});

const parquet = (name: string): Promise<Buffer> =>
  readFile(join(import.meta.dirname, '..', 'parquet-files', `${name}.parquet`));
const [vectors, whole] = [await parquet('spark-vectors-odd'), await parquet('forms-part-0')];
const records = tfRecords([
  { label: [7], image: Buffer.of(1, 2) },
  { label: [8], image: Buffer.of(3, 4) },
]);
const arrow = ipc(columns);
type Files = Readonly<Record<string, string | Uint8Array>>;

/** What is read of a table of these files, and which copies were let go of. */
async function tableOf(files: Files, format: TableFormat, more: Partial<TableOptions> = {}) {
  const folder = await folderWith(files);
  const labels: FoundLabel[] = [];
  const released: string[] = [];
  const read = readTable(
    Object.keys(files).map((name) => ({
      ...fileOf(name),
      local: async () => ({
        path: join(folder, name),
        name,
        release: async () => void released.push(name),
      }),
    })),
    format,
    {
      ...unlimited,
      labelColumn: undefined,
      imageColumn: undefined,
      onLabel: (label) => labels.push(label),
      scale: createPixelScale(undefined),
      expected: {},
      async *decode(references) {
        for await (const one of references) yield { line: one.line, problem: `image ${one.name}` };
      },
      ...more,
    },
  );
  const told = async (): Promise<unknown[]> =>
    (await allOf(read)).map((row) =>
      'problem' in row ? row : { ...row, values: Array.from(row.values) },
    );
  return { rows: told(), labels, released };
}

describe('the rows of a table', () => {
  const one = { line: 1, label: 'a', values: ['1', '2'] };
  const json = '{"label":"a","pixels":[1,2]}';
  const pixels = { line: 1, label: 'a', values: [1, 2] };
  it.each<[TableFormat, Files, unknown[], FoundLabel]>([
    ['csv', { x: 'a,1,2.5\n' }, [{ ...one, values: ['1', '2.5'] }], { column: 0, by: 'contents' }],
    [
      'csv',
      { 'a.csv': 'p,q,label\n1,2,a\n', 'b.csv': 'p,q,label\n3,4,b\n' },
      [
        { line: 2, label: 'a', values: [1, 2], entry: 'a.csv' },
        { line: 2, label: 'b', values: [3, 4], entry: 'b.csv' },
      ],
      { column: 'label', by: 'name' },
    ],
    [
      'ndjson',
      { x: `7\n${json}` },
      [
        { line: 1, problem: 'it is not a JSON object' },
        { ...pixels, line: 2 },
      ],
      { column: 'label', by: 'name' },
    ],
    [
      'json',
      { x: `${json}\n${json}` },
      [pixels, { ...pixels, line: 2 }],
      { column: 'label', by: 'name' },
    ],
    ['json', { x: `[${json}]` }, [{ ...pixels, element: 0 }], { column: 'label', by: 'name' }],
    [
      'tfrecord',
      { x: records },
      [
        { line: 1, label: 7, values: [1, 2] },
        { line: 2, label: 8, values: [3, 4] },
      ],
      { column: 'label', by: 'name' },
    ],
    [
      'arrow',
      { x: arrow },
      [
        { line: 1, label: 'a', values: [1, 4], isFinal: true, isScaled: false },
        { line: 2, label: 'b', values: [2, 5], isFinal: true, isScaled: false },
        { line: 3, problem: 'pixel 1 is not a number from 0 to 255', isOutside: true },
      ],
      { column: 'label', by: 'name' },
    ],
  ])(
    'of %s are those of its files, which are told where there are several',
    async (format, files, rows, label) => {
      const table = await tableOf(files, format);
      expect(await table.rows).toEqual(rows);
      expect(table.labels).toEqual([label]);
      expect(table.released).toEqual(Object.keys(files));
    },
  );

  it('of Parquet have the label of their column, or of their folders where that is one', async () => {
    const own = await tableOf({ x: whole }, 'parquet');
    expect((await own.rows)[0]).toMatchObject({ label: 0 });
    expect(own.labels).toEqual([{ column: 'label', by: 'name' }]);
    const named = await tableOf({ 'class=a/x': vectors }, 'parquet');
    expect((await named.rows).slice(0, 2)).toEqual([
      { line: 1, label: 'a', values: expect.any(Array) },
      { line: 2, problem: 'its vector has a value at 4 of 4' },
    ]);
    expect(named.labels).toEqual([{ column: 'class', by: 'name' }]);
    const wanted = { labelColumn: 'kind' };
    const asked = await tableOf({ 'kind=a/x': vectors, 'kind=b/x': vectors }, 'parquet', wanted);
    expect((await asked.rows).slice(5, 7)).toMatchObject([
      { entry: 'kind=a/x', line: 6 },
      { entry: 'kind=b/x', line: 1, label: 'b' },
    ]);
    expect(asked.labels).toEqual([{ column: 'kind', by: 'request' }]);
    const unheard = await tableOf({ 'class=a/x': vectors }, 'parquet', { onLabel: undefined });
    expect(await unheard.rows).toHaveLength(6);
  });

  it('have encoded images decoded', async () => {
    const line = '{"label":"a","b64":"AAAA"}';
    const { rows } = await tableOf({ x: line }, 'ndjson');
    expect(await rows).toEqual([{ line: 1, problem: 'image line 1' }]);
  });

  it.each<[string, TableFormat, Files, Partial<TableOptions>, string]>([
    ['labels in folders of CSV', 'csv', { 'label=a/x': 'a,1' }, {}, 'is read of Parquet only'],
    ['another form', 'csv', { x: '[[1]]' }, {}, '"x" is JSON and not csv'],
    ['too many bytes', 'csv', { x: 'a,1,2' }, { limits: { maxBytes: 4 } }, 'more than 4 bytes'],
    [
      'a record that is no example',
      'tfrecord',
      { x: record(Buffer.of(1)) },
      {},
      'TFRecord: it is no',
    ],
    [
      'a record that is damaged',
      'tfrecord',
      { x: records.subarray(0, -1) },
      {},
      'ends in record 2',
    ],
  ])('are refused, and the copy let go of: %s', async (_, format, files, more, reason) => {
    const { rows, released } = await tableOf(files, format, more);
    await expect(rows).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining(reason),
    });
    expect(released).toEqual(format === 'csv' && 'label=a/x' in files ? [] : ['x']);
  });

  it.each<[TableFormat, string | Uint8Array]>([
    ['tfrecord', records],
    ['csv', 'a,1'],
    ['ndjson', json],
    ['json', `[${json}]`],
  ])('stop with the reason of the signal: %s', async (format, content) => {
    const reason = new Error('enough');
    const { rows } = await tableOf({ x: content }, format, { signal: AbortSignal.abort(reason) });
    await expect(rows).rejects.toBe(reason);
  });
});

const check = async (content: string | Uint8Array, format: TableFormat, more = {}) =>
  checkTable(await fileOnDisk(content), format, {
    ...unlimited,
    labelColumn: undefined,
    imageColumn: undefined,
    ...more,
  });

describe('the check of a table', () => {
  it.each<[TableFormat, string | Uint8Array, object]>([
    ['csv', 'a,1,2', {}],
    ['csv', 'a,1,2\nb', {}],
    ['csv', '', {}],
    ['ndjson', '{"label":"a","pixels":[1]}\n{', {}],
    ['json', '[{"label":"a","pixels":[1]},7]', {}],
    ['json', '{"label":"a","b64":"AAAA"}\n{', {}],
    ['tfrecord', records.subarray(0, -1), {}],
    ['arrow', arrow, {}],
    ['parquet', vectors, { isLabelOutside: true }],
  ])('of %s reads no more than it needs', async (format, content, more) => {
    await expect(check(content, format, more)).resolves.toBeUndefined();
  });

  it.each<[TableFormat, string | Uint8Array, object, string]>([
    ['csv', 'p,q\n1,2', { labelColumn: 'kind' }, '"kind"'],
    ['csv', '[[1]]', {}, 'is JSON and not csv'],
    ['ndjson', '{"label":"a","pixels":[1]}', { labelColumn: 'kind' }, '"kind"'],
    ['json', '[{"label":"a","pixels":[1]}]', { labelColumn: 'kind' }, '"kind"'],
    ['tfrecord', records, { labelColumn: 'kind' }, '"kind"'],
    ['tfrecord', record(Buffer.of(1)), {}, 'TFRecord: it is no'],
    ['tfrecord', records, { limits: { maxBytes: 3 } }, 'more than 3 bytes'],
    ['arrow', arrow, { labelColumn: 'kind' }, '"kind"'],
    ['parquet', whole, { labelColumn: 'kind' }, '"kind"'],
  ])('of %s tells why it cannot be read', async (format, content, more, reason) => {
    await expect(check(content, format, more)).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining(reason),
    });
  });
});
