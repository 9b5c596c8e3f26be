import { invert, toGrey, type Raster, type RasterSize } from '../raster.ts';
import { findDigit, readDigit, soften, type DigitInk } from './digit-ink.ts';
import { inkFigures, type InkFigures } from './ink-figures.ts';
import { CENTRE, DIGIT, FRAME, isInMnistFrame } from './mnist-frame.ts';
import { plainLoops } from './plain-loops.ts';
import type { Box, LevelPlane, Plane, PlaneLoops } from './plane-loops.ts';
import { longerSide, resample } from './plane.ts';

/** A digit in MNIST's frame, and how sure we are that it is ink. */
export interface CanonicalDigit extends InkFigures {
  /** 28 x 28 grey values, light ink on dark; all zero when the image is blank. */
  readonly pixels: Uint8Array;
  /** The image stood in the frame already and was left alone. */
  readonly isUntouched: boolean;
}

/** Ink is looked for at this size: the longer side of the image, or of the part around the digit. */
const WORK = 128;
/** Less contrast than this is the grain of a blank page. */
const BLANK = 0.02;
/** Where the digit's box ends on a soft edge. */
const EDGE = 0.25;

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

/** Finds the digit in a real image and brings it into MNIST's frame, as light ink on a dark ground. */
export function canonicalise(image: Raster, loops: PlaneLoops = plainLoops): CanonicalDigit {
  const untouched = readFrame(image);
  if (untouched) return untouched;
  const { width, height, channels, data } = image;
  loops.begin(roomFor(image) + data.length);
  const pixels = loops.bytes(data.length);
  pixels.set(data);
  return findInPage({ width, height, data: channels === 1 ? pixels : loops.grey(pixels) }, loops);
}

/** Planes of the working size that are needed at once, those between two steps among them. */
const PLANES = 50;

/** The most bytes that loops are asked for while they look for a digit in a grey page of this size. */
export function roomFor({ width, height }: Pick<RasterSize, 'width' | 'height'>): number {
  const lines = 2 * WORK * width;
  return width * height + 4 * (lines + 8 * (width + height) + PLANES * WORK * WORK);
}

/** The same for a grey image that lies where the loops can work on it, which have begun with room for it. */
export function canonicalisePage(image: Raster, loops: PlaneLoops): CanonicalDigit {
  return readFrame(image) ?? findInPage(image, loops);
}

function findInPage(page: LevelPlane, loops: PlaneLoops): CanonicalDigit {
  const whole = { left: 0, top: 0, right: page.width, bottom: page.height };
  const small = atWorkingSize(loops, page, whole);
  const found = findDigit(loops, small);
  if (!found.box) return intoFrame(found, loops);
  const closeUp = atWorkingSize(loops, page, around(found.box, small, page));
  const closer = readDigit(loops, closeUp, found.isDark);
  return intoFrame(closer.box ? closer : found, loops);
}

function atWorkingSize(loops: PlaneLoops, page: LevelPlane, part: Box): Plane {
  const scale = WORK / longerSide(part);
  const width = Math.max(1, Math.round((part.right - part.left) * scale));
  const height = Math.max(1, Math.round((part.bottom - part.top) * scale));
  const plane = resample(loops, page, part, width, height);
  loops.blur(plane);
  return plane;
}

/** The digit's box in the full image, with half its size as margin on every side. */
function around(box: Box, small: Plane, full: LevelPlane): Box {
  const scaleX = full.width / small.width;
  const scaleY = full.height / small.height;
  const margin = longerSide(box) / 2 + 2;
  return {
    left: Math.max(0, (box.left - margin) * scaleX),
    top: Math.max(0, (box.top - margin) * scaleY),
    right: Math.min(full.width, (box.right + margin) * scaleX),
    bottom: Math.min(full.height, (box.bottom + margin) * scaleY),
  };
}

/** Longer side 20, brightest ink 255, centre of mass at pixel 14: as MNIST was made. */
function intoFrame(digit: DigitInk, loops: PlaneLoops): CanonicalDigit {
  const pixels = new Uint8Array(FRAME * FRAME);
  const contrast = Math.min(1, digit.full / 255);
  const report = { pixels, separability: digit.separability, contrast, isUntouched: false };
  if (contrast < BLANK) return report;
  const soft = soften(loops, digit);
  const box = edgesOf(soft, digit.box);
  const scale = DIGIT / longerSide(box);
  const width = Math.max(1, Math.round((box.right - box.left) * scale));
  const height = Math.max(1, Math.round((box.bottom - box.top) * scale));
  const { data } = resample(loops, soft, box, width, height);
  let [mass, massX, massY, peak] = [0, 0, 0, 0];
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 1) {
      const value = data[at]!;
      mass += value;
      massX += value * x;
      massY += value * y;
      if (value > peak) peak = value;
    }
  }
  const left = Math.round(CENTRE - massX / mass);
  const top = Math.round(CENTRE - massY / mass);
  for (let y = Math.max(0, -top); y < Math.min(height, FRAME - top); y += 1) {
    for (let x = Math.max(0, -left); x < Math.min(width, FRAME - left); x += 1) {
      pixels[(top + y) * FRAME + left + x] = Math.round((data[y * width + x]! / peak) * 255);
    }
  }
  return report;
}

/** The box around everything that is more than the faint end of a soft edge, which ends one pixel off the ink. */
function edgesOf({ width, height, data }: Plane, ink: Box | undefined): Box {
  let [left, top, right, bottom] = [width, height, 0, 0];
  if (!ink) return { left, top, right, bottom };
  const [from, to] = [Math.max(0, ink.left - 1), Math.min(width, ink.right + 1)];
  for (let y = Math.max(0, ink.top - 1); y < Math.min(height, ink.bottom + 1); y += 1) {
    for (let x = from; x < to; x += 1) {
      if (data[y * width + x]! < EDGE) continue;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = y + 1;
    }
  }
  return { left, top, right, bottom };
}
