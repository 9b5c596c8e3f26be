import type { Box, LevelPlane, PlaneLoops } from '../handwriting/plane-loops.ts';
import type { InkFigures } from '../handwriting/ink-figures.ts';
import type { Raster } from '../raster.ts';
import { takeApart } from './atoms.ts';
import { bestParting } from './best-parting.ts';
import { openDigitNet, type DigitNet } from './digit-net.ts';
import { findLines, SEEN, type LinePlace, type PageLines } from './find-lines.ts';
import { frameAtoms } from './frame-atoms.ts';
import { HIGH, lookAtLine, MARGIN } from './line-ink.ts';
import { findSigns, type Sign } from './signs.ts';

/** A digit of a line, as a model is to see it. */
export interface FoundDigit extends InkFigures {
  /** 28 x 28 grey values, light ink on dark. */
  readonly pixels: Uint8Array;
  /** Around its ink, in pixels of the page. */
  readonly box: Box;
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

/** Finds every digit of a page of handwriting. `most` is how many there may be. */
export function readPage(image: Raster, loops: PlaneLoops, most: number): FoundLines {
  const { width, height } = image;
  loops.begin(roomForPage(image));
  const page = greyOf(image, loops);
  // What loops have given lasts until they begin again.
  const kept = { width, height, data: page.data.slice() };
  const found = findLines(loops, page);
  const pieces = found.lines.reduce((sum, line) => sum + line.pieces.length, 0);
  if (found.lines.length > MOST_LINES || pieces > 4 * most) return 'too many';
  const net = openDigitNet();
  const lines: FoundLine[] = [];
  let count = 0;
  for (const place of found.lines) {
    const line = readLine(kept, loops, found, place, net);
    count += line.digits.length;
    if (count > most) return 'too many';
    if (line.digits.length > 0) lines.push(line);
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

function readLine(
  page: LevelPlane,
  loops: PlaneLoops,
  found: PageLines,
  place: LinePlace,
  net: DigitNet,
): FoundLine {
  loops.begin(roomForLine(page, place));
  const data = loops.bytes(page.data.length);
  data.set(page.data);
  const { map, pieces, part, scale, ...figures } = lookAtLine(
    loops,
    { ...page, data },
    found,
    place,
  );
  const signs = findSigns(map, pieces);
  const isSign = new Set(signs.map(({ piece }) => piece));
  const parts = takeApart(
    map,
    pieces.filter((piece) => !isSign.has(piece)),
    HIGH,
  );
  const frameOf = (from: number, to: number): Uint8Array =>
    frameAtoms(map, parts, parts.atoms.slice(from, to));
  const chosen = bestParting(parts.atoms, ({ from, to }) => net(frameOf(from, to)));
  const onPage = (box: Box): Box => ({
    left: box.left / scale + part.left,
    top: box.top / scale + part.top,
    right: box.right / scale + part.left,
    bottom: box.bottom / scale + part.top,
  });
  return {
    digits: chosen.map(({ from, to, box }) => ({
      ...figures,
      pixels: frameOf(from, to),
      box: onPage(box),
    })),
    signs: signs.map(({ sign, piece }) => ({ sign, box: onPage(piece.box) })),
  };
}
