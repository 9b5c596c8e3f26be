import { splitOf } from '../otsu.ts';
import { longerSide, resample } from '../plane.ts';
import type { LevelPlane, Plane, PlaneLoops } from '../plane-loops.ts';

/** How much paper is laid around a picture that is cut to its ink, as a part of its longer side. */
const MARGIN = 0.5;
/** A larger picture is shrunk to this side first. */
const LARGEST = 192;
/** What hangs together reaches over so much of both sides of a picture that is cut to it. */
const REACHED = 0.84;
/** What takes so much of a side is a frame. */
const FRAMED = 0.97;
/** Less sharply parted than this, a picture is not ink and paper alone. */
const SHARP = 0.7;
/** Looked at in this size. */
const LOOK = 64;
/** Strokes are thinner than this part of the longer side; shadows and tables are not. */
const STROKE = 0.4;

/** Ink covers no more of its box than this; a slim 1 may. */
const MOST = 0.6;
const MOST_NARROW = 0.85;

/** A picture that is cut to its ink, with paper laid around it; undefined for every other. */
export function padTight(loops: PlaneLoops, picture: LevelPlane): LevelPlane | undefined {
  const paper = paperOf(loops, picture);
  if (paper === undefined) return undefined;
  const { width, height, data } = atMost(loops, picture, LARGEST);
  const margin = Math.max(2, Math.round(MARGIN * Math.max(width, height)));
  const across = width + 2 * margin;
  const padded = loops.floats(across * (height + 2 * margin)).fill(paper);
  for (let y = 0; y < height; y += 1) {
    padded.set(data.subarray(y * width, (y + 1) * width), (y + margin) * across + margin);
  }
  return { width: across, height: height + 2 * margin, data: padded };
}

/** A picture no longer than that. */
function atMost(loops: PlaneLoops, picture: LevelPlane, side: number): LevelPlane {
  const { width, height } = picture;
  const whole = { left: 0, top: 0, right: width, bottom: height };
  const scale = side / longerSide(whole);
  if (scale >= 1) return picture;
  const shrunk = [width, height].map((length) => Math.max(1, Math.round(length * scale)));
  return resample(loops, picture, whole, shrunk[0]!, shrunk[1]!);
}

/** The level of the paper of a picture that is cut to its ink. */
function paperOf(loops: PlaneLoops, picture: LevelPlane): number | undefined {
  const whole = { left: 0, top: 0, right: picture.width, bottom: picture.height };
  const scale = LOOK / longerSide(whole);
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const small = resample(loops, picture, whole, width, height);
  const { data } = small;
  const { threshold, separability } = splitOf(loops.countLevels(data, 1), data.length, 256);
  if (separability < SHARP) return undefined;
  const isLight = paperIsLight(small, threshold);
  const ink = { width, height, data: loops.floats(data.length) };
  for (let at = 0; at < data.length; at += 1) {
    ink.data[at] = data[at]! > threshold === isLight ? 0 : 1;
  }
  const share = shareOf(data.length, (at) => ink.data[at]! > 0);
  const isNarrow = Math.max(width, height) > 2.2 * Math.min(width, height);
  if (share > (isNarrow ? MOST_NARROW : MOST)) return undefined;
  const reach = Math.max(1, Math.round(0.75 * scale));
  if (!isSharp(small, ink, reach)) return undefined;
  return isTight(loops, ink) ? paperLevel(data, threshold, isLight) : undefined;
}

/** Whether the ink is one thing that reaches over all of the picture, and is made of strokes. */
function isTight(loops: PlaneLoops, ink: Plane): boolean {
  const { width, height, data } = ink;
  const { masses, boxes } = loops.findPieces(ink, 0.5);
  let most = 0;
  for (let piece = 1; piece < masses.length; piece += 1) {
    if (masses[piece]! > masses[most]!) most = piece;
  }
  if (masses.length === 0) return false;
  const [left, top, right, bottom] = boxes.subarray(4 * most, 4 * most + 4);
  if (right! - left! < REACHED * width || bottom! - top! < REACHED * height) return false;
  const sides = [
    shareOf(width, (x) => data[x]! > 0),
    shareOf(width, (x) => data[(height - 1) * width + x]! > 0),
    shareOf(height, (y) => data[y * width]! > 0),
    shareOf(height, (y) => data[y * width + width - 1]! > 0),
  ];
  if (sides.filter((share) => share > FRAMED).length > 1) return false;
  return widestSquare(ink) < STROKE * Math.max(width, height);
}

/** So much of the edge of ink is a step from one level to the other, and no slope of light. */
const STEPS = 0.75;

function isSharp({ width, height, data }: Plane, ink: Plane, reach: number): boolean {
  let [dark, light, darkSum, lightSum] = [0, 0, 0, 0];
  for (let at = 0; at < data.length; at += 1) {
    if (ink.data[at]! > 0) {
      dark += 1;
      darkSum += data[at]!;
    } else {
      light += 1;
      lightSum += data[at]!;
    }
  }
  const least = 0.5 * Math.abs(darkSum / dark - lightSum / light);
  let [steps, edges] = [0, 0];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x + 1 < width; x += 1) {
      const at = y * width + x;
      if (ink.data[at] === ink.data[at + 1]) continue;
      const before = data[at - Math.min(reach, x)]!;
      const after = data[at + 1 + Math.min(reach, width - 2 - x)]!;
      edges += 1;
      if (Math.abs(after - before) >= least) steps += 1;
    }
  }
  return steps >= STEPS * edges;
}

/** The side of the largest square of ink alone. */
function widestSquare({ width, height, data }: Plane): number {
  const sides = new Int32Array(data.length);
  let widest = 0;
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 1) {
      if (data[at] === 0) continue;
      const isInside = x > 0 && y > 0;
      const side = isInside
        ? 1 + Math.min(sides[at - 1]!, sides[at - width]!, sides[at - width - 1]!)
        : 1;
      sides[at] = side;
      widest = Math.max(widest, side);
    }
  }
  return widest;
}

function shareOf(length: number, isOne: (at: number) => boolean): number {
  let count = 0;
  for (let at = 0; at < length; at += 1) if (isOne(at)) count += 1;
  return count / length;
}

/** The corners are paper more often than not, and so is most of the border and of the whole. */
function paperIsLight({ width, height, data }: Plane, threshold: number): boolean {
  const isOver = (x: number, y: number): boolean => data[y * width + x]! > threshold;
  const border =
    (shareOf(width, (x) => isOver(x, 0)) +
      shareOf(width, (x) => isOver(x, height - 1)) +
      shareOf(height, (y) => isOver(0, y)) +
      shareOf(height, (y) => isOver(width - 1, y))) /
    4;
  const corners = shareOf(4, (at) => isOver(at % 2 ? width - 1 : 0, at > 1 ? height - 1 : 0));
  const all = shareOf(data.length, (at) => data[at]! > threshold);
  return border + corners + all > 1.5;
}

/** The middle of what lies on the paper's side. */
function paperLevel(data: Float32Array, threshold: number, isLight: boolean): number {
  const paper = data.filter((level) => level > threshold === isLight).sort();
  return paper[paper.length >> 1]!;
}
