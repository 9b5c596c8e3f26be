import { describe, expect, it } from 'vitest';
import { createPixelBlock } from '../../../../src/datasets/formats/tables/pixel-block.ts';
import { createPixelScale } from '../../../../src/datasets/pixels/pixel-range.ts';

const blockOf = (start: number, end: number, size: number) =>
  createPixelBlock(start, end, { size, scale: createPixelScale(undefined) });

const problem = (pixel: number): string => `pixel ${pixel} is not a number from 0 to 255`;

describe('pixels that come column by column', () => {
  it('become rows, from runs that begin before them, in them, and go on behind them', () => {
    const block = blockOf(3, 6, 2);
    block.fill(0, 1, [91, 92, 10, 20, 30, 93, 94]);
    block.fill(1, 2, [95, 11]);
    block.fill(1, 4, [21]);
    block.fill(1, 5, [31]);
    block.fill(1, 6, [96]);
    block.fill(1, 0, [97, 98]);
    const rows = [3, 4, 5].map((index) => block.row(index, index + 1, `l${index}`));
    expect(rows).toEqual(
      [
        [10, 11],
        [20, 21],
        [30, 31],
      ].map((values, at) => ({
        line: at + 4,
        label: `l${at + 3}`,
        values: Uint8Array.from(values),
        isFinal: true,
        isScaled: false,
      })),
    );
  });

  it('are refused row by row, with the first that is none', () => {
    const block = blockOf(5, 8, 3);
    block.fill(2, 5, [256, 1, 1]);
    block.fill(1, 5, [null, 1, -1]);
    block.fill(0, 5, [1, 1, 1]);
    // Columns come in the order of their pixels.
    expect(block.row(5, 6, 'a')).toEqual({ line: 6, problem: problem(2), isOutside: true });
    expect(block.row(6, 7, 'b')).toMatchObject({ label: 'b', values: Uint8Array.of(1, 1, 1) });
    expect(block.row(7, 8, 'c')).toEqual({ line: 8, problem: problem(1), isOutside: true });
  });

  it.each([
    ['fractions up to 1', [0.5, 1], true],
    ['fractions and more than 1', [0.5, 2], false],
    ['more than 1 alone', [7, 2], false],
    ['whole numbers up to 1', [0, 1], false],
    ['a fraction beyond 1', [1.5, 0], false],
  ])('look scaled where they are %s', (_, values, isScaled) => {
    const block = blockOf(4, 6, 2);
    // The row before has what this one lacks.
    block.fill(0, 4, [isScaled ? 200 : 0.5, values[0]]);
    block.fill(1, 4, [isScaled ? 200 : 0.5, values[1]]);
    expect(block.row(5, 1, 'a')).toMatchObject({ isScaled });
    expect(block.row(4, 1, 'a')).toMatchObject({ isScaled: !isScaled });
  });
});
