import type { Box, LevelPlane, Plane, PlaneLoops } from '../handwriting/plane-loops.ts';
import { longerSide } from '../handwriting/plane.ts';
import { around } from './atoms.ts';
import { findRules } from './find-rules.ts';
import { inkOfPage, partOf } from './page-signal.ts';
import type { Rule } from './rule.ts';
import { eraseRules, ruleIn, rulesOfPaper } from './rules.ts';

/** Where a line of digits stands on a page, in pixels of the page. */
export interface LinePlace {
  readonly box: Box;
  /** How high its digits are. */
  readonly high: number;
  /** The boxes of what hangs together on it. */
  readonly pieces: readonly Box[];
}

/** What was found on a page. */
export interface PageLines {
  readonly isDark: boolean;
  readonly lines: readonly LinePlace[];
  /** Lines of the paper itself. */
  readonly rules: readonly Rule[];
  readonly separability: number;
  /** How far typical ink is from its paper (0..1). */
  readonly contrast: number;
}

/** Digits are looked for at this size of the longer side; smaller pages are not enlarged. */
export const SEEN = 1024;
/** Half the window that bridges strokes, as a part of the shorter side. */
const BRIDGE = 0.13;
/** What is lower than so many pixels is a speck. */
const LEAST = 6;
/** Pieces of less ink than this part of the heaviest are no digits; signs are looked for once the lines are known. */
const LIGHT = 0.02;

/**
 * Finds lines of digits: pieces of ink that stand side by side and are about as high as each other. Undefined where there are more
 * than `most` pieces that high: noise, cloth, print.
 */
export function findLines(
  loops: PlaneLoops,
  page: LevelPlane,
  most = Infinity,
): PageLines | undefined {
  const whole = { left: 0, top: 0, right: page.width, bottom: page.height };
  const scale = Math.min(1, SEEN / longerSide(whole));
  const plane = partOf(loops, page, whole, scale);
  const reach = Math.max(3, Math.round(BRIDGE * Math.min(plane.width, plane.height)));
  const { isDark, signal, threshold, separability } = inkOfPage(loops, plane, reach);
  const before = boxesOf(loops, signal, threshold);
  const found = findRules(signal, threshold);
  const rules = rulesOfPaper(found, typicalHeight(before), signal);
  if (rules.length > 0) eraseRules(signal, threshold, rules);
  const pieces = rules.length > 0 ? boxesOf(loops, signal, threshold) : before;
  const tall = tallAmong(digitLike(pieces));
  if (tall.length > most) return undefined;
  const lines = groupInLines(tall).map((line) => placeOf(line, scale));
  const contrast = contrastOf(signal, threshold);
  const back = { left: 0, top: 0, right: 0, bottom: 0 };
  const onPage = rules.map((rule) => ruleIn(rule, back, 1 / scale));
  return { isDark, lines, rules: onPage, separability, contrast };
}

interface BoxedPiece {
  readonly box: Box;
  readonly mass: number;
}

const heightOf = ({ box }: BoxedPiece): number => box.bottom - box.top;

function boxesOf(loops: PlaneLoops, signal: Plane, threshold: number): BoxedPiece[] {
  const { masses, boxes } = loops.findPieces(signal, threshold);
  return Array.from(masses, (mass, at) => ({
    mass,
    box: {
      left: boxes[4 * at]!,
      top: boxes[4 * at + 1]!,
      right: boxes[4 * at + 2]!,
      bottom: boxes[4 * at + 3]!,
    },
  }));
}

/** The height in whose pieces half of the ink is. */
function typicalHeight(pieces: readonly BoxedPiece[]): number {
  const sorted = [...pieces].sort((one, other) => heightOf(one) - heightOf(other));
  let rest = sorted.reduce((sum, { mass }) => sum + mass, 0) / 2;
  for (const piece of sorted) {
    rest -= piece.mass;
    if (rest <= 0) return heightOf(piece);
  }
  return 0;
}

function digitLike(pieces: readonly BoxedPiece[]): BoxedPiece[] {
  const heaviest = pieces.reduce((most, { mass }) => Math.max(most, mass), 0);
  return pieces.filter((piece) => piece.mass >= LIGHT * heaviest && heightOf(piece) >= LEAST);
}

/** Ink is looked for so far to the right of a piece, as a part of its height. */
const FAR = 3.5;

const highestOf = (pieces: readonly BoxedPiece[]): number =>
  pieces.reduce((most, piece) => Math.max(most, heightOf(piece)), 0);

function tallAmong(pieces: readonly BoxedPiece[]): BoxedPiece[] {
  const highest = highestOf(pieces);
  return pieces.filter((piece) => heightOf(piece) >= 0.22 * highest);
}

/** Each piece is put on the line whose last piece stands beside it, as high as it. */
function groupInLines(tall: readonly BoxedPiece[]): BoxedPiece[][] {
  const lines: BoxedPiece[][] = [];
  const highest = highestOf(tall);
  for (const piece of [...tall].sort((one, other) => one.box.left - other.box.left)) {
    let best: BoxedPiece[] | undefined;
    let least = Infinity;
    for (const line of lines) {
      const apart = apartFrom(line, piece);
      if (apart < least) [best, least] = [line, apart];
    }
    if (best) best.push(piece);
    else lines.push([piece]);
  }
  return lines
    .filter((line) => Math.max(...line.map(heightOf)) >= 0.35 * highest)
    .sort((one, other) => topOf(one) - topOf(other));
}

/** How far a piece is from the end of a line; Infinity where it does not belong to it. */
function apartFrom(line: readonly BoxedPiece[], piece: BoxedPiece): number {
  const high = Math.max(...line.slice(-3).map(heightOf));
  let least = Infinity;
  for (const other of line.slice(-3)) {
    const [low, tall] = [other.box, piece.box];
    const shared = Math.min(low.bottom, tall.bottom) - Math.max(low.top, tall.top);
    const lower = Math.min(heightOf(other), heightOf(piece));
    const gap = tall.left - low.right;
    const isBeside = shared >= 0.3 * lower && gap <= FAR * Math.max(high, heightOf(piece));
    const isAlike = Math.max(high, heightOf(piece)) <= 4.5 * Math.min(high, heightOf(piece));
    if (isBeside && isAlike) least = Math.min(least, Math.max(0, gap) + (lower - shared) / 4);
  }
  return least;
}

const topOf = (line: readonly BoxedPiece[]): number => Math.min(...line.map(({ box }) => box.top));

function placeOf(line: readonly BoxedPiece[], scale: number): LinePlace {
  const scaled = (box: Box): Box => ({
    left: box.left / scale,
    top: box.top / scale,
    right: box.right / scale,
    bottom: box.bottom / scale,
  });
  const pieces = line.map(({ box }) => scaled(box));
  return { box: pieces.reduce(around), high: typicalHeight(line) / scale, pieces };
}

function contrastOf({ data }: Plane, threshold: number): number {
  const ink = data.filter((value) => value > threshold).sort();
  return Math.min(1, (ink[Math.floor(ink.length * 0.75)] ?? 0) / 255);
}
