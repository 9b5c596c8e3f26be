import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Raster } from '../../../src/image/raster.ts';
import { kernels, weighingKernels, type Kernel } from '../../../src/image/resampling/kernels.ts';
import { resample } from '../../../src/image/resampling/resample.ts';

interface Recorded {
  readonly library: 'Pillow' | 'OpenCV' | 'TensorFlow';
  readonly kernel: Kernel;
  readonly antialias: boolean;
  readonly from: [number, number, 1 | 3];
  readonly to: [number, number];
  /** Base64, row by row. */
  readonly pixels: string;
}

/** Made by scripts/parity/record_resampling.py, which says how. */
const recorded: readonly Recorded[] = JSON.parse(
  readFileSync(new URL('recorded.json', import.meta.url), 'utf8'),
);

/** The pixels that the script has, too. */
function noise(width: number, height: number, channels: 1 | 3): Raster {
  let state = 1 + width * height * channels;
  const data = Uint8Array.from({ length: width * height * channels }, () => {
    state = (state * 48271) % 2147483647;
    return state >> 23;
  });
  return { width, height, channels, data };
}

const grey = (width: number, ...levels: number[]): Raster => ({
  width,
  height: levels.length / width,
  channels: 1,
  data: Uint8Array.from(levels),
});

function levelsOf(raster: Raster, kernel: Kernel, antialias: boolean, size: [number, number]) {
  const [width, height] = size;
  const resized = resample(raster, { width, height }, { kernel, antialias });
  expect([resized.width, resized.height, resized.channels]).toEqual([...size, raster.channels]);
  return Array.from(resized.data);
}

/** The largest difference allowed, and in how many of a thousand values there may be one. */
const allowed = (library: string, kernel: Kernel): [number, number] => {
  if (library === 'Pillow' || kernel.startsWith('nearest')) return [0, 0];
  // TensorFlow's bilinear is not rounded but OpenCV's is cut off; its cubic looks weights up in a table.
  if (library === 'TensorFlow') return [1, kernel === 'linear' ? 200 : kernel === 'cubic' ? 60 : 5];
  return kernel === 'linear' ? [0, 0] : [1, 5];
};

describe('resample gives what the libraries gave', () => {
  it.each(recorded)('$library $kernel $from to $to', ({ pixels, ...recording }) => {
    const { library, kernel, antialias } = recording;
    const made = levelsOf(noise(...recording.from), kernel, antialias, recording.to);
    const expected = Buffer.from(pixels, 'base64');
    expect(made).toHaveLength(expected.length);
    const differences = made.map((value, at) => Math.abs(value - expected[at]!));
    const [largest, perThousand] = allowed(library, kernel);
    expect(Math.max(...differences)).toBeLessThanOrEqual(largest);
    const share = differences.filter((difference) => difference > 0).length / expected.length;
    expect(share * 1000).toBeLessThanOrEqual(perThousand);
  });
});

/** Keys' formula at four neighbours of a quarter. */
const weightsOf = (a: number) =>
  [1.25, 0.25, 0.75, 1.75].map((x) =>
    x < 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : (((x - 5) * x + 8) * x - 4) * a,
  );

describe('resample', () => {
  it('weighs by hand-computed triangles, with and without antialias', () => {
    const line = grey(4, 0, 100, 200, 40);
    // Halving: with antialias four pixels count by 1:3:3:1, without the edge's outer one; else the two in the middle.
    const halved = [(100 * 3 + 200) / 7, (100 + 200 * 3 + 40 * 3) / 7].map(Math.round);
    expect(levelsOf(line, 'linear', true, [2, 1])).toEqual(halved);
    expect(levelsOf(line, 'linear', false, [2, 1])).toEqual([50, 120]);
    // Doubling: a quarter and three quarters of two neighbours; the edge goes on.
    expect(levelsOf(grey(2, 0, 200), 'linear', true, [4, 1])).toEqual([0, 50, 150, 200]);
    expect(levelsOf(grey(2, 0, 200), 'linear', false, [4, 1])).toEqual([0, 50, 150, 200]);
  });

  it('does not shift what it enlarges by half a pixel', () => {
    const spot = grey(3, 0, 0, 0, 0, 240, 0, 0, 0, 0);
    for (const kernel of kernels.filter((name) => name !== 'nearest-floor')) {
      for (const antialias of [true, false]) {
        const large = levelsOf(spot, kernel, antialias, [9, 9]);
        expect(large, kernel).toEqual(large.toReversed());
        expect(large.indexOf(Math.max(...large)), kernel).toBeLessThanOrEqual(40);
      }
    }
  });

  it('tells nearest by the middle from nearest by the corner', () => {
    const line = grey(5, 10, 20, 30, 40, 50);
    expect(levelsOf(line, 'nearest', true, [2, 1])).toEqual([20, 40]);
    expect(levelsOf(line, 'nearest', false, [2, 1])).toEqual([20, 40]);
    expect(levelsOf(line, 'nearest-floor', false, [2, 1])).toEqual([10, 30]);
  });

  it('tells the cubic of -0.5 from that of -0.75', () => {
    const step = grey(4, 0, 0, 128, 128);
    // A quarter of a pixel before the middle of the step.
    const [soft, sharp] = [-0.5, -0.75].map((a) => {
      const [, , third = 0, fourth = 0] = weightsOf(a);
      return Math.round(128 * (third + fourth));
    });
    expect(levelsOf(step, 'cubic', false, [8, 1])[3]).toBe(soft);
    expect(levelsOf(step, 'cubic-0.75', false, [8, 1])[3]).toBe(sharp);
    expect(soft).not.toBe(sharp);
  });

  it.each(['linear', 'cubic', 'cubic-0.75', 'lanczos3'] as const)(
    'is within a level of the formula of %s with antialias, where nothing overshoots',
    (kernel) => {
      const [from, to] = [
        { width: 23, height: 17 },
        { width: 9, height: 29 },
      ];
      const smooth = grey(
        from.width,
        ...Array.from({ length: from.width * from.height }, (_, at) =>
          Math.round(128 + 60 * Math.sin(at / 5) * Math.cos(Math.floor(at / from.width) / 4)),
        ),
      );
      const made = levelsOf(smooth, kernel, true, [to.width, to.height]);
      const expected = Array.from({ length: to.width * to.height }, (_, at) =>
        byFormula(smooth, kernel, at % to.width, Math.floor(at / to.width), to),
      );
      const errors = made.map((value, at) => Math.abs(value - expected[at]!));
      expect(Math.max(...errors)).toBeLessThanOrEqual(1);
    },
  );

  it('keeps one colour as it is, whatever the kernel and the sizes', () => {
    for (const kernel of kernels) {
      for (const antialias of [true, false]) {
        for (const size of [
          [1, 1],
          [3, 11],
          [40, 7],
        ] as [number, number][]) {
          const flat: Raster = { ...noise(7, 5, 3), data: new Uint8Array(105).fill(201) };
          expect(new Set(levelsOf(flat, kernel, antialias, size)), kernel).toEqual(new Set([201]));
        }
      }
    }
  });

  it('gives a raster back that has the size', () => {
    const image = noise(6, 4, 3);
    expect(resample(image, image, { kernel: 'cubic', antialias: true })).toBe(image);
  });

  it('stops at black and white where a kernel overshoots', () => {
    const edge = grey(4, 0, 0, 255, 255);
    for (const antialias of [true, false]) {
      const levels = levelsOf(edge, 'lanczos3', antialias, [16, 1]);
      expect(Math.min(...levels)).toBe(0);
      expect(Math.max(...levels)).toBe(255);
      expect(levels.slice(0, 4).every((level) => level < 64)).toBe(true);
    }
  });
});

/** Every pixel of the source by the kernel's weight for it, in both directions at once. */
function byFormula(
  source: Raster,
  kernel: keyof typeof weighingKernels,
  x: number,
  y: number,
  to: { width: number; height: number },
): number {
  const { weight } = weighingKernels[kernel];
  const weights = (at: number, from: number, length: number): number[] => {
    const scale = from / length;
    const line = Array.from({ length: from }, (_, index) =>
      weight((index + 0.5 - (at + 0.5) * scale) / Math.max(1, scale)),
    );
    const sum = line.reduce((total, value) => total + value, 0);
    return line.map((value) => value / sum);
  };
  const across = weights(x, source.width, to.width);
  const down = weights(y, source.height, to.height);
  return source.data.reduce(
    (sum, level, at) =>
      sum + level * across[at % source.width]! * down[Math.floor(at / source.width)]!,
    0,
  );
}
