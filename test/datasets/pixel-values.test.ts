import { describe, expect, it } from 'vitest';
import type { GlimpseError } from '../../src/errors.ts';
import { createPixelScale, rangeOf } from '../../src/datasets/pixels/pixel-range.ts';
import { looksScaled, writePixels } from '../../src/datasets/row.ts';
import { createValueJudge } from '../../src/datasets/value-judge.ts';
import { refusalOf } from '../support/refusal-of.ts';

describe('the bytes of values', () => {
  it('are rounded, and none outside of 0..255', () => {
    const scale = createPixelScale(undefined);
    const values = [0, 254.6, 255, -0.1, 255.1, Number.NaN];
    expect(values.map((value) => scale.byteOf(value))).toEqual([0, 255, 255, -1, -1, -1]);
    expect([scale.range, scale.isDeclared]).toEqual([{ min: 0, max: 255 }, false]);
  });

  it('are those of a declared range, whose ends may be rounded by half a byte', () => {
    const scale = createPixelScale({ min: -1, max: 1 });
    const half = 1 / 255;
    const above = [1 + half * 0.9, 1 + half * 1.1, 3];
    const below = [-1 - half * 0.9, -1 - half * 1.1, -3];
    const values = [-1, 0, 1, ...above, ...below];
    expect(values.map((value) => scale.byteOf(value))).toEqual([
      0, 128, 255, 255, -1, -1, -0, -1, -1,
    ]);
    expect([scale.range, scale.isDeclared]).toEqual([{ min: -1, max: 1 }, true]);
    expect(scale.outsideRefusal()).toBeUndefined();
  });

  it('are written where they belong', () => {
    const out = new Uint8Array(5);
    expect(createPixelScale(undefined).copy(Uint8Array.of(7, 200), out, 1)).toBe(-1);
    expect([...out]).toEqual([0, 7, 200, 0, 0]);
    const scale = createPixelScale({ min: 0, max: 10 });
    expect(scale.copy(Uint8Array.of(10, 5), out, 3)).toBe(-1);
    expect([...out]).toEqual([0, 7, 200, 255, 128]);
    expect(scale.copy(Uint8Array.of(0, 11, 12), out, 0)).toBe(1);
    expect([...out]).toEqual([0, 7, 200, 255, 128]);
  });

  it('of a row tell the first value that is none, and remember the rest', () => {
    const scale = createPixelScale(undefined);
    const out = new Uint8Array(4);
    const row = (values: unknown[]) => writePixels({ values }, scale, out, 1);
    expect(row(['1', 2n, 3])).toBeUndefined();
    expect([...out]).toEqual([0, 1, 2, 3]);
    expect(row([5, 256, 300])).toBe('pixel 1 is not a number from 0 to 255');
    expect(scale.outsideRefusal()).toMatchObject({ details: { max: 300 } });
    expect(row([256, 300])).toBe('pixel 0 is not a number from 0 to 255');
    expect(['', ' ', '\t', 'x', null, undefined, [], true].map((one) => row([one]))).toEqual(
      Array(8).fill('pixel 0 is not a number from 0 to 255'),
    );
    expect(row([' 0 '])).toBeUndefined();
  });

  it('of a row of bytes are scaled unless they are final', () => {
    const scale = createPixelScale({ min: 0, max: 5 });
    const out = new Uint8Array(3);
    const values = Uint8Array.of(5, 6);
    expect(writePixels({ values }, scale, out, 1)).toBe('pixel 1 is not a number from 0 to 5');
    expect([...out]).toEqual([0, 255, 0]);
    expect(writePixels({ values, isFinal: true }, scale, out, 1)).toBeUndefined();
    expect([...out]).toEqual([0, 5, 6]);
    expect(writePixels({ values: Uint8Array.of(6) }, scale, out, 0)).toMatch('pixel 0 is not');
    expect(writePixels({ values: Uint8Array.of(5) }, scale, out, 0)).toBeUndefined();
    expect(out[0]).toBe(255);
  });
});

describe('a dataset whose values are not of 0..255', () => {
  it.each([
    [[-1, 255], { min: -1, max: 255, values: [[-1, 255]] }],
    [[0, 256], { min: 0, max: 256, values: [[0, 256]] }],
    [[-0.424213, 2.821486], { min: -0.424213, max: 2.821486, values: [[-0.42421, 2.8215]] }],
    [[0, 255], undefined],
  ])('is told by its values: %j', (values, details) => {
    const scale = createPixelScale(undefined);
    for (const value of values) scale.byteOf(value);
    const refused = scale.outsideRefusal();
    expect(refused?.details).toEqual(details && { option: 'range', ...details });
    if (details) {
      const [low, high] = details.values[0]!;
      expect(refused!.message).toContain(
        `from ${low} to ${high}, not from 0 to 255; say which of them are black and white: dataset.range, e.g. [${low}, ${high}] (--range)`,
      );
    }
  });

  it.each([
    [1, [1, 255]],
    [1.5, [15, 255]],
    [16, [16, 255]],
    [31, [31, 255]],
    [63, [63, 255]],
    [64, [100, 255]],
    [127, [127, 255]],
    [127.5, [255]],
  ])('is doubted when its largest is %d', (white, values) => {
    const scale = createPixelScale(undefined);
    scale.byteOf(white);
    scale.byteOf(0);
    const refused: GlimpseError[] = [];
    scale.judge(128, (error) => refused.push(error));
    expect(refused.map(({ details }) => details)).toEqual([
      { option: 'range', min: 0, max: white, values },
    ]);
    expect(refused[0]!.message).toContain(
      `from 0 to ${white}, not to 255; say what white is: dataset.range, e.g. ${values[0]} (--range)`,
    );
  });

  it('is not doubted when it is bright enough, has no values, or says what they are', () => {
    const refused: GlimpseError[] = [];
    const refuse = (error: GlimpseError) => refused.push(error);
    const bright = createPixelScale(undefined);
    bright.byteOf(128);
    bright.judge(128, refuse);
    createPixelScale(undefined).judge(128, refuse);
    const declared = createPixelScale({ min: 0, max: 16 });
    declared.byteOf(3);
    declared.judge(128, refuse);
    expect(refused).toEqual([]);
  });

  it('is known by its bytes too, until one is bright', () => {
    const scale = createPixelScale(undefined);
    const out = new Uint8Array(3);
    scale.copy(Uint8Array.of(3, 9, 5), out, 0);
    const refused: GlimpseError[] = [];
    scale.judge(128, (error) => refused.push(error));
    expect(refused[0]!.details).toMatchObject({ min: 3, max: 9 });
    scale.copy(Uint8Array.of(5, 128, 5), out, 0);
    scale.judge(129, (error) => refused.push(error));
    expect(refused[1]!.details).toMatchObject({ min: 3, max: 128 });
  });
});

describe('the range of a request', () => {
  it('is black and white, or white alone', () => {
    expect(rangeOf({})).toBeUndefined();
    expect(rangeOf({ range: 16 })).toEqual({ min: 0, max: 16 });
    expect(rangeOf({ range: [-1, 1] })).toEqual({ min: -1, max: 1 });
    for (const range of [[1, 1], [2, 1], 0, -3] as const) {
      expect(refusalOf(() => rangeOf({ range: range as number }))).toMatchObject({
        code: 'GLIMPSE_DATASET_INVALID',
        message: expect.stringContaining('does not go up'),
        details: { option: 'range' },
      });
    }
  });
});

describe('the judge of values', () => {
  const scaled = { line: 1, label: 'a', values: [0.5, 1] };
  const judgeOf = (rows: number, others: number, declared?: { min: number; max: number }) => {
    const refused: GlimpseError[] = [];
    const scale = createPixelScale(declared);
    const judge = createValueJudge(scale, 128, (error) => refused.push(error));
    scale.byteOf(200);
    for (let at = 0; at < rows; at += 1) judge.add(scaled);
    judge.judge(rows + others);
    return refused;
  };

  it('refuses what looks scaled in most of its images', () => {
    expect(judgeOf(2, 1).map(({ details }) => details)).toEqual([{ option: 'range', values: [1] }]);
    expect(judgeOf(2, 1)[0]!.message).toContain('they look scaled to 0..1; say dataset.range: 1');
    expect(judgeOf(2, 2)).toEqual([]);
    expect(judgeOf(3, 1, { min: 0, max: 1 })).toEqual([]);
  });

  it('believes a reader that knows whether its values were scaled', () => {
    const refused: GlimpseError[] = [];
    const judge = createValueJudge(createPixelScale(undefined), 0, (error) => refused.push(error));
    judge.add({ ...scaled, isScaled: false });
    judge.judge(1);
    expect(refused).toEqual([]);
    judge.add({ ...scaled, values: Uint8Array.of(1), isScaled: true });
    judge.judge(1);
    expect(refused).toHaveLength(1);
  });

  it('asks for the range from ten examples on', () => {
    for (const [examples, count] of [
      [9, 0],
      [10, 1],
    ] as const) {
      const refused: GlimpseError[] = [];
      const scale = createPixelScale(undefined);
      const judge = createValueJudge(scale, 128, (error) => refused.push(error));
      scale.byteOf(3);
      judge.judge(examples);
      expect(refused).toHaveLength(count);
    }
  });

  it('explains rows outside of the range when they are ten, and most', () => {
    const scale = createPixelScale(undefined);
    scale.byteOf(-3);
    const judge = createValueJudge(scale, 128, () => {});
    for (let at = 0; at < 9; at += 1) judge.addOutside();
    expect(judge.explain(9)).toBeUndefined();
    judge.addOutside();
    expect(judge.explain(20)).toBeUndefined();
    expect(judge.explain(19)).toMatchObject({ details: { option: 'range', min: -3 } });
  });
});

describe('values that look scaled', () => {
  it.each([
    [[0.5, 1], true],
    [[0, 1], false],
    [[0.5, 1.01], false],
    [['0.25', '1'], true],
    [[-0.5], true],
    [Uint8Array.of(0, 1), false],
    [[], false],
  ])('%j: %o', (values, expected) => {
    expect(looksScaled(values)).toBe(expected);
  });
});
