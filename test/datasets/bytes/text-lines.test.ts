import { describe, expect, it } from 'vitest';
import { readLines } from '../../../src/datasets/bytes/text-lines.ts';
import { allOf, fileOnDisk, unlimited } from '../disk-files.ts';

const invalid = { code: 'GLIMPSE_DATASET_INVALID' };

const linesOf = async (text: string, maxBytes?: number) =>
  (await allOf(readLines(await fileOnDisk(text), unlimited, maxBytes))).map(
    ({ line, text: own }) => [line, own],
  );

describe('the lines of a text', () => {
  it.each<[string, [number, string][]]>([
    [
      'a\nb\n',
      [
        [1, 'a'],
        [2, 'b'],
      ],
    ],
    [
      '\na\n \n\tb',
      [
        [2, 'a'],
        [4, '\tb'],
      ],
    ],
    [
      '\uFEFFa\uFEFF\nb',
      [
        [1, 'a\uFEFF'],
        [2, 'b'],
      ],
    ],
    ['', []],
    ['\n\n', []],
  ])('are those that are not blank, without a mark: %j', async (text, lines) => {
    expect(await linesOf(text)).toEqual(lines);
  });

  it('go on over pieces of a file', async () => {
    const lines = Array.from({ length: 7 }, (_, index) => `${index}`.repeat(100_000));
    expect(await linesOf(lines.join('\n'))).toEqual(lines.map((line, index) => [index + 1, line]));
  });

  it('are refused when one is longer than the bound, and only then', async () => {
    expect(await linesOf('123456\n12345', 5)).toHaveLength(2);
    expect(await linesOf('12345', 5)).toHaveLength(1);
    await expect(linesOf('1\n123456', 5)).rejects.toMatchObject(invalid);
  });

  it('have a byte order mark only at their beginning', async () => {
    expect(await linesOf('\uFEFFa\nb\uFEFFc\n')).toEqual([
      [1, 'a'],
      [2, 'b\uFEFFc'],
    ]);
  });
});
