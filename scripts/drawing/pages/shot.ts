import sharp, { type Sharp } from 'sharp';
import type { Random } from '../../../src/random.ts';
import type { Canvas } from '../../../src/training/outliers/pen.ts';

export type Colour = readonly [red: number, green: number, blue: number];
/** What lies at a place of the picture. */
export type ColourAt = (x: number, y: number) => Colour;
export type ShareAt = (x: number, y: number) => number;
type Corner = readonly [x: number, y: number];
/** Top left, top right, bottom right, bottom left. */
export type Quad = readonly [Corner, Corner, Corner, Corner];

/** A sheet with one digit on it, and how it came to lie in the picture. */
export interface Shot {
  readonly width: number;
  readonly height: number;
  readonly paper: Colour;
  readonly ink: Colour;
  /** The digit, as large as it is on the sheet, and where its corner goes there. */
  readonly digit: Canvas;
  readonly left: number;
  readonly top: number;
  /** Where the corners of a sheet of this size lie; the whole picture unless there is a ground around it. */
  readonly sheet?: {
    readonly width: number;
    readonly height: number;
    readonly corners: Quad;
    readonly ground: ColourAt;
  };
  /** Laid over everything: where its colour is defined nothing else is seen. */
  readonly over?: (x: number, y: number) => Colour | undefined;
  /** The share of the light that a place gets. */
  readonly light?: ShareAt;
  /** Standard deviation of the noise in grey levels, and of the blur in pixels. */
  readonly noise: number;
  readonly blur: number;
}

export const between = (random: Random, low: number, high: number): number =>
  low + random.next() * (high - low);

/** Small and large ones alike: between the two by ratio. */
export const sized = (random: Random, low: number, high: number): number =>
  Math.round(low * (high / low) ** random.next());

/** A grey with a tint. */
export function tinted(random: Random, level: number, tint = 10): Colour {
  const part = (): number => Math.min(255, Math.max(0, level + random.symmetric(tint)));
  return [part(), part(), part()];
}

/** The ink so many pixels high, turned by some degrees. */
export async function inkOf(canvas: Canvas, high: number, turn = 0): Promise<Canvas> {
  const { width, height } = canvas;
  const raw = { width, height, channels: 1 } as const;
  const size = { width: Math.max(1, Math.round((width * high) / height)), height: high };
  const resized = await sharp(canvas.ink, { raw })
    .resize(size.width, size.height, { fit: 'fill' })
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (turn === 0)
    return { width: resized.info.width, height: resized.info.height, ink: resized.data };
  const { data, info } = await sharp(resized.data, { raw: { ...size, channels: 1 } })
    .rotate(turn, { background: '#000' })
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, ink: data };
}

/** The picture that a camera or scanner makes of it, not yet encoded. */
export function shoot(random: Random, shot: Shot): Sharp {
  const { width, height, paper, ink, noise, blur, sheet, over, light } = shot;
  const place = sheet && placeOn(sheet.width, sheet.height, sheet.corners);
  const pixels = new Float32Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 3) {
      const [u, v] = place ? place(x + 0.5, y + 0.5) : [x + 0.5, y + 0.5];
      const isOn = !sheet || (u >= 0 && v >= 0 && u < sheet.width && v < sheet.height);
      const cover = isOn ? coverAt(shot, u, v) : 0;
      const colour = isOn ? paper : sheet.ground(x, y);
      const [hidden, share] = [over?.(x, y), light?.(x, y) ?? 1];
      for (let channel = 0; channel < 3; channel += 1) {
        const seen = colour[channel]! + (ink[channel]! - colour[channel]!) * cover;
        pixels[at + channel] = hidden ? hidden[channel]! : seen * share;
      }
    }
  }
  return finish(random, pixels, { width, height }, noise, blur);
}

/** Out of focus, with the noise of a sensor: of one kind for all channels and another for each. */
function finish(
  random: Random,
  pixels: Float32Array,
  { width, height }: { width: number; height: number },
  noise: number,
  blur: number,
): Sharp {
  if (blur >= 0.3) smooth(pixels, width, height, blur);
  const bytes = Buffer.alloc(pixels.length);
  for (let at = 0; at < pixels.length; at += 3) {
    const grain = noise > 0 ? random.normal() * noise : 0;
    for (let channel = 0; channel < 3; channel += 1) {
      const level = pixels[at + channel]! + grain + (noise > 0 ? random.symmetric(noise) : 0);
      bytes[at + channel] = Math.min(255, Math.max(0, Math.round(level)));
    }
  }
  return sharp(bytes, { raw: { width, height, channels: 3 } });
}

/** Three box filters in each direction, which are close to a Gaussian. */
function smooth(pixels: Float32Array, width: number, height: number, blur: number): void {
  const reach = Math.max(1, Math.round(blur * 0.9));
  for (let round = 0; round < 2; round += 1) {
    for (let y = 0; y < height; y += 1) line(pixels, y * width * 3, 3, width, reach);
    for (let x = 0; x < width; x += 1) line(pixels, x * 3, width * 3, height, reach);
  }
}

function line(
  pixels: Float32Array,
  start: number,
  step: number,
  length: number,
  reach: number,
): void {
  for (let channel = 0; channel < 3; channel += 1) {
    const from = start + channel;
    const values = Float32Array.from({ length }, (_, i) => pixels[from + i * step]!);
    const at = (i: number): number => values[Math.min(length - 1, Math.max(0, i))]!;
    let sum = 0;
    for (let i = -reach; i <= reach; i += 1) sum += at(i);
    for (let i = 0; i < length; i += 1) {
      pixels[from + i * step] = sum / (2 * reach + 1);
      sum += at(i + reach + 1) - at(i - reach);
    }
  }
}

/** How much ink covers a place of the sheet. */
function coverAt({ digit, left, top }: Shot, u: number, v: number): number {
  const [x, y] = [u - left - 0.5, v - top - 0.5];
  if (x <= -1 || y <= -1 || x >= digit.width || y >= digit.height) return 0;
  const [column, row] = [Math.floor(x), Math.floor(y)];
  const at = (i: number, j: number): number =>
    i < 0 || j < 0 || i >= digit.width || j >= digit.height ? 0 : digit.ink[j * digit.width + i]!;
  const [across, down] = [x - column, y - row];
  const above = at(column, row) * (1 - across) + at(column + 1, row) * across;
  const below = at(column, row + 1) * (1 - across) + at(column + 1, row + 1) * across;
  return (above * (1 - down) + below * down) / 255;
}

/** From a place of the picture to that of the sheet: the inverse of the projection that its corners tell. */
function placeOn(
  width: number,
  height: number,
  [a, b, c, d]: Quad,
): (x: number, y: number) => readonly [number, number] {
  // P. Heckbert, "Fundamentals of texture mapping and image warping", 1989: the unit square to a quadrilateral.
  const [sx, sy] = [a[0] - b[0] + c[0] - d[0], a[1] - b[1] + c[1] - d[1]];
  const [dx1, dy1, dx2, dy2] = [b[0] - c[0], b[1] - c[1], d[0] - c[0], d[1] - c[1]];
  const area = dx1 * dy2 - dx2 * dy1;
  const [g, h] = [(sx * dy2 - dx2 * sy) / area, (dx1 * sy - sx * dy1) / area];
  const m = [
    [b[0] - a[0] + g * b[0], d[0] - a[0] + h * d[0], a[0]],
    [b[1] - a[1] + g * b[1], d[1] - a[1] + h * d[1], a[1]],
    [g, h, 1],
  ] as const;
  const minor = (i: number, j: number): number => {
    const [p, q] = [m[(i + 1) % 3]!, m[(i + 2) % 3]!];
    const [r, s] = [(j + 1) % 3, (j + 2) % 3];
    return p[r]! * q[s]! - p[s]! * q[r]!;
  };
  return (x, y) => {
    const at = (j: number): number => minor(0, j) * x + minor(1, j) * y + minor(2, j);
    const depth = at(2);
    return [(at(0) / depth) * width, (at(1) / depth) * height];
  };
}
