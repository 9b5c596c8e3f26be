import { describe, expect, it } from 'vitest';
import type { Raster } from '../../../src/image/raster.ts';
import { weighingKernels } from '../../../src/image/resampling/kernels.ts';
import { plainPixelLoops } from '../../../src/image/resampling/pixel-loops.ts';
import { openPixelLoops } from '../../../src/image/resampling/simd-filter.ts';
import { createRandom } from '../../../src/random.ts';

const random = createRandom(5);
const loops = openPixelLoops();
const noise = (width: number, height: number, channels: 1 | 3): Raster => ({
  width,
  height,
  channels,
  // Mostly black and white, so that sums leave 0..255 on both sides.
  data: Uint8Array.from({ length: width * height * channels }, () =>
    random.integer(3) === 0 ? random.integer(256) : random.integer(2) * 255,
  ),
});
const side = (): number => 1 + random.integer(random.integer(4) === 0 ? 3 : 90);

describe('the loops over pixels with vectors', () => {
  it('are there on this machine', () => {
    expect(loops).not.toBe(plainPixelLoops);
  });

  it('give the bytes of the plain ones, by every kernel, for sides of every remainder', () => {
    for (let round = 0; round < 16; round += 1) {
      const image = noise(side(), side(), round % 2 === 0 ? 1 : 3);
      const [width, height] = [side(), side()];
      for (const kernel of Object.values(weighingKernels)) {
        const given = loops.filter(image, width, height, kernel);
        const plain = plainPixelLoops.filter(image, width, height, kernel);
        expect({ ...given, data: Buffer.from(given.data) }).toEqual({
          ...plain,
          data: Buffer.from(plain.data),
        });
      }
    }
  });

  it('make grey as the plain ones do', () => {
    for (let round = 0; round < 20; round += 1) {
      const image = noise(side(), side(), round % 4 === 0 ? 1 : 3);
      const [given, plain] = [loops.grey(image), plainPixelLoops.grey(image)];
      expect([given.channels, Buffer.from(given.data)]).toEqual([1, Buffer.from(plain.data)]);
    }
  });

  it('keep what they gave when another image comes', () => {
    const image = noise(50, 40, 3);
    const first = loops.filter(image, 20, 20, weighingKernels.linear);
    const copy = Buffer.from(first.data);
    loops.filter(noise(300, 200, 3), 250, 100, weighingKernels.lanczos3);
    expect(Buffer.from(first.data)).toEqual(copy);
  });
});
