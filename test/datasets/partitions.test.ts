import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FoundLabel } from '../../src/datasets/label-column.ts';
import { openerOver, read, temporaryFolder } from './dataset-files.ts';
import { folderWith } from './pictures.ts';

const parquet = (name: string): Promise<Buffer> =>
  readFile(join(import.meta.dirname, 'parquet-files', `${name}.parquet`));
const [zero, one, whole] = [
  await parquet('forms-of-0'),
  await parquet('forms-of-1'),
  await parquet('forms-part-0'),
];

const classesOf = async (files: Record<string, string | Buffer>, spec = {}) => {
  const { dataset, badRows } = await read(
    await folderWith(files),
    { uri: '.', ...spec },
    { maxBadRows: 20 },
  );
  return { classes: dataset.classes, count: dataset.labels.length, bad: badRows.rows };
};

describe('Parquet in folders of partitions', () => {
  it('has the label of their names, however they are nested and written', async () => {
    const files = {
      _SUCCESS: '',
      'day=2026-11-27/label=big%20cat/part-0.parquet': zero,
      'day=2026-11-27/label=dog/part-0.parquet': one,
      'day=2026-11-28/label=dog/data_1.parquet': one,
    };
    const { 'day=2026-11-28/label=dog/data_1.parquet': _other, ...parts } = files;
    expect(await classesOf(parts)).toMatchObject({ classes: ['big cat', 'dog'], count: 27 });
    const asked = { labelColumn: 'kind' };
    const kinds = { 'kind=a/x.parquet': zero, 'kind=b/x.parquet': one };
    expect(await classesOf(kinds, asked)).toMatchObject({ classes: ['a', 'b'], count: 27 });
  });

  it.each([
    ['label', undefined, 'name'],
    ['kind', 'kind', 'request'],
  ] as const)('tells whoever asks which column it was: %s', async (column, labelColumn, by) => {
    const folder = await folderWith({
      [`${column}=a/x.parquet`]: zero,
      [`${column}=b/x.parquet`]: one,
    });
    const told: FoundLabel[] = [];
    await openerOver(folder).open(
      { uri: '.', ...(labelColumn && { labelColumn }) },
      {
        uploads: [],
        workDir: await temporaryFolder(),
        maxBadRows: 0,
        onLabel: (label) => told.push(label),
      },
    );
    expect(told).toEqual([{ column, by }]);
  });

  it('has rows without a label where Spark had none', async () => {
    const { bad, count } = await classesOf({
      'label=a/x.parquet': zero,
      'label=__HIVE_DEFAULT_PARTITION__/x.parquet': one,
      'label=b/x.parquet': one,
    });
    expect([count, bad.length]).toEqual([27, 13]);
    expect(bad[0]).toMatchObject({ entry: 'label=__HIVE_DEFAULT_PARTITION__/x.parquet' });
  });

  it('has the label of its own column where the folders hold something else', async () => {
    const files = { 'day=1/part-0.parquet': whole, 'day=2/part-0.parquet': whole };
    expect(await classesOf(files)).toMatchObject({ classes: ['0', '1'], count: 34 });
  });

  it.each([
    [
      'some parts lie beside the folders',
      { 'label=a/part-0.parquet': zero, 'part-1.parquet': one },
      'some of its parts lie in folders of the column "label", and some do not',
    ],
    [
      'they hold CSV',
      { 'label=a/part-0.csv': '1,2\n', 'label=b/part-0.csv': '3,4\n' },
      'its labels stand in the names of folders ("label=..."), which is read of Parquet only',
    ],
    [
      'nothing says which column is the label',
      { 'kind=a/x.parquet': zero, 'kind=b/x.parquet': one },
      'choose one by labelColumn (--label-column)',
    ],
  ])('is refused with the reason: %s', async (_, files, reason) => {
    await expect(classesOf(files)).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining(reason),
    });
  });
});
