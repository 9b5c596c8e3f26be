import type { Random } from '../../src/random.ts';
import type { Canvas } from '../../src/training/outliers/pen.ts';

/** How a sheet with one digit on it looks to a camera. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  /** Grey levels 0..255. */
  readonly paper: number;
  readonly ink: number;
  /** Where the canvas' top left corner goes. */
  readonly left: number;
  readonly top: number;
  /** Brightness lost from one side to the other, 0..1. */
  readonly shade: number;
  /** Standard deviation of the sensor's noise, in grey levels. */
  readonly noise: number;
  /** Pixels between ruled lines; 0 = plain paper. */
  readonly ruling: number;
  /** Pixels across a ruled line, 1 by default. */
  readonly ruleWidth?: number;
  /** How far a ruled line is from paper to ink, 0.22 by default. */
  readonly ruleStrength?: number;
  /** Light lost in a shadow with a soft edge that falls over a part of the sheet, 0..1. */
  readonly shadow?: number;
}

/** Grey pixels of the scene, row by row. */
export function photograph(random: Random, digit: Canvas, scene: Scene): Uint8Array {
  const { width, height, paper, ink, left, top, shade, noise, ruling } = scene;
  const { ruleWidth = 1, ruleStrength = 0.22 } = scene;
  const direction = random.next() * 6.28;
  const [sx, sy] = [Math.cos(direction), Math.sin(direction)];
  const shadowAt = createShadow(random, scene);
  const pixels = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [u, v] = [x - left, y - top];
      const covered = u >= 0 && v >= 0 && u < digit.width && v < digit.height;
      const cover = covered ? digit.ink[v * digit.width + u]! / 255 : 0;
      const isLine = ruling > 0 && Math.abs((y % ruling) - Math.floor(ruling / 2)) < ruleWidth / 2;
      const sheet = isLine ? paper + (ink - paper) * ruleStrength : paper;
      const light =
        1 - shade * (0.5 + 0.5 * (sx * (x / width - 0.5) * 2 + sy * (y / height - 0.5) * 2));
      const level =
        (sheet + (ink - sheet) * cover) * light * shadowAt(x, y) + random.normal() * noise;
      pixels[y * width + x] = Math.min(255, Math.max(0, Math.round(level)));
    }
  }
  return pixels;
}

/** The share of light that a place of the sheet gets; without a shadow no chance is drawn. */
function createShadow(
  random: Random,
  { width, height, shadow = 0 }: Scene,
): (x: number, y: number) => number {
  if (shadow === 0) return () => 1;
  const direction = random.next() * 6.28;
  const [sx, sy] = [Math.cos(direction), Math.sin(direction)];
  const edge = random.symmetric(0.3);
  const softness = 0.04 + random.next() * 0.12;
  return (x, y) => {
    const inside = (sx * (x / width - 0.5) + sy * (y / height - 0.5) - edge) / softness;
    return 1 - shadow / (1 + Math.exp(-inside));
  };
}
