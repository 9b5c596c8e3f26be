import { describe, expect, it } from 'vitest';
import { listSizes } from '../../../../src/datasets/formats/parquet/list-sizes.ts';

describe('the sizes of nested lists', () => {
  it.each([
    [[0, 1, 1, 1], 1, [4]],
    [[0], 1, [1]],
    [[0, 2, 1, 2, 1, 2], 2, [3, 2]],
    [[0, 2, 2, 2], 2, [1, 4]],
    [[0, 1, 1, 1], 2, [4, 1]],
    [[0, 3, 2, 3, 1, 3, 2, 3, 1, 3, 2, 3], 3, [3, 2, 2]],
  ])('follow from the levels on which numbers repeat: %j', (repetition, depth, sizes) => {
    expect(listSizes(Uint8Array.from(repetition), depth)).toEqual(sizes);
  });

  it.each([
    [[0, 2, 1], 2],
    [[0, 2, 2, 1, 1, 2], 2],
    [[0, 1, 2, 2], 2],
    [[1, 1], 1],
    [[0, 1, 0], 1],
    [[], 1],
  ])('are none where lists differ, or where no row is whole: %j', (repetition, depth) => {
    expect(listSizes(Uint8Array.from(repetition), depth)).toBeUndefined();
  });
});
