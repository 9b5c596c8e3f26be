import type { Random } from '../../src/random.ts';
import { between } from './scenes.ts';
import type { Canvas } from '../../src/training/outliers/pen.ts';

export interface TruthBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** One letter of a line: its ink, and where on the line it stands, in pixels of the line. */
export interface Placed {
  readonly text: string;
  readonly ink: Canvas;
  readonly left: number;
  readonly top: number;
}

/** The height of a digit on a line before it is brought to its size in the picture. */
export const HIGH = 120;

/** All letters on one canvas, scaled and turned, and the boxes of the digits on it. */
export function composed(
  placed: readonly Placed[],
  scale: number,
  turn: number,
): { ink: Canvas; boxes: TruthBox[]; owners: Uint8Array } {
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const ends = placed.flatMap((letter) => cornersOf(letter, cos, sin, scale));
  const [xs, ys] = [ends.map(([x]) => x), ends.map(([, y]) => y)];
  const edge = 6;
  const [x0, y0] = [Math.floor(Math.min(...xs)) - edge, Math.floor(Math.min(...ys)) - edge];
  const width = Math.ceil(Math.max(...xs)) + edge - x0;
  const height = Math.ceil(Math.max(...ys)) + edge - y0;
  const canvas = { width, height, ink: new Uint8Array(width * height) };
  const owners = new Uint8Array(width * height);
  const boxes: TruthBox[] = [];
  for (const { text, left, top, ink } of placed) {
    const isDigit = /\d/.test(text);
    let [l, t, r, b] = [width, height, 0, 0];
    const corners = cornersOf({ left, top, ink }, cos, sin, scale);
    const [us, vs] = [corners.map(([x]) => x - x0), corners.map(([, y]) => y - y0)];
    const [fromX, toX] = [Math.floor(Math.min(...us)) - 1, Math.ceil(Math.max(...us)) + 1];
    const [fromY, toY] = [Math.floor(Math.min(...vs)) - 1, Math.ceil(Math.max(...vs)) + 1];
    for (let y = Math.max(0, fromY); y < Math.min(height, toY); y += 1) {
      for (let x = Math.max(0, fromX); x < Math.min(width, toX); x += 1) {
        const value = averageAt(ink, x + x0, y + y0, { left, top, cos, sin, scale });
        if (value < 1) continue;
        const at = y * width + x;
        if (isDigit && value > 64 && value > canvas.ink[at]!) owners[at] = boxes.length + 1;
        canvas.ink[at] = Math.max(canvas.ink[at]!, Math.round(value));
        if (value < 127) continue;
        [l, t] = [Math.min(l, x), Math.min(t, y)];
        [r, b] = [Math.max(r, x + 1), Math.max(b, y + 1)];
      }
    }
    if (isDigit) boxes.push({ left: l, top: t, right: r, bottom: b });
  }
  return { ink: canvas, boxes, owners };
}

export const moveBox = (box: TruthBox, x: number, y: number): TruthBox => ({
  left: box.left + x,
  top: box.top + y,
  right: box.right + x,
  bottom: box.bottom + y,
});

function cornersOf(
  { left, top, ink }: Pick<Placed, 'left' | 'top' | 'ink'>,
  cos: number,
  sin: number,
  scale: number,
): [x: number, y: number][] {
  const [right, bottom] = [left + ink.width, top + ink.height];
  const all = [left, right].flatMap((x) => [top, bottom].map((y) => [x, y] as const));
  return all.map(([x, y]) => [(cos * x - sin * y) * scale, (sin * x + cos * y) * scale]);
}

/** The mean of a letter's ink below one pixel of the canvas. */
function averageAt(
  canvas: Canvas,
  x: number,
  y: number,
  way: { left: number; top: number; cos: number; sin: number; scale: number },
): number {
  const steps = way.scale < 0.5 ? 4 : 2;
  let sum = 0;
  for (let i = 0; i < steps; i += 1) {
    for (let j = 0; j < steps; j += 1) {
      const [px, py] = [(x + (i + 0.5) / steps) / way.scale, (y + (j + 0.5) / steps) / way.scale];
      const u = way.cos * px + way.sin * py - way.left - 0.5;
      const v = -way.sin * px + way.cos * py - way.top - 0.5;
      if (u <= -1 || v <= -1 || u >= canvas.width || v >= canvas.height) continue;
      const [u0, v0] = [Math.floor(u), Math.floor(v)];
      const [fu, fv] = [u - u0, v - v0];
      sum +=
        (inkAt(canvas, u0, v0) * (1 - fu) + inkAt(canvas, u0 + 1, v0) * fu) * (1 - fv) +
        (inkAt(canvas, u0, v0 + 1) * (1 - fu) + inkAt(canvas, u0 + 1, v0 + 1) * fu) * fv;
    }
  }
  return sum / (steps * steps);
}

function inkAt({ width, height, ink }: Canvas, x: number, y: number): number {
  return x < 0 || y < 0 || x >= width || y >= height ? 0 : ink[y * width + x]!;
}

/** The boxes of a form around digits: apart, or side by side as a comb. */
export function boxesAround(random: Random, placed: readonly Placed[]): Placed[] {
  const centres = placed.map(({ left, ink }) => left + ink.width / 2);
  const pitch = (centres.at(-1)! - centres[0]!) / (placed.length - 1);
  const [isComb, isOpen] = [random.next() < 0.5, random.next() < 0.25];
  const side = Math.round(isComb ? pitch : pitch - HIGH * between(random, 0.06, 0.14));
  const high = Math.round(HIGH * between(random, 1.3, 1.6));
  const line = 2 + random.integer(4);
  const cells = isComb ? 1 : placed.length;
  const wide = isComb ? Math.round(pitch * placed.length) : side;
  const top = Math.round((HIGH - high) / 2 + random.symmetric(0.05) * HIGH);
  const level = 130 + random.integer(126);
  return Array.from({ length: cells }, (_, index) => {
    const ink = new Uint8Array(wide * high);
    const fill = (x0: number, y0: number, x1: number, y1: number): void => {
      for (let y = y0; y < y1; y += 1) ink.fill(level, y * wide + x0, y * wide + x1);
    };
    if (!isOpen || !isComb) fill(0, 0, wide, line);
    fill(0, high - line, wide, high);
    const uprights = isComb ? placed.length + 1 : 2;
    for (let i = 0; i < uprights; i += 1) {
      const at = Math.min(wide - line, Math.round((i * (wide - line)) / (uprights - 1)));
      fill(at, isOpen && isComb ? Math.round(high * 0.6) : 0, at + line, high);
    }
    const left = Math.round(centres[0]! + index * pitch - (isComb ? pitch : side) / 2);
    return { text: '', ink: { width: wide, height: high, ink }, left, top };
  });
}
