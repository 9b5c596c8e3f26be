import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Dataset } from '../../../src/datasets/dataset.ts';
import { writeIdxPair } from '../../../src/datasets/formats/write-idx.ts';
import { temporaryFolder } from '../dataset-files.ts';

/** What the two files hold that a dataset is written as. */
async function written(dataset: Partial<Dataset>): Promise<[string, string]> {
  const files = await writeIdxPair(await temporaryFolder(), dataset as Dataset);
  expect([...files.keys()]).toEqual(['images.idx', 'labels.idx']);
  const [images, labels] = [...files.values()].map(({ file }) => readFile(file, 'hex'));
  return [await images!, await labels!];
}

/** Digits with blanks between the numbers. */
const hex = (text: string): string => text.replaceAll(' ', '');
const classNames = (count: number) => Array.from({ length: count }, (_, index) => `c${index}`);

describe('a dataset as a pair of IDX files', () => {
  it('has three axes when it is grey, and its labels as bytes up to 256 classes', async () => {
    const [images, labels] = await written({
      pixels: Uint8Array.of(1, 2, 3, 4, 5, 255),
      labels: Int32Array.of(0, 255, 1),
      shape: { height: 2, width: 1, channels: 1 },
      classes: classNames(256),
    });
    expect(images).toBe(hex('00000803 00000003 00000002 00000001 0102030405ff'));
    expect(labels).toBe(hex('00000801 00000003 00ff01'));
  });

  it('has four when it has colours, and whole numbers as labels of more classes', async () => {
    const [images, labels] = await written({
      pixels: Uint8Array.of(1, 2, 3, 4, 5, 6),
      labels: Int32Array.of(256, 2),
      shape: { height: 1, width: 1, channels: 3 },
      classes: classNames(257),
    });
    expect(images).toBe(hex('00000804 00000002 00000001 00000001 00000003 010203040506'));
    expect(labels).toBe(hex('00000c01 00000002 00000100 00000002'));
  });
});
