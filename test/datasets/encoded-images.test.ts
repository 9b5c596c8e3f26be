import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keepEncodedImages } from '../../src/datasets/images/encoded-images.ts';
import { sniffFormat } from '../../src/image/sniff-format.ts';
import { readText } from './dataset-files.ts';

const kept = (count: number, size: number): number[] => {
  const keeper = keepEncodedImages();
  for (let index = 0; index < count; index += 1) keeper.offer(index, new Uint8Array(size));
  return [...keeper.kept().keys()];
};

describe('image files that are kept of a dataset', () => {
  it('are at most 128, evenly from the first to the last', () => {
    expect(kept(128, 1)).toHaveLength(128);
    expect(kept(129, 1)).toEqual(Array.from({ length: 65 }, (_, at) => 2 * at));
    const many = kept(60_000, 1);
    expect(many.length).toBeGreaterThan(64);
    expect(many.length).toBeLessThanOrEqual(128);
    expect(new Set(many.slice(1).map((index, at) => index - many[at]!)).size).toBe(1);
    expect(many.at(-1)).toBeGreaterThan(59_000);
  });

  it('are at most 16 MiB together, and copies of their own', () => {
    const mebibyte = 1024 * 1024;
    expect(kept(16, mebibyte)).toHaveLength(16);
    expect(kept(17, mebibyte)).toHaveLength(9);
    expect(kept(1, 16 * mebibyte)).toEqual([0]);
    expect(kept(1, 16 * mebibyte + 1)).toEqual([]);
    const keeper = keepEncodedImages();
    const piece = new Uint8Array(1000).subarray(5, 8);
    keeper.offer(0, piece);
    expect(keeper.kept().get(0)!.buffer.byteLength).toBe(3);
  });

  it('follow their examples when others are left out in the end', () => {
    const keeper = keepEncodedImages();
    for (let index = 0; index < 6; index += 1) keeper.offer(index, Uint8Array.of(index));
    keeper.remove([4, 1]);
    const found = [...keeper.kept()].map(([index, bytes]) => [index, bytes[0]]);
    expect(found).toEqual([
      [0, 0],
      [1, 2],
      [2, 3],
      [3, 5],
    ]);
  });

  it('are those of examples, from tables too, and none of numbers', async () => {
    const file = join(import.meta.dirname, 'parquet-files/images-bytes.parquet');
    const { encoded, dataset } = await readText('images.parquet', await readFile(file), {
      labelColumn: 'kind',
    });
    expect([...encoded.keys()]).toEqual([...dataset.labels.keys()]);
    expect([...encoded.values()].map((bytes) => sniffFormat(bytes))).toEqual(
      Array.from(dataset.labels, () => 'png'),
    );
    const numbers = await readText('a.csv', 'a,0,9,99,255\nb,1,2,3,200\n');
    expect(numbers.encoded.size).toBe(0);
  });
});
