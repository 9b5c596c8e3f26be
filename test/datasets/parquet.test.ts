import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DatasetSpec } from '../../src/datasets/spec.ts';
import { read, readText, type ReadOptions } from './dataset-files.ts';

/** Files that Arrow wrote; write-fixtures.py beside them says how. */
const folder = join(import.meta.dirname, 'parquet-files');
const shape = { width: 4, height: 4, channels: 1 } as const;

const readFile = (name: string, spec: DatasetSpec = {}, options: ReadOptions = {}) =>
  read(folder, { uri: `${name}.parquet`, ...spec }, options);

/** The examples of write-fixtures.py, as CSV. */
function asCsv(): string {
  const rows = Array.from({ length: 12 }, (_, row) => [
    ['cat', 'dog', 'emu'][row % 3],
    ...Array.from({ length: 16 }, (_, pixel) => (row * 37 + pixel * 11) % 256),
  ]);
  return rows.map((row) => row.join(',')).join('\n');
}

const reasonOf = ({ line, reason }: { line: number; reason: string }) => [line, reason];
const notANumber = (pixel: number) => `pixel ${pixel} is not a number from 0 to 255`;

const pixelAt = (image: number) => (_: unknown, at: number) => {
  const [channel, place] = [at % 3, Math.floor(at / 3)];
  return (channel * 60 + Math.floor(place / 6) * 12 + (place % 6) * 8 + image) % 256;
};

describe('Parquet datasets', () => {
  it.each([
    ['columns-uint8-snappy', {}],
    ['columns-int64-plain', {}],
    ['columns-double-gzip', {}],
    ['columns-delta-zstd', {}],
    ['list-uint8-zstd', {}],
    ['list-int16-v2', {}],
    ['list-of-lists-brotli', {}],
    ['list-fixed-lz4', {}],
    ['images-hugging-face', { shape }],
    ['images-bytes', { shape, labelColumn: 'kind' }],
  ])('have the digest of the same examples as CSV: %s', async (name, spec) => {
    const { dataset, format, rowsRead } = await readFile(name, spec);
    const csv = await readText('rows.csv', asCsv());
    expect(dataset.classes).toEqual(['cat', 'dog', 'emu']);
    expect(Buffer.from(dataset.pixels).equals(csv.dataset.pixels)).toBe(true);
    expect([dataset.digest, format, rowsRead]).toEqual([csv.dataset.digest, 'parquet', 12]);
  });

  it('take nested lists as they stand: planes, over pages that end in the middle of a row', async () => {
    const { dataset } = await readFile('list-of-planes');
    expect(dataset.shape).toEqual({ width: 6, height: 5, channels: 3 });
    const images = Array.from({ length: 12 }, (_, image) =>
      Array.from({ length: 90 }, pixelAt(image)),
    );
    expect([...dataset.pixels]).toEqual(images.flat());
    await expect(readFile('list-of-planes', { layout: 'hwc' })).rejects.toMatchObject({
      details: {
        badRows: {
          rows: [
            { line: 1, reason: 'its pixels, nested 3x5x6, are not of 1 or 3 channels as hwc' },
          ],
        },
      },
    });
  });

  it('start at their offset and end at their limit', async () => {
    const all = await readFile('list-uint8-zstd');
    for (const name of ['columns-uint8-snappy', 'list-uint8-zstd']) {
      const { dataset } = await readFile(name, { offset: 4, limit: 5 });
      expect(dataset.labels).toHaveLength(5);
      expect([...dataset.pixels]).toEqual([...all.dataset.pixels.subarray(64, 144)]);
    }
  });

  it('take the label column by name and by position', async () => {
    const byName = await readFile('columns-uint8-snappy', { labelColumn: 'p0' }).catch(String);
    expect(byName).toContain('"label" holds no numbers');
    const byPosition = await readFile('columns-int64-plain', { labelColumn: -1 });
    expect(byPosition.dataset.classes).toEqual(['cat', 'dog', 'emu']);
  });

  it('count what is no pixel as bad rows, in columns and in lists', async () => {
    const columns = await readFile('columns-bad-values', {}, { maxBadRows: 6 });
    const wrong = [1, 3, 5, 7, 9].map((row) => [row + 1, notANumber(row)]);
    expect(columns.badRows.rows.map(reasonOf)).toEqual([...wrong, [12, 'the label is missing']]);
    const lists = await readFile('list-bad-values', {}, { maxBadRows: 7 });
    expect(lists.badRows.rows.map(reasonOf)).toEqual([
      ...wrong,
      [11, expect.stringMatching(/it has [01] pixels instead of 16/)],
      [12, 'it has 15 pixels instead of 16'],
    ]);
  });
});
