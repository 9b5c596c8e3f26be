import { describe, expect, it } from 'vitest';
import { createExampleStore } from '../../src/datasets/example-store.ts';
import { createPixelScale } from '../../src/datasets/pixels/pixel-range.ts';
import { readText } from './dataset-files.ts';

const scale = createPixelScale(undefined);
const shape = { width: 2, height: 1, channels: 1 } as const;

describe('the examples of a dataset that is being read', () => {
  it('stay as they are while there are more and more of them', () => {
    const store = createExampleStore({ maxExamples: 20_000 }, scale);
    for (let i = 0; i < 20_000; i += 1) {
      expect(store.append({ values: [i % 256, i % 251] }, i % 7, shape)).toBeUndefined();
    }
    const { pixels, labels } = store.finish();
    expect([pixels.length, labels.length]).toEqual([40_000, 20_000]);
    expect(pixels.every((byte, at) => byte === (at >> 1) % (at % 2 ? 251 : 256))).toBe(true);
    expect(labels.every((label, at) => label === at % 7)).toBe(true);
  });

  it('lie in memory that threads share, and no more of it than they are', () => {
    const store = createExampleStore({ shape, maxExamples: 10 }, scale);
    store.append({ values: [1, 2] }, 0, shape);
    store.append({ values: [3, 4] }, 1, shape);
    store.truncate(1);
    const { pixels } = store.finish();
    expect(pixels.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect([...pixels]).toEqual([1, 2]);
  });

  it('have the size of the first that could be used', async () => {
    const rows = 'a,1,x,3,4\na,1,2,3,4,5,6,7,8,9\nb,9,8,7,6,5,4,3,2,1\n';
    const { dataset } = await readText('rows.csv', rows, {}, { maxBadRows: 1 });
    expect(dataset.shape).toEqual({ width: 3, height: 3, channels: 1 });
    expect([...dataset.pixels]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  });

  it('are refused when they are more than was reserved for', () => {
    const store = createExampleStore({ shape, maxExamples: 1 }, scale);
    for (const label of [0, 1]) store.append({ values: [1, 2] }, label, shape);
    expect(() => store.append({ values: [1, 2] }, 0, shape)).toThrow(
      expect.objectContaining({ code: 'GLIMPSE_DATASET_INVALID' }),
    );
    expect(() => createExampleStore({ maxExamples: 1 }, scale).finish()).toThrow(
      expect.objectContaining({ code: 'GLIMPSE_DATASET_EMPTY' }),
    );
  });
});
