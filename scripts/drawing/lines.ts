import sharp from 'sharp';
import type { Random } from '../../src/random.ts';
import { between, encode, tones } from './scenes.ts';
import { boxesAround, composed, HIGH, moveBox } from './compose-line.ts';
import type { Placed, TruthBox } from './compose-line.ts';
import { photograph } from './paper.ts';
import { drawHand, writeDigit, type Hand } from './pen.ts';
import { writeStrokes, type Canvas } from '../../src/training/outliers/pen.ts';
import { cutOut, type Glyph, type GlyphSource } from './glyphs.ts';

export const spacings = ['touching', 'tight', 'spaced', 'wide'] as const;
export type Spacing = (typeof spacings)[number];

export const writings = ['number', 'amount', 'date', 'boxes'] as const;
export type Writing = (typeof writings)[number];

/** A picture of one line of digits, with what it says. */
export interface LinePicture {
  readonly bytes: Buffer;
  readonly written: string;
  /** Around the ink of each digit, in pixels of the picture; right and bottom are just outside. */
  readonly boxes: readonly TruthBox[];
  /** Which digit, from 1 on, each pixel belongs to. */
  readonly owners: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** The box of a digit reaches at most so far over that of its neighbour, as a part of the height. */
const OVER = 0.15;
/** Our own pen writes digits so high, in pixels, before that. */
const DRAWN = 120;

/** What a line says: 2 to 8 digits, with the signs of its kind. */
export function sayLine(random: Random, writing: Writing): string {
  const digits = (count: number): string =>
    Array.from({ length: count }, () => random.integer(10)).join('');
  const two = (most: number): string => String(1 + random.integer(most)).padStart(2, '0');
  if (writing === 'amount') {
    const cents = random.next() < 0.7 ? `${random.next() < 0.7 ? '.' : ','}${digits(2)}` : '';
    if (cents === '' || random.next() < 0.3) {
      return `${1 + random.integer(9)},${digits(3)}${cents.replace(',', '.')}`;
    }
    return `${1 + random.integer(9)}${digits(random.integer(4))}${cents}`;
  }
  if (writing === 'date') {
    const [day, month] = [two(28), two(12)];
    const sign = ['/', '-', '.'][random.integer(3)]!;
    if (random.next() < 0.3) return `20${digits(2)}-${month}-${day}`;
    return [day, month, random.next() < 0.5 ? digits(2) : `20${digits(2)}`].join(sign);
  }
  return digits(writing === 'boxes' ? 4 + random.integer(3) : 2 + random.integer(7));
}

/** Encodes a picture of such a line as somebody might send it. */
export async function takeLine(
  random: Random,
  source: GlyphSource,
  written: string,
  writing: Writing,
  spacing: Spacing,
  level: number,
  highest = 200,
): Promise<LinePicture> {
  const hand = drawHand(random, 0);
  const placed = await placeLine(random, source, written, hand, writing, spacing);
  const frame = writing === 'boxes' ? boxesAround(random, placed) : [];
  return photographLine(random, [...placed, ...frame], written, level, highest);
}

/** Puts letters side by side; a hand keeps its size and its line about as well as people do. */
async function placeLine(
  random: Random,
  source: GlyphSource,
  written: string,
  hand: Hand,
  writing: Writing,
  spacing: Spacing,
): Promise<Placed[]> {
  const placed: Placed[] = [];
  const [sway, growth] = [random.next() * 0.07, random.next() * 0.14];
  const gap = gapOf(random, spacing);
  const cell = HIGH * between(random, 1.15, 1.6);
  for (const [index, text] of written.split('').entries()) {
    const { canvas, rise } = await letter(random, source, text, hand, growth);
    const top = Math.round((1 - rise) * HIGH - canvas.height + random.symmetric(sway) * HIGH);
    const before = placed.at(-1);
    let left = 0;
    if (writing === 'boxes') {
      left = Math.round((index + 0.5) * cell - canvas.width / 2 + random.symmetric(0.08) * HIGH);
    } else if (before) {
      const isBeside = /\d/.test(text) && /\d/.test(before.text);
      const wanted = isBeside ? gap() : HIGH * between(random, 0.06, 0.16);
      left = Math.round(besideOf(placed.slice(-3), canvas, top) + wanted);
      // A hook that would reach below or above its neighbour carries a digit only so far over it.
      if (isBeside) left = Math.max(left, Math.round(endOf(before) - OVER * HIGH));
    }
    placed.push({ text, ink: canvas, left, top });
  }
  return placed;
}

function gapOf(random: Random, spacing: Spacing): () => number {
  const usual = between(random, 0.1, 0.35) * HIGH;
  return () => {
    if (spacing === 'touching') return -between(random, 0.01, 0.05) * HIGH;
    if (spacing === 'tight') return between(random, 0.03, 0.09) * HIGH;
    if (spacing === 'spaced') return usual * between(random, 0.8, 1.2);
    return between(random, 0.5, 1.6) * HIGH;
  };
}

const endOf = ({ left, ink }: Placed): number => left + ink.width;

/** Where ink begins that just touches what is on the line already, row by row. */
function besideOf(before: readonly Placed[], ink: Canvas, top: number): number {
  let least = -Infinity;
  for (let y = 0; y < ink.height; y += 1) {
    const first = ink.ink.subarray(y * ink.width, (y + 1) * ink.width).findIndex((v) => v > 127);
    if (first < 0) continue;
    for (const other of before) {
      for (let reach = -3; reach <= 3; reach += 3) {
        const row = top + y + reach - other.top;
        if (row < 0 || row >= other.ink.height) continue;
        const last = other.ink.ink
          .subarray(row * other.ink.width, (row + 1) * other.ink.width)
          .findLastIndex((v) => v > 127);
        if (last >= 0) least = Math.max(least, other.left + last + 1 - first);
      }
    }
  }
  return least === -Infinity ? Math.max(...before.map(endOf)) : least;
}

/** `rise` is how far above the line a letter ends, as a part of a digit's height. */
async function letter(
  random: Random,
  source: GlyphSource,
  text: string,
  hand: Hand,
  growth: number,
): Promise<{ canvas: Canvas; rise: number }> {
  if (/\d/.test(text)) {
    const high = Math.round(HIGH * (1 + random.symmetric(growth)));
    const glyph = await digitOf(random, source, Number(text), hand);
    return { canvas: await resized(glyph.canvas, high), rise: 0 };
  }
  const ways: Record<string, readonly [points: string, rise: number, thick: number]> = {
    '.': ['0,0 2,1', 0, 1.25],
    ',': ['4,0 3,9 -4,19', -0.13, 1],
    '-': ['0,0 32,2', 0.42, 1],
    '/': ['42,0 0,132', -0.1, 1],
  };
  const [points, rise, thick] = ways[text]!;
  const strokes = [
    {
      bends: false,
      points: points.split(' ').map((point) => {
        const [x, y] = point.split(',').map(Number);
        return [x! / 100 + 0.4, y! / 100] as const;
      }),
    },
  ];
  const own = { ...hand, slant: 0, turn: 0, aspect: 1, tremor: hand.tremor / 3 };
  const thickness = Math.min(0.13, hand.thickness) * thick;
  const ink = writeStrokes(random, strokes, { ...own, thickness }, 4 * HIGH, HIGH);
  return { canvas: cutOut(ink), rise };
}

/** Of our own pen the whole line is of one hand; others come as they come. */
async function digitOf(
  random: Random,
  source: GlyphSource,
  digit: number,
  hand: Hand,
): Promise<Glyph> {
  if (source.name !== 'our own pen') return source.draw(random, digit);
  const own = drawHand(random, digit);
  const mixed = {
    ...own,
    thickness: hand.thickness * between(random, 0.92, 1.08),
    slant: hand.slant + random.normal() * 0.05,
    turn: random.normal() * 0.05,
    tremor: hand.tremor,
  };
  return { digit, canvas: cutOut(writeDigit(random, digit, mixed, 1.6 * DRAWN, DRAWN)) };
}

async function resized({ width, height, ink }: Canvas, high: number): Promise<Canvas> {
  const wide = Math.max(1, Math.round((width * high) / height));
  const data = await sharp(ink, { raw: { width, height, channels: 1 } })
    .resize(wide, high, { fit: 'fill' })
    .toColourspace('b-w')
    .raw()
    .toBuffer();
  return { width: wide, height: high, ink: data };
}

/** Brings a line into a picture as `takePicture` does one digit. */
async function photographLine(
  random: Random,
  placed: readonly Placed[],
  written: string,
  level: number,
  highest: number,
): Promise<LinePicture> {
  const most = Math.min(highest, level === 0 ? 120 : 200);
  const high = level === 0 ? most : Math.round(between(random, 30, most));
  const turn = level === 0 ? 0 : (random.symmetric(level === 1 ? 10 : 5) * Math.PI) / 180;
  const { ink, boxes, owners } = composed(placed, high / HIGH, turn);
  const blur = level < 2 ? 0 : (between(random, 0, 1.4) * high) / 180;
  const margins = Array.from({ length: 4 }, () =>
    Math.round(level === 0 ? 0.5 * high : between(random, 0.25, 1.2) * high),
  );
  const [left, top] = [margins[0]!, margins[1]!];
  const blurred = blur >= 0.3 ? await softened(ink, blur) : ink;
  const { paper, ink: tone } = level === 0 ? { paper: 255, ink: 0 } : tones(random, level);
  const scene = {
    width: ink.width + left + margins[2]!,
    height: ink.height + top + margins[3]!,
    paper,
    ink: tone,
    left,
    top,
    shade: level < 2 ? 0 : between(random, 0.1, 0.5),
    noise: level < 2 ? 0 : between(random, 2, 10),
    ruling: level < 3 ? 0 : Math.round(between(random, 0.3, 0.7) * high),
    ruleWidth: Math.max(1, Math.round(high / 90)),
    ruleStrength: between(random, 0.15, 0.45),
    shadow: level < 3 ? 0 : between(random, 0.2, 0.45),
  };
  const pixels = photograph(random, blurred, scene);
  const bytes = await encode({ ...scene, pixels }, level, random);
  const moved = boxes.map((box) => moveBox(box, left, top));
  const { width, height } = scene;
  const all = new Uint8Array(width * height);
  for (let y = 0; y < ink.height; y += 1) {
    const row = owners.subarray(y * ink.width, (y + 1) * ink.width);
    all.set(row, (top + y) * width + left);
  }
  return { bytes, written, boxes: moved, owners: all, width, height };
}

async function softened({ width, height, ink }: Canvas, blur: number): Promise<Canvas> {
  const raw = { width, height, channels: 1 } as const;
  const data = await sharp(ink, { raw }).blur(blur).toColourspace('b-w').raw().toBuffer();
  return { width, height, ink: data };
}
