import type { Random } from '../../src/random.ts';
import type { Canvas } from './pen.ts';

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
}

/** Grey pixels of the scene, row by row. */
export function photograph(random: Random, digit: Canvas, scene: Scene): Uint8Array {
  const { width, height, paper, ink, left, top, shade, noise, ruling } = scene;
  const direction = random.next() * 6.28;
  const [sx, sy] = [Math.cos(direction), Math.sin(direction)];
  const pixels = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [u, v] = [x - left, y - top];
      const covered = u >= 0 && v >= 0 && u < digit.width && v < digit.height;
      const cover = covered ? digit.ink[v * digit.width + u]! / 255 : 0;
      const isLine = ruling > 0 && y % ruling === Math.floor(ruling / 2);
      const sheet = isLine ? paper + (ink - paper) * 0.22 : paper;
      const light =
        1 - shade * (0.5 + 0.5 * (sx * (x / width - 0.5) * 2 + sy * (y / height - 0.5) * 2));
      const level = (sheet + (ink - sheet) * cover) * light + random.normal() * noise;
      pixels[y * width + x] = Math.min(255, Math.max(0, Math.round(level)));
    }
  }
  return pixels;
}
