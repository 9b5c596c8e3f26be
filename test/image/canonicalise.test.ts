import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { canonicalise } from '../../src/image/handwriting/canonicalise.ts';
import { isInMnistFrame } from '../../src/image/handwriting/mnist-frame.ts';
import type { Raster } from '../../src/image/raster.ts';
import { createRandom } from '../../src/random.ts';
import { inMnistFrame } from './images.ts';

const seven = inMnistFrame();

interface Scene {
  readonly width?: number;
  readonly height?: number;
  /** Side of the digit's 28-pixel frame in the scene, and where it stands. */
  readonly side: number;
  readonly left: number;
  readonly top: number;
  readonly paper: number;
  readonly ink: number;
  /** Added to the level of every pixel: shadows, slopes, ruled lines. */
  readonly light?: (x: number, y: number) => number;
}

/** The seven drawn into a page, smoothly enlarged. */
function draw({ width = 300, height = 400, side, left, top, paper, ink, light }: Scene): Raster {
  const data = new Uint8Array(width * height);
  const scale = 28 / side;
  const inkAt = (x: number, y: number): number => {
    const [u, v] = [(x - left + 0.5) * scale - 0.5, (y - top + 0.5) * scale - 0.5];
    const [column, row] = [Math.floor(u), Math.floor(v)];
    if (column < 0 || row < 0 || column > 26 || row > 26) return 0;
    const at = row * 28 + column;
    const upper = seven[at]! * (1 - (u - column)) + seven[at + 1]! * (u - column);
    const lower = seven[at + 28]! * (1 - (u - column)) + seven[at + 29]! * (u - column);
    return (upper * (1 - (v - row)) + lower * (v - row)) / 255;
  };
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const level = paper + (ink - paper) * inkAt(x, y) + (light?.(x, y) ?? 0);
      data[y * width + x] = Math.min(255, Math.max(0, level));
    }
  }
  return { width, height, channels: 1, data };
}

/** How much of the ink of two canvases does not coincide, 0..1 and beyond. */
function difference(one: Uint8Array, other: Uint8Array): number {
  const sum = one.reduce((total, value, i) => total + Math.abs(value - other[i]!), 0);
  return sum / other.reduce((total, value) => total + value, 0);
}

const shifted = (dx: number, dy: number): Uint8Array =>
  Uint8Array.from(seven, (_, i) => seven[i - dx - dy * 28] ?? 0);

const reference = canonicalise(draw({ side: 200, left: 50, top: 100, paper: 255, ink: 0 })).pixels;
const random = createRandom(2);

describe('canonicalise', () => {
  it('brings a page back into the frame the digit came from', () => {
    expect(isInMnistFrame(reference)).toBe(true);
    expect(difference(reference, seven)).toBeLessThan(0.15);
  });

  it.each<[string, Scene]>([
    ['in a corner', { side: 120, left: 5, top: 275, paper: 255, ink: 0 }],
    ['light on dark', { side: 200, left: 50, top: 100, paper: 0, ink: 255 }],
    ['faint', { side: 200, left: 50, top: 100, paper: 200, ink: 160 }],
    ['faint, light on dark', { side: 150, left: 90, top: 30, paper: 60, ink: 100 }],
    ['small', { side: 56, left: 200, top: 40, paper: 240, ink: 20 }],
    ['as small as MNIST itself', { side: 28, left: 13, top: 300, paper: 255, ink: 0 }],
    [
      'filling the image',
      { side: 100, left: -22, top: -22, paper: 255, ink: 0, width: 54, height: 77 },
    ],
    [
      'in a wide image',
      { side: 90, left: 500, top: 4, paper: 255, ink: 0, width: 700, height: 100 },
    ],
    [
      'lit from one side',
      { side: 140, left: 20, top: 30, paper: 180, ink: 60, light: (x, y) => x / 5 - y / 5 },
    ],
    [
      'lit from one side, light on dark',
      { side: 140, left: 20, top: 30, paper: 70, ink: 190, light: (x, y) => y / 5 - x / 5 },
    ],
    [
      'half in shadow',
      {
        side: 140,
        left: 80,
        top: 120,
        paper: 220,
        ink: 60,
        light: (x) => -70 / (1 + Math.exp((x - 150) / 8)),
      },
    ],
    [
      'on ruled paper',
      {
        side: 160,
        left: 60,
        top: 120,
        paper: 240,
        ink: 30,
        light: (_, y) => (y % 40 < 2 ? -40 : 0),
      },
    ],
    [
      'in noise',
      { side: 180, left: 60, top: 120, paper: 200, ink: 50, light: () => random.normal() * 12 },
    ],
  ])('gives nearly the same canvas when the digit is %s', (_, scene) => {
    const { pixels, separability, contrast } = canonicalise(draw(scene));
    expect(difference(pixels, reference)).toBeLessThan(0.3);
    expect(separability).toBeGreaterThan(0.8);
    expect(contrast).toBeGreaterThan(0.1);
  });

  it('ignores a colour cast: it looks at grey', () => {
    const grey = draw({ side: 200, left: 50, top: 100, paper: 255, ink: 0 });
    const data = new Uint8Array(grey.data.length * 3);
    grey.data.forEach((value, i) => data.set([value, value * 0.9, value * 0.7], i * 3));
    const { pixels } = canonicalise({ ...grey, channels: 3, data });
    expect(difference(pixels, reference)).toBeLessThan(0.05);
  });

  it('leaves its own result alone', () => {
    const again = canonicalise({ width: 28, height: 28, channels: 1, data: reference });
    expect(again.isUntouched).toBe(true);
    expect(again.pixels).toEqual(reference);
  });
});

describe('the frame of MNIST', () => {
  it('is left alone, byte for byte, in either polarity', () => {
    const dark = seven.map((value) => 255 - value);
    for (const data of [seven, dark]) {
      const digit = canonicalise({ width: 28, height: 28, channels: 1, data });
      expect(digit).toMatchObject({ pixels: seven, isUntouched: true });
      expect(digit.separability).toBeGreaterThan(0.8);
      expect(digit.contrast).toBeGreaterThan(0.9);
    }
  });

  it('is not what is off-centre, too large, too small, or faint', () => {
    expect(isInMnistFrame(shifted(1, 0))).toBe(true);
    for (const moved of [shifted(3, 0), shifted(0, 3), shifted(-3, -1)]) {
      expect(isInMnistFrame(moved)).toBe(false);
      const back = canonicalise({ width: 28, height: 28, channels: 1, data: moved });
      expect(back.isUntouched).toBe(false);
      expect(difference(back.pixels, seven)).toBeLessThan(0.35);
    }
    expect(isInMnistFrame(seven.map((value) => value / 3))).toBe(false);
    const block = Uint8Array.from({ length: 784 }, (_, i) => (i % 28 > 8 && i % 28 < 20 ? 255 : 0));
    expect(isInMnistFrame(block)).toBe(false);
  });

  const folder = [process.env['GLIMPSE_MNIST_DIR'], 'data/mnist'].find(
    (dir) => dir && existsSync(join(dir, 'train-images-idx3-ubyte.gz')),
  );
  it('holds all 60,000 training images of MNIST', ({ skip }) => {
    skip(folder === undefined, 'MNIST is not on this machine');
    const images = gunzipSync(readFileSync(join(folder!, 'train-images-idx3-ubyte.gz'))).subarray(
      16,
    );
    let inFrame = 0;
    for (let at = 0; at < images.length; at += 784) {
      if (isInMnistFrame(images.subarray(at, at + 784))) inFrame += 1;
    }
    expect(inFrame).toBe(60_000);
  });
});
