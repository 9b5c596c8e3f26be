import type { Random } from '../../src/random.ts';
import { photograph } from './paper.ts';
import { writeStrokes } from '../../src/training/outliers/pen.ts';
import { lines, type Stroke } from '../../src/training/outliers/signs.ts';
import { drawHand } from './pen.ts';

/** Grey pixels of a square image, row by row. */
export type Square = (random: Random, side: number) => Uint8Array;

const fill =
  (level: (random: Random) => (x: number, y: number) => number): Square =>
  (random, side) => {
    const at = level(random);
    return Uint8Array.from({ length: side * side }, (_, i) =>
      Math.min(255, Math.max(0, Math.round(at((i % side) / side, Math.floor(i / side) / side)))),
    );
  };

/** Between 0 and 1 along a random direction. */
function slope(random: Random): (x: number, y: number) => number {
  const angle = random.next() * 2 * Math.PI;
  const [sx, sy] = [Math.cos(angle), Math.sin(angle)];
  return (x, y) => 0.5 + (sx * (x - 0.5) + sy * (y - 0.5)) / Math.SQRT2;
}

/** A few soft spots, as an unfocused camera sees things. */
function spots(random: Random): (x: number, y: number) => number {
  const all = Array.from({ length: 3 + random.integer(6) }, () => ({
    x: random.next(),
    y: random.next(),
    size: 0.08 + random.next() * 0.12,
    height: random.symmetric(120),
  }));
  return (x, y) =>
    all.reduce(
      (sum, spot) =>
        sum +
        spot.height *
          Math.exp(-((x - spot.x) ** 2 + (y - spot.y) ** 2) / (2 * spot.size * spot.size)),
      128,
    );
}

/** Images that show no digit, and no ink at all. */
export const inkless: Readonly<Record<string, Square>> = {
  'blank paper': fill((random) => {
    const level = 150 + random.integer(106);
    return () => level;
  }),
  'noisy blank paper': fill((random) => {
    const [light, noise] = [slope(random), 2 + random.next() * 10];
    return (x, y) => 160 + 60 * light(x, y) + random.normal() * noise;
  }),
  'gaussian noise': fill((random) => {
    const spread = 25 + random.next() * 30;
    return () => 128 + random.normal() * spread;
  }),
  'uniform noise': fill((random) => () => random.integer(256)),
  'smooth gradient': fill((random) => {
    const light = slope(random);
    return (x, y) => 20 + 215 * light(x, y);
  }),
  'soft blobs': fill(spots),
};

/** Capitals of straight strokes that no digit looks like. */
const capitals: readonly (readonly Stroke[])[] = [
  [lines('10,98 50,2 90,98'), lines('26,62 74,62')], // A
  [lines('82,4 18,4 18,96 82,96'), lines('18,50 68,50')], // E
  [lines('82,4 18,4 18,98'), lines('18,48 68,48')], // F
  [lines('16,2 16,98'), lines('84,2 84,98'), lines('16,50 84,50')], // H
  [lines('20,2 20,98'), lines('82,4 20,54 84,98')], // K
  [lines('10,98 16,2 50,64 84,2 90,98')], // M
  [lines('16,98 16,2 84,98 84,2')], // N
  [lines('8,4 92,4'), lines('50,4 50,98')], // T
  [lines('4,2 28,98 50,30 72,98 96,2')], // W
  [lines('12,2 88,98'), lines('88,2 12,98')], // X
  [lines('12,2 50,50 88,2'), lines('50,50 50,98')], // Y
];

/** Ink, but no digit: one capital on paper. */
export const letters: Square = (random, side) => {
  const strokes = capitals[random.integer(capitals.length)]!;
  const canvas = writeStrokes(random, strokes, drawHand(random, 0), side, side * 0.6);
  const paper = { paper: 230, ink: 45, shade: 0.15, noise: 2, ruling: 0 };
  return photograph(random, canvas, { width: side, height: side, left: 0, top: 0, ...paper });
};
