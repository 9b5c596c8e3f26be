import type { PageRule } from '../../preprocessing/steps.ts';
import { invert, toGrey, type Raster, type RasterSize } from '../raster.ts';
import { findDigit, readDigit } from './digit-ink.ts';
import { inkFigures } from './ink-figures.ts';
import { intoFrame, type CanonicalDigit } from './into-frame.ts';
import { FRAME, isInMnistFrame } from './mnist-frame.ts';
import { surerOf } from './other-digits.ts';
import { plainLoops } from './plain-loops.ts';
import type { LevelPlane, PlaneLoops } from './plane-loops.ts';
import { readSheet } from './read-sheet.ts';
import { around, atWorkingSize, WORK } from './working-size.ts';

export type { CanonicalDigit } from './into-frame.ts';

/** A larger image is shrunk to this side before a digit is looked for in it: more pixels are only slower. */
export const WORKING_SIDE = 512;
/** Up to this side an image stays as it is: to shrink it would take longer than what it saves. */
export const KEPT_SIDE = 1024;

/** Undefined when the image does not stand in MNIST's frame (in either polarity): then it has work to do. */
export function readFrame(image: Raster): CanonicalDigit | undefined {
  if (image.width !== FRAME || image.height !== FRAME) return undefined;
  const grey = toGrey(image);
  const isLight = isInMnistFrame(grey.data);
  const pixels = isLight ? grey.data.slice() : invert(grey).data;
  if (!isLight && !isInMnistFrame(pixels)) return undefined;
  return { pixels, ...inkFigures(pixels), isUntouched: true };
}

/**
 * Finds the digit in a real image and brings it into MNIST's frame, as light ink on a dark ground. By the rule `border` the border
 * of an image is paper; by `find` its page is looked for first.
 */
export function canonicalise(
  image: Raster,
  loops: PlaneLoops = plainLoops,
  page: PageRule = 'border',
): CanonicalDigit {
  const untouched = readFrame(image);
  if (untouched) return untouched;
  const { width, height, channels, data } = image;
  loops.begin(roomFor(image, page) + data.length);
  const pixels = loops.bytes(data.length);
  pixels.set(data);
  const picture = { width, height, data: channels === 1 ? pixels : loops.grey(pixels) };
  return findIn(picture, loops, page);
}

/** Planes of the working size that are needed at once, those between two steps among them. */
const PLANES = { border: 50, find: 140 } as const;

/** The most bytes that loops are asked for while they look for a digit in a grey page of this size. */
export function roomFor(
  { width, height }: Pick<RasterSize, 'width' | 'height'>,
  page: PageRule,
): number {
  const lines = 2 * WORK * width;
  const twice = page === 'find' ? 2 : 1;
  const planes = PLANES[page] * WORK * WORK;
  return twice * (width * height + 4 * (lines + 8 * (width + height))) + 4 * planes;
}

/** The same for a grey image that lies where the loops can work on it, which have begun with room for it. */
export function canonicalisePage(image: Raster, loops: PlaneLoops, page: PageRule): CanonicalDigit {
  return readFrame(image) ?? findIn(image, loops, page);
}

function findIn(picture: LevelPlane, loops: PlaneLoops, page: PageRule): CanonicalDigit {
  return page === 'find' ? readSheet(loops, picture) : findInPage(picture, loops);
}

function findInPage(page: LevelPlane, loops: PlaneLoops): CanonicalDigit {
  const whole = { left: 0, top: 0, right: page.width, bottom: page.height };
  const small = atWorkingSize(loops, page, whole);
  const found = findDigit(loops, small);
  if (!found.box) return intoFrame(found, loops);
  const closeUp = atWorkingSize(loops, page, around(found.box, small, page));
  const closer = readDigit(loops, closeUp, found.isDark);
  return intoFrame(closer.box ? closer : found, loops, surerOf(found.other, closer.other));
}
