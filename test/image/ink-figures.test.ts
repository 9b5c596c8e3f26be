import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { inkFigures } from '../../src/image/handwriting/ink-figures.ts';
import { splitOf } from '../../src/image/handwriting/otsu.ts';
import { preparePixels } from '../../src/image/prepare-pixels.ts';
import { createRandom } from '../../src/random.ts';
import { mnistPreprocessing } from '../../src/preprocessing/contract-one.ts';
import { inMnistFrame, plain } from './images.ts';

const seven = inMnistFrame();
const random = createRandom(3);
const square = (level: (i: number) => number) =>
  Uint8Array.from({ length: 784 }, (_, i) => level(i));

describe('the ink figures of bare pixels', () => {
  it('are high for a digit, and the same in either polarity', () => {
    const figures = inkFigures(seven);
    expect(figures.separability).toBeGreaterThan(0.85);
    expect(figures.contrast).toBeGreaterThan(0.9);
    const dark = inkFigures(seven.map((value) => 255 - value));
    expect(dark.separability).toBeCloseTo(figures.separability, 1);
    expect(dark.contrast).toBeCloseTo(figures.contrast, 1);
  });

  it('part noise as theory says: 3/4 when uniform, 2/pi when Gaussian', () => {
    expect(inkFigures(square(() => random.integer(256))).separability).toBeCloseTo(0.75, 1);
    const gaussian = square(() => 128 + random.normal() * 30);
    expect(inkFigures(gaussian).separability).toBeCloseTo(2 / Math.PI, 1);
  });

  it.each([0, 1, 128, 254, 255])('are zero for an even grey of %d', (level) => {
    expect(inkFigures(square(() => level))).toEqual({ separability: 0, contrast: 0 });
  });

  it('measure how far strokes are from their paper, not from black', () => {
    const faint = seven.map((value) => 100 + value / 10);
    expect(inkFigures(faint).contrast).toBeCloseTo(0.1, 1);
  });

  it('are what sorting the pixels and cutting them in two gives', () => {
    for (let round = 0; round < 100; round += 1) {
      const levels = 2 + random.integer(254);
      const pixels = square(() => random.integer(levels));
      const counts = new Uint32Array(256);
      for (const level of pixels) counts[level]! += 1;
      const { threshold, separability } = splitOf(counts, pixels.length, 255);
      const sorted = pixels.toSorted();
      const dark = sorted.filter((value) => value <= threshold);
      const light = sorted.filter((value) => value > threshold);
      const [ink, paper] = light.length <= dark.length ? [light, dark] : [dark.toReversed(), light];
      const contrast =
        Math.abs(ink[Math.floor(ink.length * 0.75)]! - paper[paper.length >> 1]!) / 255;
      expect(inkFigures(pixels)).toEqual({ separability, contrast });
    }
  });

  it('come with JSON pixels when the contract looks for ink, and only then', () => {
    const values = [...seven];
    expect(preparePixels(values, mnistPreprocessing, 'NCHW').ink).toEqual(inkFigures(seven));
    expect(preparePixels(values, plain, 'NCHW').ink).toBeUndefined();
  });

  it('show pixels that nobody could tell from black as blank', () => {
    const faint = Array.from(seven, (value) => 2 * Math.round(value / 255));
    expect(preparePixels(faint, mnistPreprocessing, 'NCHW').ink!.contrast).toBeLessThan(0.05);
  });
});

const mnist = [process.env['GLIMPSE_MNIST_DIR'], 'data/mnist'].find(
  (dir) => dir && existsSync(join(dir, 'train-images-idx3-ubyte.gz')),
);

describe('MNIST 50000..59999', () => {
  it('lies above .85 in separability and above .75 in contrast, far from both thresholds', ({
    skip,
  }) => {
    skip(mnist === undefined, 'MNIST is not on this machine');
    const images = gunzipSync(readFileSync(join(mnist!, 'train-images-idx3-ubyte.gz')));
    let [separability, contrast] = [1, 1];
    for (let at = 16 + 50_000 * 784; at < images.length; at += 784) {
      const figures = inkFigures(images.subarray(at, at + 784));
      separability = Math.min(separability, figures.separability);
      contrast = Math.min(contrast, figures.contrast);
    }
    expect(separability).toBeGreaterThan(0.85);
    expect(contrast).toBeGreaterThan(0.75);
  });
});

describe('the ink figures against misuse', () => {
  it.each([1, 2, 3, 5, 784])('are finite and within 0..1 for %d pixels of anything', (length) => {
    for (let i = 0; i < 200; i += 1) {
      const levels = 1 + random.integer(4);
      const { separability, contrast } = inkFigures(
        Uint8Array.from({ length }, () => random.integer(levels) * random.integer(256)),
      );
      expect(separability >= 0 && separability <= 1.000001, `${separability}`).toBe(true);
      expect(contrast >= 0 && contrast <= 1, `${contrast}`).toBe(true);
    }
  });
});
