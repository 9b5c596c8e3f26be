import type { PieceInk } from './ink-map.ts';

/** A straight way through ink from one corner between strokes to another one below it: strokes that touch part along such. */
export interface Leap {
  /** Pixels by their place in the plane. */
  readonly from: number;
  readonly to: number;
  readonly cost: number;
}

/** What is paper, and how much of the window around a pixel of paper beside ink is ink where strokes meet: of a straight edge less. */
const INK = 0.5;
const CORNER = 0.52;
/** Half that window, and how far from each other corners are at least, in pixels. */
const REACH = 3;
const NEAR = 2;
/** A leap is at most so long, as a part of the height of a digit. */
const LONG = 0.7;
/** It goes to the side at most so many columns a row, and one more. */
const LEVEL = 2.5;
/** So much of it is ink; each pixel costs so much less than on other ways. */
const THROUGH = 0.75;
const CHEAPER = 0.2;

/** All leaps through a piece. */
export function leapsOf(ink: PieceInk, high: number): Leap[] {
  const { width } = ink;
  const corners = cornersOf(ink);
  const found: Leap[] = [];
  for (const [index, from] of corners.entries()) {
    const [x, y] = [from % width, Math.floor(from / width)];
    for (const to of corners.slice(index + 1)) {
      const [across, down] = [(to % width) - x, Math.floor(to / width) - y];
      if (down > LONG * high) break;
      if (down < 1 || Math.hypot(across, down) > LONG * high) continue;
      if (Math.abs(across) > LEVEL * down + 1) continue;
      const steps = Math.max(Math.abs(across), down);
      const sum = inkAlong(ink, x, y, across / steps, down / steps, steps);
      if (sum >= THROUGH * (steps - 1)) found.push({ from, to, cost: CHEAPER * sum });
    }
  }
  return found;
}

function inkAlong(
  { width, data }: PieceInk,
  x: number,
  y: number,
  across: number,
  down: number,
  steps: number,
): number {
  let sum = 0;
  for (let i = 1; i < steps; i += 1) {
    sum += data[Math.round(y + i * down) * width + Math.round(x + i * across)]!;
  }
  return sum;
}

/** Pixels of paper beside ink that have more ink around them than those near them, row by row. */
function cornersOf(ink: PieceInk): number[] {
  const { width, height } = ink;
  const around = new Float32Array(width * height);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 1) {
      if (isBesideInk(ink, x, y)) around[at] = inkAround(ink, x, y);
    }
  }
  const corners: number[] = [];
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 1) {
      if (around[at]! >= CORNER && isMost(around, width, height, x, y)) corners.push(at);
    }
  }
  return corners;
}

function isBesideInk({ width, height, data }: PieceInk, x: number, y: number): boolean {
  const at = y * width + x;
  if (data[at]! >= INK) return false;
  return (
    (x > 0 && data[at - 1]! >= INK) ||
    (x < width - 1 && data[at + 1]! >= INK) ||
    (y > 0 && data[at - width]! >= INK) ||
    (y < height - 1 && data[at + width]! >= INK)
  );
}

/** The share of ink in the window around a pixel. */
function inkAround({ width, height, before }: PieceInk, x: number, y: number): number {
  const [left, right] = [Math.max(0, x - REACH), Math.min(width, x + REACH + 1)];
  let sum = 0;
  for (let v = Math.max(0, y - REACH); v <= Math.min(height - 1, y + REACH); v += 1) {
    const row = v * (width + 1);
    sum += before[row + right]! - before[row + left]!;
  }
  return sum / (2 * REACH + 1) ** 2;
}

/** Whether no pixel near this one has more, or as much and comes before it. */
function isMost(
  around: Float32Array,
  width: number,
  height: number,
  x: number,
  y: number,
): boolean {
  const at = y * width + x;
  for (let v = Math.max(0, y - NEAR); v <= Math.min(height - 1, y + NEAR); v += 1) {
    for (let u = Math.max(0, x - NEAR); u <= Math.min(width - 1, x + NEAR); u += 1) {
      const other = v * width + u;
      if (around[other]! > around[at]! || (around[other] === around[at] && other < at)) {
        return false;
      }
    }
  }
  return true;
}
