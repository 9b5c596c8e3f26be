import type { Random } from '../../src/random.ts';

type Colour = readonly [red: number, green: number, blue: number];
/** How far outside of the shape a place is, in pixels; inside is below zero. x, y from its centre. */
type Outline = (x: number, y: number, radius: number) => number;

const colours = { red: [205, 48, 52], green: [52, 152, 74], blue: [44, 84, 190] } as const;

const circle: Outline = (x, y, radius) => Math.hypot(x, y) - radius;
const square: Outline = (x, y, radius) => Math.max(Math.abs(x), Math.abs(y)) - radius * 0.86;
const triangle: Outline = (x, y, radius) =>
  Math.max(Math.abs(x) * 0.87 - (y + radius) / 2, y - radius / 2);

const kinds = {
  'blue-circle': [colours.blue, circle],
  'blue-square': [colours.blue, square],
  'green-triangle': [colours.green, triangle],
  'red-circle': [colours.red, circle],
  'red-square': [colours.red, square],
} satisfies Record<string, readonly [Colour, Outline]>;

/** Neither the shape nor the colour alone tells these five classes apart. */
export type ShapeKind = keyof typeof kinds;
export const shapeKinds = Object.keys(kinds).sort() as ShapeKind[];
export const SHAPE_SIDE = 32;

const mix = (from: number, to: number, share: number): number => from + (to - from) * share;

/** One shape on a pale ground: its place, size, turn, shade and the noise are chance. RGB, 32x32. */
export function drawShape(random: Random, kind: ShapeKind): Uint8Array {
  const [colour, outline] = kinds[kind];
  const radius = 6 + random.next() * 5;
  const [centreX, centreY] = [16 + random.symmetric(4), 16 + random.symmetric(4)];
  const turn = random.symmetric(0.4);
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const shade = 0.75 + random.next() * 0.4;
  const ground = [0, 1, 2].map(() => 205 + random.symmetric(35));
  const pixels = new Uint8Array(SHAPE_SIDE * SHAPE_SIDE * 3);
  for (let y = 0, at = 0; y < SHAPE_SIDE; y += 1) {
    for (let x = 0; x < SHAPE_SIDE; x += 1, at += 3) {
      const [dx, dy] = [x + 0.5 - centreX, y + 0.5 - centreY];
      const outside = outline(cos * dx + sin * dy, cos * dy - sin * dx, radius);
      const cover = Math.min(1, Math.max(0, 0.5 - outside));
      for (let channel = 0; channel < 3; channel += 1) {
        const level = mix(ground[channel]!, colour[channel]! * shade, cover);
        pixels[at + channel] = Math.min(255, Math.max(0, Math.round(level + random.normal() * 8)));
      }
    }
  }
  return pixels;
}
