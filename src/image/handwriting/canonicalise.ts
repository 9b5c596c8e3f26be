import { invert, toGrey, type Raster } from '../raster.ts';
import { findDigit, readDigit, soften, type DigitInk } from './digit-ink.ts';
import { inkFigures, type InkFigures } from './ink-figures.ts';
import { CENTRE, DIGIT, FRAME, isInMnistFrame } from './mnist-frame.ts';
import { blur, longerSide, resample, type Box, type Plane } from './plane.ts';

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

/** The most pixels a side worth giving to `canonicalise`: more is only slower. */
export const WORKING_SIDE = 512;

/** Undefined when the image does not stand in MNIST's frame (in either polarity): then it has work to do. */
export function readFrame(image: Raster): CanonicalDigit | undefined {
  if (image.width !== FRAME || image.height !== FRAME) return undefined;
  const grey = toGrey(image);
  const isLight = isInMnistFrame(grey.data);
  const pixels = isLight ? grey.data : invert(grey).data;
  if (!isLight && !isInMnistFrame(pixels)) return undefined;
  return { pixels, ...inkFigures(pixels), isUntouched: true };
}

/** Finds the digit in a real image and brings it into MNIST's frame, as light ink on a dark ground. */
export function canonicalise(image: Raster): CanonicalDigit {
  const untouched = readFrame(image);
  if (untouched) return untouched;
  const grey = toGrey(image);
  const plane = { ...grey, data: Float32Array.from(grey.data) };
  const whole = { left: 0, top: 0, right: plane.width, bottom: plane.height };
  const small = atWorkingSize(plane, whole);
  const found = findDigit(small);
  if (!found.box) return intoFrame(found);
  const closeUp = atWorkingSize(plane, around(found.box, small, plane));
  const closer = readDigit(closeUp, found.isDark);
  return intoFrame(closer.box ? closer : found);
}

function atWorkingSize(plane: Plane, part: Box): Plane {
  const scale = WORK / longerSide(part);
  const width = Math.max(1, Math.round((part.right - part.left) * scale));
  const height = Math.max(1, Math.round((part.bottom - part.top) * scale));
  return blur(resample(plane, part, width, height), 1);
}

/** The digit's box in the full image, with half its size as margin on every side. */
function around(box: Box, small: Plane, full: Plane): Box {
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
function intoFrame(digit: DigitInk): CanonicalDigit {
  const pixels = new Uint8Array(FRAME * FRAME);
  const contrast = Math.min(1, digit.full / 255);
  const report = { pixels, separability: digit.separability, contrast, isUntouched: false };
  if (contrast < BLANK) return report;
  const soft = soften(digit);
  const box = edgesOf(soft);
  const scale = DIGIT / longerSide(box);
  const width = Math.max(1, Math.round((box.right - box.left) * scale));
  const height = Math.max(1, Math.round((box.bottom - box.top) * scale));
  const { data } = resample(soft, box, width, height);
  let [mass, massX, massY, peak] = [0, 0, 0, 0];
  data.forEach((value, at) => {
    mass += value;
    massX += value * (at % width);
    massY += value * Math.floor(at / width);
    peak = Math.max(peak, value);
  });
  const left = Math.round(CENTRE - massX / mass);
  const top = Math.round(CENTRE - massY / mass);
  data.forEach((value, at) => {
    const x = left + (at % width);
    const y = top + Math.floor(at / width);
    if (x < 0 || y < 0 || x >= FRAME || y >= FRAME) return;
    pixels[y * FRAME + x] = Math.round((value / peak) * 255);
  });
  return report;
}

/** The box around everything that is more than the faint end of a soft edge. */
function edgesOf({ width, height, data }: Plane): Box {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let at = 0; at < data.length; at += 1) {
    if (data[at]! < EDGE) continue;
    const x = at % width;
    left = Math.min(left, x);
    right = Math.max(right, x + 1);
    top = Math.min(top, (at - x) / width);
    bottom = Math.max(bottom, (at - x) / width + 1);
  }
  return { left, top, right, bottom };
}
