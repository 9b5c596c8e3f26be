import { describe, expect, it } from 'vitest';
import { canonicalise } from '../../src/image/handwriting/canonicalise.ts';
import type { Raster } from '../../src/image/raster.ts';
import { createRandom } from '../../src/random.ts';

const page = (width: number, height: number, level: (i: number) => number): Raster => ({
  width,
  height,
  channels: 1,
  data: Uint8Array.from({ length: width * height }, (_, i) => level(i)),
});

describe('canonicalise without a digit', () => {
  it.each([0, 1, 128, 255])(
    'gives an empty canvas for a page of level %i, and says so',
    (level) => {
      const { pixels, separability, contrast } = canonicalise(page(300, 400, () => level));
      expect(Math.max(...pixels)).toBe(0);
      expect([separability, contrast]).toEqual([0, 0]);
    },
  );

  it('gives an empty canvas for a slope of light', () => {
    const { pixels, contrast } = canonicalise(page(300, 400, (i) => (i % 300) / 2));
    expect(Math.max(...pixels)).toBe(0);
    expect(contrast).toBeLessThan(0.02);
  });

  it('finds little contrast and little separability in the grain of a blank page', () => {
    const random = createRandom(4);
    const { separability, contrast } = canonicalise(
      page(300, 400, () => 200 + random.normal() * 3),
    );
    expect(contrast).toBeLessThan(0.05);
    expect(separability).toBeLessThan(0.8);
  });

  it('finds little separability in noise', () => {
    const random = createRandom(4);
    const { separability } = canonicalise(page(300, 400, () => random.integer(256)));
    expect(separability).toBeLessThan(0.8);
  });
});

describe('canonicalise of odd images', () => {
  it.each([
    [1, 1],
    [1, 500],
    [500, 1],
    [2, 3],
    [28, 28],
    [3, 400],
    [512, 5],
  ])('survives %i x %i pixels of anything', (width, height) => {
    const random = createRandom(width * 1000 + height);
    for (let round = 0; round < 10; round += 1) {
      const levels = random.integer(3) + 2;
      const image = page(width, height, () =>
        Math.floor((random.integer(levels) * 255) / (levels - 1)),
      );
      const { pixels, separability, contrast } = canonicalise(image);
      expect(pixels).toHaveLength(784);
      expect(separability).toBeGreaterThanOrEqual(0);
      expect(separability).toBeLessThanOrEqual(1);
      expect(contrast).toBeGreaterThanOrEqual(0);
      expect(contrast).toBeLessThanOrEqual(1.01);
    }
  });

  it('finds a single dot', () => {
    const { pixels } = canonicalise(page(100, 100, (i) => (i === 5050 ? 0 : 255)));
    expect(Math.max(...pixels)).toBe(255);
  });
});
