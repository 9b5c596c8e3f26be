import { describe, expect, it } from 'vitest';
import { preparePixels } from '../../src/image/prepare-pixels.ts';
import { mnistPreprocessing } from '../../src/preprocessing/contract-one.ts';

const blank = (): number[][] => Array.from({ length: 28 }, () => Array<number>(28).fill(0));
const prepare = (values: unknown): Float32Array =>
  preparePixels(values, mnistPreprocessing, 'NCHW').example;
const spoilt = (value: unknown): unknown[][] => {
  const rows: unknown[][] = blank();
  rows[3]![17] = value;
  return rows;
};

describe('preparePixels against misuse', () => {
  it('refuses pixels that were scaled to 0..1, of zeros and ones too, and takes black images', () => {
    const size = 28 * 28;
    const withOne = (value: number) => [value, ...Array.from({ length: size - 1 }, () => 0)];
    for (const most of [0.5, 0.996, 1 / 255, 1]) {
      expect(() => prepare(withOne(most))).toThrow(
        expect.objectContaining({
          code: 'GLIMPSE_PIXEL_RANGE',
          statusCode: 422,
          message: expect.stringContaining(`No pixel is above ${Number(most.toPrecision(5))}`),
        }),
      );
    }
    expect(() => prepare([1, 0.5, ...withOne(0).slice(2)])).toThrow('No pixel is above 1');
    for (const most of [0, 1.5, 2]) {
      expect(prepare(withOne(most))[0]).toBeCloseTo(most / 255, 6);
    }
  });

  it.each([
    ['too few', Array(783).fill(0), 'has 783 values; the model takes 28 x 28 x 1'],
    ['too many', Array(785).fill(0), 'has 785 values'],
    ['none', [], 'has 0 values'],
    ['another shape of the same size', Array(14).fill(Array(56).fill(0)), 'has 14 x 56 values'],
    ['one level too deep', [[blank()]], 'has 1 x 1 x 28 x 28 values'],
    ['a number', 5, 'has no values'],
    ['nothing', null, 'has no values'],
    ['an object', { length: 784 }, 'has no values'],
    ['a string of the right length', 'x'.repeat(784), 'has no values'],
  ])('refuses %s with GLIMPSE_PIXEL_COUNT', (_, values, sentence) => {
    expect(() => prepare(values)).toThrow(
      expect.objectContaining({
        code: 'GLIMPSE_PIXEL_COUNT',
        message: expect.stringContaining(sentence),
      }),
    );
  });

  it('names a list that stands where a pixel should, also if it holds one', () => {
    expect(() => prepare(spoilt([7.5]))).toThrow(
      expect.objectContaining({
        code: 'GLIMPSE_PIXEL_VALUE',
        message: expect.stringContaining('[3][17]'),
      }),
    );
  });

  it('names the row that has another length', () => {
    const rows = blank();
    rows[5]!.pop();
    expect(() => prepare(rows)).toThrow(
      expect.objectContaining({ code: 'GLIMPSE_PIXEL_COUNT', details: { position: '[5]' } }),
    );
  });

  it.each([
    ['NaN', NaN],
    ['infinity', Infinity],
    ['256', 256],
    ['-1', -1],
    ['a string', '7'],
    ['null', null],
    ['true', true],
    ['an array', [0]],
    ['a hole', undefined],
    ['a bigint', 7n],
  ])('refuses %s with GLIMPSE_PIXEL_VALUE and its position', (_, value) => {
    expect(() => prepare(spoilt(value))).toThrow(
      expect.objectContaining({
        code: 'GLIMPSE_PIXEL_VALUE',
        message: 'Pixel [3][17] is not a number from 0 to 255.',
      }),
    );
    expect(() => prepare(spoilt(value).flat())).toThrow(
      expect.objectContaining({ code: 'GLIMPSE_PIXEL_VALUE' }),
    );
  });

  it('refuses a number where a row belongs', () => {
    const rows: unknown[] = blank();
    rows[9] = 4;
    expect(() => prepare(rows)).toThrow(
      expect.objectContaining({ message: 'Pixel [9] is not a number from 0 to 255.' }),
    );
  });
});
