import { describe, expect, it } from 'vitest';
import { labelInFolders, withoutPartitions } from '../../../src/datasets/formats/partitions.ts';
import { partFilesOf, type TableFormat } from '../../../src/datasets/formats/table-parts.ts';
import type { LabelColumn } from '../../../src/datasets/label-column.ts';
import { refusalOf } from '../../support/refusal-of.ts';
import { fileOf } from '../disk-files.ts';

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
