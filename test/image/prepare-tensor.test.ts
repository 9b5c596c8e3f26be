import { describe, expect, it } from 'vitest';
import { brightnessOf } from '../../src/image/brightness.ts';
import { preparePackedPixels, preparePixels } from '../../src/image/prepare-pixels.ts';
import { pixelsBehind, prepareModelInput, readPixels } from '../../src/image/prepare-tensor.ts';
import type { Preprocessing } from '../../src/preprocessing/contract.ts';
import { mnistPreprocessing } from '../../src/preprocessing/contract-one.ts';
import { plainContract } from '../../src/preprocessing/presets.ts';
import type { Signature } from '../../src/signature.ts';
import { refusalOf } from '../support/refusal-of.ts';

const grey: Preprocessing = { ...mnistPreprocessing, width: 3, height: 2 };
const bgr: Preprocessing = {
  ...grey,
  channels: 3,
  colourSpace: 'bgr',
  mean: [0.4, 0.5, 0.6],
  std: [0.2, 0.3, 0.4],
};
const rgba = plainContract({ width: 3, height: 2, channels: 4 });
const input = (layout: 'NCHW' | 'NHWC' | 'NC', shape: number[]): Signature['input'] => ({
  name: 'x',
  dtype: 'float32',
  layout,
  shape,
});
const tensor = (shape: number[], values: ArrayLike<number>) => ({
  input: 'x',
  shape,
  values: Float32Array.from(values),
});

describe('prepareModelInput', () => {
  it('gives the model the very numbers, whichever of its shapes they came in', () => {
    const values = [-1, 0, 0.25, 1, 2, 3];
    for (const shape of [[1, 2, 3], [2, 3], [2, 3, 1], [6], [1, 2, 1, 3]]) {
      const { example } = prepareModelInput(tensor(shape, values), grey, input('NCHW', [1, 2, 3]));
      expect([...example]).toEqual(values);
    }
  });

  it.each([[[3, 2]], [[2, 3, 2]], [[5]], [[7]], [[]], [[0]], [[2]]])(
    'refuses %j with GLIMPSE_INPUT_SHAPE, which names both shapes',
    (shape) => {
      const wanted = input('NCHW', [1, 2, 3]);
      const values = new Float32Array(shape.reduce((product: number, one) => product * one, 1));
      expect(refusalOf(() => prepareModelInput(tensor(shape, values), grey, wanted))).toMatchObject(
        {
          code: 'GLIMPSE_INPUT_SHAPE',
          message: expect.stringContaining('[1, 2, 3]'),
        },
      );
    },
  );

  it.each([NaN, Infinity, -Infinity])('refuses %d, with which no model answers numbers', (odd) => {
    const given = tensor([6], [0, 0, 0, odd, 0, 0]);
    expect(refusalOf(() => prepareModelInput(given, grey, input('NC', [6])))).toMatchObject({
      code: 'GLIMPSE_INPUT_VALUE',
    });
  });

  it.each([0, 1, 5, 6])('finds what is not finite at place %d of seven', (place) => {
    const values = [0, 0, 0, 0, 0, 0, 0];
    values[place] = -Infinity;
    // Their sum is no number, and neither of them hides the other.
    for (const beside of [0, Infinity]) {
      values[(place + 3) % 7] = beside;
      const given = tensor([7], values);
      const refused = refusalOf(() => prepareModelInput(given, grey, input('NC', [7])));
      expect(refused).toMatchObject({ code: 'GLIMPSE_INPUT_VALUE' });
    }
  });

  it.each([
    ['NHWC', [2, 3, 3]],
    ['NCHW', [3, 2, 3]],
  ] as const)('sees the pixels behind an example of %s as they were', (layout, shape) => {
    const pixels = Array.from({ length: 18 }, (_, at) => (at * 53) % 256);
    const from = preparePixels(pixels, bgr, layout);
    const back = prepareModelInput(
      tensor([...shape], from.example),
      bgr,
      input(layout, [...shape]),
    );
    expect(back.brightness).toBeCloseTo(from.brightness, 12);
    expect(back.provenance).toEqual(from.provenance);
  });

  it.each<[string, Preprocessing, 'NC' | 'NCHW' | 'NHWC']>([
    ['one of seven', { ...grey, width: 7, height: 1, scale: 1 / 255, mean: [0] }, 'NC'],
    ['a small grey one', { ...grey, scale: 1 / 127.5, mean: [1] }, 'NC'],
    ['a large grey one', { ...grey, width: 60, height: 41 }, 'NCHW'],
    ['a large one, its channels first', { ...bgr, width: 40, height: 31 }, 'NCHW'],
    ['a large one, its channels last', { ...bgr, width: 40, height: 31 }, 'NHWC'],
    ['a small one with alpha', rgba, 'NHWC'],
    ['a large one with alpha, its channels first', { ...rgba, width: 40, height: 31 }, 'NCHW'],
  ])('finds the brightness of any numbers as that of the pixels behind them: %s', (...given) => {
    const [, preprocessing, layout] = given;
    const { width, height, channels } = preprocessing;
    const shape = [width * height * channels];
    // Some of them lie beyond black and white.
    const values = Float32Array.from({ length: shape[0]! }, (_, at) => Math.sin(at * 12.98) * 1.5);
    const wanted = input(layout, shape);
    const { brightness } = prepareModelInput(tensor(shape, values), preprocessing, wanted);
    const behind = pixelsBehind(values, preprocessing, layout);
    expect(brightness).toBeCloseTo(brightnessOf(behind, channels), 12);
  });

  it('finds the same ink in an example of handwriting as in its pixels', () => {
    const pixels = [0, 200, 255, 17, 0, 90];
    const from = preparePixels(pixels, grey, 'NC');
    const back = prepareModelInput(tensor([6], from.example), grey, input('NC', [6]));
    expect(back.ink).toEqual(from.ink);
  });
});

describe('readPixels', () => {
  it('lets pixels of any shape of one image through to the contract', () => {
    const values = Float32Array.of(0, 51, 102, 153, 204, 255);
    const flat = preparePixels([...values], grey, 'NC').example;
    for (const shape of [[6], [2, 3], [1, 2, 3], [2, 3, 1]]) {
      const packed = readPixels({ shape, values });
      expect(preparePackedPixels(packed, grey, 'NC').example).toEqual(flat);
    }
  });

  it.each([-1, 255.5, NaN, Infinity])('refuses %d, and says where', (odd) => {
    const values = Float32Array.of(0, 1, odd);
    expect(refusalOf(() => readPixels({ shape: [3], values }))).toMatchObject({
      code: 'GLIMPSE_PIXEL_VALUE',
      message: expect.stringContaining('[2]'),
    });
  });
});
