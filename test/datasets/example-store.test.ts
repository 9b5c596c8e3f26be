import { describe, expect, it } from 'vitest';
import { createExampleStore } from '../../src/datasets/example-store.ts';
import { createPixelScale } from '../../src/datasets/pixels/pixel-range.ts';
import { readText } from './dataset-files.ts';

const scale = createPixelScale(undefined);
const shape = { width: 2, height: 1, channels: 1 } as const;
const rowOf = (byte: number) => ({ values: new Uint8Array(1000).fill(byte), isFinal: true });

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
  });

  it('are none where no row has become one, whatever its shape', () => {
    const empty = expect.objectContaining({ code: 'GLIMPSE_DATASET_EMPTY' });
    expect(() => createExampleStore({ maxExamples: 1 }, scale).finish()).toThrow(empty);
    expect(() => createExampleStore({ shape, maxExamples: 1 }, scale).finish()).toThrow(empty);
    const refused = createExampleStore({ maxExamples: 1 }, scale);
    expect(refused.append({ values: ['x', 1] }, 0, shape)).toContain('pixel 0');
    expect(() => refused.finish()).toThrow(empty);
  });

  it('may be fewer again, as many as are reserved for, and large', () => {
    const store = createExampleStore({ maxExamples: 100_000 }, scale);
    const wide = { width: 1000, height: 1, channels: 1 } as const;
    for (const byte of [1, 2, 3]) store.append(rowOf(byte), 0, wide);
    store.truncate(0);
    store.append(rowOf(4), 1, wide);
    expect(store.finish().pixels.every((byte) => byte === 4)).toBe(true);
    const one = createExampleStore({ maxExamples: 0 }, scale);
    expect(one.append({ values: [1, 2] }, 0, shape)).toBeUndefined();
    const large = createExampleStore({ maxExamples: 9 }, scale);
    const values = new Uint8Array(400_000).fill(7);
    large.append({ values, isFinal: true }, 0, { width: 800, height: 500, channels: 1 });
    expect(large.finish().pixels).toHaveLength(400_000);
  });

  it('are looked at for planes only where they came flat and nobody said what they are', () => {
    const colour = { width: 4, height: 4, channels: 3 } as const;
    const values = Array.from({ length: 48 }, (_, at) => Math.floor(at / 16) * 80 + (at % 4));
    const storeOf = (own: boolean, layout?: 'hwc') => {
      const store = createExampleStore({ maxExamples: 9, ...(layout && { layout }) }, scale);
      store.append({ values, ...(own && { shape: colour }) }, 0, colour);
      return store;
    };
    expect(() => storeOf(false).finish()).toThrow('look like one plane');
    expect([...storeOf(true).finish().pixels]).toEqual(values);
    expect([...storeOf(false, 'hwc').finish().pixels]).toEqual(values);
  });

  it('come as planes where it is said, unless their nesting says what they are', () => {
    const colour = { width: 2, height: 1, channels: 3 } as const;
    const store = createExampleStore({ maxExamples: 9, layout: 'chw' }, scale);
    store.append({ values: [1, 2, 3, 4, 5, 6] }, 0, colour);
    store.append({ values: [1, 2, 3, 4, 5, 6], shape: colour }, 0, colour);
    expect([...store.finish().pixels]).toEqual([1, 3, 5, 2, 4, 6, 1, 2, 3, 4, 5, 6]);
    const grey = createExampleStore({ maxExamples: 9, layout: 'chw' }, scale);
    grey.append({ values: [1, 2] }, 0, shape);
    expect([...grey.finish().pixels]).toEqual([1, 2]);
  });
});

describe('the shape of a row', () => {
  const given = { width: 3, height: 2, channels: 1 } as const;
  const open = createExampleStore({ maxExamples: 9 }, scale);
  const closed = createExampleStore({ shape: given, maxExamples: 9 }, scale);

  it('is the one that is given, or its own, or a square', () => {
    expect(closed.shapeOf(6, undefined)).toBe(given);
    expect(closed.shapeOf(6, given)).toBe(given);
    expect(open.shapeOf(6, given)).toBe(given);
    expect(open.shapeOf(4, undefined)).toEqual({ width: 2, height: 2, channels: 1 });
  });

  it('does not fit where the row has another number of values, or another shape', () => {
    expect(closed.shapeOf(5, undefined)).toEqual({ problem: 'it has 5 pixels instead of 6' });
    expect(closed.shapeOf(7, undefined)).toEqual({
      problem: 'it has 7 pixels instead of 6; one column too many: is the first a row number?',
    });
    expect(open.shapeOf(7, given)).toEqual({ problem: 'it has 7 pixels instead of 6' });
    expect(closed.shapeOf(6, { width: 2, height: 3, channels: 1 })).toEqual({
      problem: 'it is 2x3x1 instead of 3x2x1',
    });
    expect(closed.shapeOf(6, { width: 2, height: 1, channels: 3 })).toEqual({
      problem: 'it is 2x1x3 instead of 3x2x1',
    });
    const colour = createExampleStore(
      { shape: { width: 2, height: 2, channels: 3 }, maxExamples: 9 },
      scale,
    );
    expect(colour.shapeOf(12, { width: 2, height: 6, channels: 1 })).toEqual({
      problem: 'it is 2x6x1 instead of 2x2x3',
    });
  });

  it('is asked for where nothing tells it', () => {
    expect(open.shapeOf(6, undefined)).toEqual({
      problem: '6 values are no square grey or colour image; give dataset.shape',
      option: 'shape',
      values: [{ width: 3, height: 2, channels: 1 }],
    });
    expect(open.shapeOf(10, undefined)).toEqual({
      problem:
        '10 values are no square grey or colour image; give dataset.shape; one column too many: is the first a row number?',
    });
  });
});
