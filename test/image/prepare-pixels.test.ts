import { describe, expect, it } from 'vitest';
import { normalise, preparePixels } from '../../src/image/prepare-pixels.ts';
import type { Preprocessing } from '../../src/preprocessing/contract.ts';
import { mnistPreprocessing } from '../../src/preprocessing/contract-one.ts';

const grey: Preprocessing = { ...mnistPreprocessing, width: 3, height: 2 };
const colour: Preprocessing = { ...grey, channels: 3, colourSpace: 'rgb' };
const raw: Preprocessing = { ...colour, scale: 1 };
/** 2 rows, 3 columns, 3 channels: the value tells row, column and channel. */
const rows = [0, 1].map((y) => [0, 1, 2].map((x) => [0, 1, 2].map((c) => y * 100 + x * 10 + c)));

const exampleOf = (...request: Parameters<typeof preparePixels>): Float32Array =>
  preparePixels(...request).example;

describe('preparePixels', () => {
  it('scales flat grey pixels', () => {
    const example = exampleOf([0, 51, 102, 153, 204, 255], grey, 'NCHW');
    expect([...example].map((value) => value.toFixed(6))).toEqual(
      [0, 0.2, 0.4, 0.6, 0.8, 1].map((value) => value.toFixed(6)),
    );
  });

  it('takes every nesting of a grey image, and typed arrays, to the same example', () => {
    const flat = [1, 2, 3, 4, 5, 6];
    const expected = exampleOf(flat, grey, 'NCHW');
    const nested = [
      [1, 2, 3],
      [4, 5, 6],
    ];
    for (const values of [
      nested,
      [nested],
      nested.map((row) => row.map((value) => [value])),
      Uint8Array.from(flat),
      Float32Array.from(flat),
    ]) {
      expect(exampleOf(values, grey, 'NCHW')).toEqual(expected);
    }
  });

  it('writes colour in the layout of the model', () => {
    const interleaved = rows.flat(2);
    const planes = [0, 1, 2].map((c) => interleaved.filter((_, i) => i % 3 === c));
    expect([...exampleOf(rows, raw, 'NHWC')]).toEqual(interleaved);
    expect([...exampleOf(interleaved, raw, 'NC')]).toEqual(interleaved);
    expect([...exampleOf(rows, raw, 'NCHW')]).toEqual(planes.flat());
  });

  it('takes pixels nested channels first for a channels-first model', () => {
    const planes = [0, 1, 2].map((c) => rows.map((row) => row.map((pixel) => pixel[c])));
    expect(exampleOf(planes, raw, 'NCHW')).toEqual(exampleOf(rows, raw, 'NCHW'));
  });

  it('swaps red and blue for a bgr model, and counts mean and std in its order', () => {
    const bgr: Preprocessing = { ...raw, colourSpace: 'bgr', mean: [2, 1, 0], std: [1, 2, 4] };
    const [blue, green, red] = exampleOf(rows, bgr, 'NHWC');
    expect([blue, green, red]).toEqual([2 - 2, (1 - 1) / 2, 0]);
    expect(exampleOf(rows, bgr, 'NHWC')[17]).toBe(120 / 4);
  });

  it('subtracts mean and divides by std after scaling', () => {
    const contract: Preprocessing = { ...grey, mean: [0.5], std: [0.25] };
    const [black, , , , , white] = exampleOf([0, 0, 0, 0, 0, 255], contract, 'NHWC');
    expect(black).toBeCloseTo(-2, 6);
    expect(white).toBeCloseTo(2, 6);
  });
});

describe('normalise', () => {
  it('writes one example into a batch and leaves its neighbours alone', () => {
    const batch = new Float32Array(18).fill(9);
    normalise(Uint8Array.from([0, 0, 0, 255, 255, 255]), grey, 'NCHW', batch, 6);
    expect([...batch]).toEqual([...Array(6).fill(9), 0, 0, 0, 1, 1, 1, ...Array(6).fill(9)]);
  });

  it('gives a row of bytes and the same JSON pixels the same floats', () => {
    const pixels = Uint8Array.from({ length: 784 }, (_, i) => i % 256);
    const row = new Float32Array(784);
    normalise(pixels, mnistPreprocessing, 'NCHW', row);
    expect(exampleOf([...pixels], mnistPreprocessing, 'NCHW')).toEqual(row);
  });
});
