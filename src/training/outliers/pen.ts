import type { Random } from '../../random.ts';
import type { Stroke } from './signs.ts';

type Point = readonly [x: number, y: number];

export interface Canvas {
  readonly width: number;
  readonly height: number;
  /** 0 = no ink, 255 = full ink. */
  readonly ink: Uint8Array;
}

/** How strokes are written. */
export interface PenHand {
  /** Of the pen, as a share of the sign's height. */
  readonly thickness: number;
  readonly slant: number;
  readonly turn: number;
  /** Width against height. */
  readonly aspect: number;
  /** How far points stray, as a share of the height. */
  readonly tremor: number;
}

/** Ink of a sign on a square canvas; `box` is its height in pixels, centred. */
export function writeStrokes(
  random: Random,
  strokes: readonly Stroke[],
  hand: PenHand,
  size: number,
  box: number,
): Canvas {
  const canvas = { width: size, height: size, ink: new Uint8Array(size * size) };
  const centre: Point = [size / 2, size / 2];
  writeOn(canvas, random, strokes, hand, box, centre);
  return canvas;
}

/** The same on a canvas that may hold other signs, about a point of it. */
export function writeOn(
  canvas: Canvas,
  random: Random,
  strokes: readonly Stroke[],
  hand: PenHand,
  box: number,
  [cx, cy]: Point,
): void {
  const warp = createWarp(random, hand.tremor);
  const place = ([x, y]: Point): Point => {
    const [u, v] = warp([x - 0.5, y - 0.5]);
    const leaning = u * hand.aspect - hand.slant * v * 0.7;
    const [cos, sin] = [Math.cos(hand.turn), Math.sin(hand.turn)];
    return [(cos * leaning - sin * v) * box + cx, (sin * leaning + cos * v) * box + cy];
  };
  const stray = ([x, y]: Point): Point => [
    x + random.normal() * hand.tremor,
    y + random.normal() * hand.tremor,
  ];
  const steps = stepsOf(box);
  for (const { points, bends } of strokes) {
    const path = trace({ points: points.map(stray), bends }, steps).map(place);
    drawStroke(canvas, random, path, hand.thickness * box);
  }
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

/** How many dots of the pen a segment has, which is less than half of a sign: so many that they make a line. */
function stepsOf(box: number): number {
  return box < 72 ? Math.max(10, Math.ceil(box * 0.4)) : 72;
}

/** Close points along a stroke: Catmull-Rom through its points, or straight between them. */
function trace({ points, bends }: Stroke, steps: number): Point[] {
  const traced: Point[] = [];
  for (let i = 0; i + 1 < points.length; i += 1) {
    const [p1, p2] = [points[i]!, points[i + 1]!];
    const [p0, p3] = bends ? [points[i - 1] ?? p1, points[i + 2] ?? p2] : [p1, p2];
    for (let t = 0; t < 1; t += 1 / steps) {
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
