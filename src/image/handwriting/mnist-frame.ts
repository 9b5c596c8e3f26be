/** MNIST's frame: the digit's longer side is 20 pixels, its centre of mass at pixel 14 of 28. */
export const FRAME = 28;
export const DIGIT = 20;
export const CENTRE = 14;

/** Fainter than this is not ink yet: the rim of anti-aliasing, or what JPEG leaves around a digit. */
const FAINT = 32;

/**
 * Whether 28x28 grey pixels already stand in MNIST's frame, light on dark: the longer side of the ink is
 * 18 to 20 pixels, its centre of mass within one pixel of the frame's, and there is real ink. Such an
 * image is left alone, byte for byte.
 */
export function isInMnistFrame(pixels: Uint8Array): boolean {
  let [left, top, right, bottom, peak] = [FRAME, FRAME, -1, -1, 0];
  let [mass, massX, massY] = [0, 0, 0];
  for (let y = 0, at = 0; y < FRAME; y += 1) {
    for (let x = 0; x < FRAME; x += 1, at += 1) {
      const value = pixels[at]!;
      mass += value;
      massX += value * x;
      massY += value * y;
      if (value < FAINT) continue;
      if (value > peak) peak = value;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      if (y > bottom) bottom = y;
    }
  }
  const side = Math.max(right - left, bottom - top) + 1;
  return (
    peak >= 128 &&
    side >= DIGIT - 2 &&
    side <= DIGIT &&
    Math.abs(massX / mass - CENTRE) <= 1 &&
    Math.abs(massY / mass - CENTRE) <= 1
  );
}
