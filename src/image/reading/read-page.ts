import type { Box, LevelPlane, PlaneLoops } from '../handwriting/plane-loops.ts';
import type { InkFigures } from '../handwriting/ink-figures.ts';
import type { Raster } from '../raster.ts';
import { takeApart, type AtomMap } from './atoms.ts';
import { bestParting, type ChosenDigit, type LikelyParting } from './best-parting.ts';
import { candidatesAmong } from './candidates.ts';
import { inContext, NO_DIGIT, openDigitNet } from '../handwriting/digit-net.ts';
import { findLines, SEEN, type LinePlace, type PageLines } from './find-lines.ts';
import { frameAtoms } from './frame-atoms.ts';
import { HIGH, lookAtLine, MARGIN, type LineInk } from './line-ink.ts';
import { howLikelyParted } from './parting-net.ts';
import { findSigns, type Sign, type SignPiece } from './signs.ts';
import { thickStrokesOf } from './thick-strokes.ts';

/** A digit of a line, as a model is to see it. */
export interface FoundDigit extends InkFigures {
  /** 28 x 28 grey values, light ink on dark. */
  readonly pixels: Uint8Array;
  /** Around its ink, in pixels of the page. */
  readonly box: Box;
  /** How likely it is each digit, 0 to 9, by the net that parted it: of one that was cut out of ink that it hangs together with others by. */
  readonly ifCut?: readonly number[];
}

export interface FoundSign {
  readonly sign: Sign;
  readonly box: Box;
}

/** One line of a page, from left to right. */
export interface FoundLine {
  readonly digits: readonly FoundDigit[];
  readonly signs: readonly FoundSign[];
}

/** What a page says: its lines from top to bottom, or that they are more than anybody is to read. */
export type FoundLines = readonly FoundLine[] | 'too many';

/** More lines are not looked at. */
const MOST_LINES = 32;

/**
 * What is looked at for each digit that a page may hold, however few it does: noise, cloth and print are full of what might be one,
 * and nobody is to keep a thread with them. Drawn lines have far less.
 */
const FOR_EACH = {
  /** Pieces of ink as high as digits. */
  pieces: 4,
  /** How long all lines are together, in heights of their digits: more than two digits are ever apart. */
  heights: 5,
  /** Pieces of ink of its line, seen from close up. */
  strokes: 3,
  /** Partings that are shown to a net, and what lies between likely ones, which is shown to the other. */
  partings: 24,
  candidates: 24,
} as const;

/** Finds every digit of a page of handwriting. `most` is how many there may be. */
export function readPage(image: Raster, loops: PlaneLoops, most: number): FoundLines {
  const { width, height } = image;
  loops.begin(roomForPage(image));
  const page = greyOf(image, loops);
  // What loops have given lasts until they begin again.
  const kept = { width, height, data: page.data.slice() };
  const found = findLines(loops, page, FOR_EACH.pieces * most);
  if (!found || found.lines.length > MOST_LINES) return 'too many';
  const long = found.lines.reduce((sum, { box, high }) => sum + (box.right - box.left) / high, 0);
  if (long > FOR_EACH.heights * most) return 'too many';
  const net = openDigitNet();
  const lines: FoundLine[] = [];
  let count = 0;
  const rest = {
    strokes: FOR_EACH.strokes * most,
    partings: FOR_EACH.partings * most,
    candidates: FOR_EACH.candidates * most,
  };
  for (const place of found.lines) {
    const line = lineOf(kept, loops, found, place);
    rest.strokes -= line.pieces.length;
    rest.partings -= line.parts.partings.length;
    if (rest.strokes < 0 || rest.partings < 0) return 'too many';
    const likely = likelyPartings(line);
    const candidates = candidatesAmong(
      line.parts.atoms,
      likely.map(({ parting }) => parting),
    );
    rest.candidates -= candidates.filter(({ isLikely }) => isLikely).length;
    if (rest.candidates < 0) return 'too many';
    const thickOf = thickStrokesOf(line.map, line.parts);
    const chosen = bestParting(likely, candidates, (candidate) => {
      const { pixels, others } = frameAtoms(line.map, line.parts, candidate.atoms);
      return { scores: net(inContext(pixels, others)), thick: thickOf(candidate) };
    });
    const read = placedOnPage(line, chosen);
    count += read.digits.length;
    if (count > most) return 'too many';
    if (read.digits.length > 0) lines.push(read);
  }
  return lines;
}

function greyOf({ width, height, channels, data }: Raster, loops: PlaneLoops): LevelPlane {
  const pixels = loops.bytes(data.length);
  pixels.set(data);
  return { width, height, data: channels === 1 ? pixels : loops.grey(pixels) };
}

/** Bytes that are needed at once for each pixel of a plane that is worked on. */
const PIXEL_BYTES = 110;

/** The most bytes that loops are asked for while lines are looked for on a page of this size. */
export function roomForPage({ width, height, channels }: Raster): number {
  const scale = Math.min(1, SEEN / Math.max(width, height));
  const [wide, high] = [Math.ceil(width * scale), Math.ceil(height * scale)];
  return (
    width * height * (channels + 1) + 8 * high * width + PIXEL_BYTES * (wide + 64) * (high + 64)
  );
}

function roomForLine(page: LevelPlane, { box, high }: LinePlace): number {
  const scale = HIGH / high;
  const wide = (box.right - box.left + 2 * MARGIN * high + 2) * scale;
  const tall = (box.bottom - box.top + 2 * MARGIN * high + 2) * scale;
  const plane = (wide + 64) * (tall + 64);
  return page.data.length + 8 * (tall + 64) * page.width + PIXEL_BYTES * plane;
}

/** A line from close up, and where it might be parted. */
interface OpenLine extends LineInk {
  readonly parts: AtomMap;
  readonly signs: readonly SignPiece[];
}

function lineOf(page: LevelPlane, loops: PlaneLoops, found: PageLines, place: LinePlace): OpenLine {
  loops.begin(roomForLine(page, place));
  const data = loops.bytes(page.data.length);
  data.set(page.data);
  const ink = lookAtLine(loops, { ...page, data }, found, place);
  const signs = findSigns(ink.map, ink.pieces);
  const isSign = new Set(signs.map(({ piece }) => piece));
  const digits = ink.pieces.filter((piece) => !isSign.has(piece));
  return { ...ink, parts: takeApart(ink.map, digits, HIGH), signs };
}

/** Less likely ones are not looked at any further. */
const UNLIKELY = 0.0015;

/** Where a line is likely to be parted; always before and after all of its ink. */
function likelyPartings({ map, parts }: OpenLine): LikelyParting[] {
  const { partings } = parts;
  return partings.flatMap((parting, at) => {
    const isEnd = at === 0 || at === partings.length - 1;
    const likely = isEnd ? 1 : howLikelyParted(map, parts, parting);
    if (likely >= UNLIKELY) return [{ parting, likely }];
    // Where ink ends, a net may only doubt that a digit does.
    return parting.through === undefined ? [{ parting, likely: UNLIKELY }] : [];
  });
}

function placedOnPage(line: OpenLine, chosen: readonly ChosenDigit[]): FoundLine {
  const { map, parts, signs, part, separability, contrast } = line;
  // Not by its scale: the map has whole pixels, and what ends with it is to end with its part.
  const [across, down] = [
    (part.right - part.left) / map.width,
    (part.bottom - part.top) / map.height,
  ];
  const onPage = (box: Box): Box => ({
    left: part.left + box.left * across,
    top: part.top + box.top * down,
    right: part.left + box.right * across,
    bottom: part.top + box.bottom * down,
  });
  return {
    digits: chosen.map((digit) => ({
      separability,
      contrast,
      pixels: frameAtoms(map, parts, digit.atoms).pixels,
      box: onPage(digit.box),
      ...(wasCut(digit, chosen) && { ifCut: [...digit.scores.subarray(0, NO_DIGIT)] }),
    })),
    signs: signs.map(({ sign, piece }) => ({ sign, box: onPage(piece.box) })),
  };
}

/** Whether a piece of ink is of this digit and of another one. */
function wasCut(digit: ChosenDigit, all: readonly ChosenDigit[]): boolean {
  const pieces = new Set(digit.atoms.map(({ piece }) => piece));
  return all.some((other) => other !== digit && other.atoms.some(({ piece }) => pieces.has(piece)));
}
