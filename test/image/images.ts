import type { ImageLimits } from '../../src/image/prepare-image.ts';

export const limits: ImageLimits = { maxBytes: 1 << 24, maxPixels: 10_000_000, maxFrames: 100 };

/** A seven with soft edges: light on dark, 20 pixels tall, its mass in the middle, as MNIST has them. */
export function inMnistFrame(): Uint8Array {
  const pixels = new Uint8Array(28 * 28);
  const stroke = (from: readonly [number, number], to: readonly [number, number]): void => {
    for (let y = 0; y < 28; y += 1) {
      for (let x = 0; x < 28; x += 1) {
        const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
        const along = ((x - from[0]) * dx + (y - from[1]) * dy) / (dx * dx + dy * dy);
        const t = Math.min(1, Math.max(0, along));
        const distance = Math.hypot(x - from[0] - t * dx, y - from[1] - t * dy);
        const value = Math.round(255 * Math.min(1, Math.max(0, 2 - distance)));
        pixels[y * 28 + x] = Math.max(pixels[y * 28 + x]!, value);
      }
    }
  };
  stroke([9, 8], [19, 8]);
  stroke([19, 8], [13, 24]);
  return pixels;
}
