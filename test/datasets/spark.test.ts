import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DatasetSpec } from '../../src/datasets/spec.ts';
import { read, temporaryFolder } from './dataset-files.ts';

const open = (name: string, spec: Omit<DatasetSpec, 'uri'> = {}, maxBadRows = 0) =>
  read(
    join(import.meta.dirname, 'parquet-files'),
    { uri: `${name}.parquet`, ...spec },
    { maxBadRows },
  );

describe('images of Spark in Parquet', () => {
  it('are read with red first, whatever row group they are in', async () => {
    const shape = { width: 2, height: 2, channels: 3 } as const;
    const { dataset } = await open('spark-images', { shape });
    const pixels = Array.from({ length: 6 }, (_, i) =>
      Array.from({ length: 12 }, (_unused, p) => (i * 37 + p * 11) % 256),
    );
    expect([...dataset.pixels]).toEqual(pixels.flat());
    expect([...dataset.labels]).toEqual([0, 1, 2, 0, 1, 2]);
    expect(dataset.classes).toEqual(['cat', 'dog', 'emu']);
  });

  it('of grey are read, and others are bad rows with their reason', async () => {
    const shape = { width: 2, height: 2, channels: 1 } as const;
    const { dataset, badRows } = await open('spark-images-odd', { shape }, 4);
    expect([...dataset.pixels]).toEqual([1, 2, 3, 4, 1, 2, 3, 4]);
    expect(badRows.rows).toEqual([
      {
        line: 3,
        entry: 'row 3',
        reason: 'it has an alpha channel (CV_8UC4); CV_8UC1 and CV_8UC3 are read',
      },
      { line: 4, entry: 'row 4', reason: 'it holds no image' },
      { line: 5, entry: 'row 5', reason: 'it has 2 bytes instead of 2x2x1' },
      {
        line: 6,
        entry: 'row 6',
        reason: 'it has pixels of the mode 5; CV_8UC1 and CV_8UC3 are read',
      },
    ]);
  });
});

describe('vectors of Spark ML in Parquet', () => {
  it('are read, dense and sparse, also one without a value', async () => {
    const { dataset } = await open('spark-vectors');
    expect([...dataset.pixels]).toEqual([0, 0, 0, 0, 0, 200, 0, 9, 1, 2, 3, 255, 0, 0, 7, 0]);
    expect(dataset.classes).toEqual(['0', '1']);
    expect([...dataset.labels]).toEqual([0, 1, 1, 0]);
  });

  it('that say more than they hold are bad rows', async () => {
    const { dataset, badRows } = await open('spark-vectors-odd', {}, 4);
    expect([...dataset.pixels]).toEqual([0, 200, 0, 9, 1, 2, 3, 255]);
    expect(badRows.rows).toEqual([
      { line: 2, reason: 'its vector has a value at 4 of 4' },
      { line: 3, reason: 'its vector has 1073741824 values; at most 3145728 are read' },
      { line: 4, reason: 'it holds no vector' },
      { line: 6, reason: 'its vector has not as many values as indices' },
    ]);
  });
});

describe('a link that leads nowhere', () => {
  it('in a folder hides nothing of it, and is counted', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'set'));
    await writeFile(join(folder, 'set/part-0.csv'), 'label,p\na,1\nb,2\n');
    await symlink(join(folder, 'gone.csv'), join(folder, 'set/part-1.csv'));
    await symlink('part-2.csv', join(folder, 'set/part-2.csv'));
    const { dataset, ignored } = await read(folder, { uri: 'set' });
    expect(dataset.labels).toHaveLength(2);
    expect(ignored).toMatchObject({ count: 2, names: ['part-1.csv', 'part-2.csv'] });
    expect(ignored.kinds).toEqual([
      { reason: 'a link that leads nowhere', count: 2, names: ['part-1.csv', 'part-2.csv'] },
    ]);
  });
});
