import type { Random } from '../../src/random.ts';
import { skeletons, type Stroke } from './skeletons.ts';

type Point = readonly [x: number, y: number];

export interface Canvas {
  readonly width: number;
  readonly height: number;
  /** 0 = no ink, 255 = full ink. */
  readonly ink: Uint8Array;
}

/** How a digit is written; drawn at random, or given where a particular look is wanted. */
export interface Hand {
  readonly variant: number;
  /** Of the pen, as a share of the digit's height. */
  readonly thickness: number;
  readonly slant: number;
  readonly turn: number;
  /** Width against height. */
  readonly aspect: number;
  /** How far points stray, as a share of the height. */
  readonly tremor: number;
}

export function drawHand(random: Random, digit: number): Hand {
  return {
    variant: random.integer(skeletons[digit]!.length),
    thickness: 0.08 + random.next() * 0.12,
    slant: random.normal() * 0.22 + 0.2,
    turn: random.normal() * 0.09,
    aspect: 0.55 + random.next() * 0.5,
    tremor: 0.012 + random.next() * 0.035,
  };
}

/** Ink of one digit on a square canvas; `box` is the digit's height in pixels, centred. */
export function writeDigit(
  random: Random,
  digit: number,
  hand: Hand,
  size: number,
  box: number,
): Canvas {
  const strokes = skeletons[digit]![hand.variant % skeletons[digit]!.length]!;
  return writeStrokes(random, strokes, hand, size, box);
}

/** The same of any sign that is written with strokes. */
export function writeStrokes(
  random: Random,
  strokes: readonly Stroke[],
  hand: Hand,
  size: number,
  box: number,
): Canvas {
  const warp = createWarp(random, hand.tremor);
  const place = ([x, y]: Point): Point => {
    const [u, v] = warp([x - 0.5, y - 0.5]);
    const leaning = u * hand.aspect - hand.slant * v * 0.7;
    const [cos, sin] = [Math.cos(hand.turn), Math.sin(hand.turn)];
    return [(cos * leaning - sin * v) * box + size / 2, (sin * leaning + cos * v) * box + size / 2];
  };
  const canvas = { width: size, height: size, ink: new Uint8Array(size * size) };
  const stray = ([x, y]: Point): Point => [
    x + random.normal() * hand.tremor,
    y + random.normal() * hand.tremor,
  ];
  for (const { points, bends } of strokes) {
    const path = trace({ points: points.map(stray), bends }).map(place);
    drawStroke(canvas, random, path, hand.thickness * box);
  }
  return canvas;
}

/** Smooth, small movements of the whole hand: three sine waves in each direction. */
function createWarp(random: Random, strength: number): (point: Point) => Point {
  const wave = () => ({
    fx: random.symmetric(5),
    fy: random.symmetric(5),
    phase: random.next() * 6.28,
    sx: random.symmetric(strength),
    sy: random.symmetric(strength),
  });
  const waves = [wave(), wave(), wave()];
  return ([x, y]) => {
    let [u, v] = [x, y];
    for (const { fx, fy, phase, sx, sy } of waves) {
      const height = Math.sin(fx * x + fy * y + phase);
      u += sx * height * 2;
      v += sy * height * 2;
    }
    return [u, v];
  };
}

/** Close points along a stroke: Catmull-Rom through its points, or straight between them. */
function trace({ points, bends }: Stroke): Point[] {
  const traced: Point[] = [];
  for (let i = 0; i + 1 < points.length; i += 1) {
    const [p1, p2] = [points[i]!, points[i + 1]!];
    const [p0, p3] = bends ? [points[i - 1] ?? p1, points[i + 2] ?? p2] : [p1, p2];
    for (let t = 0; t < 1; t += 1 / 72) {
      traced.push(
        bends
          ? catmullRom(p0, p1, p2, p3, t)
          : [p1[0] + (p2[0] - p1[0]) * t, p1[1] + (p2[1] - p1[1]) * t],
      );
    }
  }
  traced.push(points.at(-1)!);
  return traced;
}

function catmullRom(p0: Point, p1: Point, p2: Point, p3: Point, t: number): Point {
  const along = (axis: 0 | 1): number => {
    const [a, b, c, d] = [p0[axis], p1[axis], p2[axis], p3[axis]];
    return (
      0.5 *
      (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t ** 3)
    );
  };
  return [along(0), along(1)];
}

/** A round pen whose pressure rises and falls along the stroke; edges are soft over one pixel. */
function drawStroke(
  canvas: Canvas,
  random: Random,
  path: readonly Point[],
  thickness: number,
): void {
  const phase = random.next() * 6.28;
  const swing = 0.05 + random.next() * 0.13;
  path.forEach(([x, y], index) => {
    const radius = (thickness / 2) * (1 + swing * Math.sin(phase + (index / path.length) * 5));
    stamp(canvas, x, y, radius);
  });
}

function stamp({ width, height, ink }: Canvas, cx: number, cy: number, radius: number): void {
  const [top, bottom] = [
    Math.max(0, Math.floor(cy - radius - 1)),
    Math.min(height - 1, Math.ceil(cy + radius + 1)),
  ];
  const [left, right] = [
    Math.max(0, Math.floor(cx - radius - 1)),
    Math.min(width - 1, Math.ceil(cx + radius + 1)),
  ];
  for (let y = top; y <= bottom; y += 1) {
    for (let x = left; x <= right; x += 1) {
      const cover = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(x - cx, y - cy)));
      const at = y * width + x;
      ink[at] = Math.max(ink[at]!, Math.round(cover * 255));
    }
  }
}
