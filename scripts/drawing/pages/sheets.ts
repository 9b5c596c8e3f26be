import type { Sharp } from 'sharp';
import type { Random } from '../../../src/random.ts';
import type { Canvas } from '../../../src/training/outliers/pen.ts';
import { between, inkOf, shoot, sized, tinted, type Colour, type Shot } from './shot.ts';

/** A picture of a kind, around the ink of one digit. */
export type Draw = (random: Random, ink: Canvas) => Promise<Buffer>;

export const chance = (random: Random, share: number): boolean => random.next() < share;

/** A picture of a plain sheet: the size, where the digit lies, the colours; everything but what makes it a case. */
export async function sheetOf(
  random: Random,
  ink: Canvas,
  { least = 60, most = 900, low = 0.2, high = 0.6, faint = 0.45, full = 0.95 } = {},
): Promise<Shot> {
  const width = sized(random, least, most);
  const height = Math.round(width * between(random, 0.75, 1.35));
  const shorter = Math.min(width, height);
  const turn = chance(random, 0.6) ? random.symmetric(8) : 0;
  const tall = Math.max(6, Math.round(between(random, low, high) * shorter));
  const digit = await inkOf(ink, tall, turn);
  return {
    width,
    height,
    ...tones(random, [faint, full]),
    digit,
    ...lying(random, digit, width, height),
    noise: chance(random, 0.7) ? between(random, 0, 5) : 0,
    blur: chance(random, 0.5) ? between(random, 0, 0.012) * tall : 0,
  };
}

/** Somewhere on a sheet, with some of it all around. */
export function lying(random: Random, digit: Canvas, width: number, height: number) {
  const margin = 0.06 * Math.min(width, height);
  const room = (space: number, taken: number): number =>
    space - taken < 2 * margin
      ? (space - taken) / 2
      : between(random, margin, space - taken - margin);
  return { left: room(width, digit.width), top: room(height, digit.height) };
}

/** Dark ink on light paper, of any colour. */
export function tones(random: Random, [low, high]: readonly [number, number]) {
  const paper = between(random, 165, 255);
  const level = paper * (1 - between(random, low, high));
  const isBlue = chance(random, 0.3);
  const ink: Colour = isBlue
    ? [level * 0.7, level * 0.8, Math.min(255, level + 60)]
    : tinted(random, level, 8);
  return { paper: tinted(random, paper, 10), ink };
}

export const negative = (shot: Shot): Shot => ({ ...shot, paper: shot.ink, ink: shot.paper });

/** As files come: without loss, or as a JPEG or WebP of some quality. */
async function encode(random: Random, image: Sharp): Promise<Buffer> {
  const grey = chance(random, 0.3) ? image.toColourspace('b-w') : image;
  const kind = random.next();
  const quality = 50 + random.integer(46);
  if (kind < 0.45) return grey.png({ compressionLevel: 1 }).toBuffer();
  return kind < 0.9 ? grey.jpeg({ quality }).toBuffer() : grey.webp({ quality }).toBuffer();
}

export const shown = async (random: Random, shot: Shot): Promise<Buffer> =>
  encode(random, shoot(random, shot));

/** Light that falls off to one side. */
export function slope(random: Random, size: { width: number; height: number }, most: number) {
  const [loss, angle] = [random.next() * most, random.next() * 6.28];
  const [sx, sy] = [Math.cos(angle), Math.sin(angle)];
  return (x: number, y: number): number =>
    1 - loss * (0.5 + sx * (x / size.width - 0.5) + sy * (y / size.height - 0.5));
}
