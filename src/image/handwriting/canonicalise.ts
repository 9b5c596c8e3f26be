import { toGrey, type Raster } from '../raster.ts';
import { findInk } from './find-ink.ts';
import { inkSignal, isInkDark } from './ink-signal.ts';
import { CENTRE, DIGIT, FRAME, isInMnistFrame } from './mnist-frame.ts';
import { otsu } from './otsu.ts';
import { blur, longerSide, resample, type Box, type Plane } from './plane.ts';

/** A digit in MNIST's frame, and how sure we are that it is ink. */
export interface CanonicalDigit {
  /** 28 x 28 grey values, light ink on dark; all zero when the image is blank. */
  readonly pixels: Uint8Array;
  /** How sharply ink and paper part (0..1): pen on paper lies above .85, mere noise near .64. */
  readonly separability: number;
  /** How far typical ink is from its paper (0..1); below .05 there is hardly any. */
  readonly contrast: number;
  /** The image stood in the frame already and was left alone. */
  readonly isUntouched: boolean;
}

/** Ink is looked for at this size: the longer side of the image, or of the part around the digit. */
const WORK = 128;
/** A digit smaller than this part of the image is looked at again, closer. */
const CLOSE_UP = 0.5;
/** Less contrast than this is the grain of a blank page. */
const BLANK = 0.02;
/** Where soft ink begins, as a part of the threshold. */
const SOFT = 0.35;

/** The most pixels a side worth giving to `canonicalise`: more is only slower. */
export const WORKING_SIDE = 512;

/** Undefined when the image does not stand in MNIST's frame (in either polarity): then it has work to do. */
export function takeFromFrame(image: Raster): CanonicalDigit | undefined {
  if (image.width !== FRAME || image.height !== FRAME) return undefined;
  const light = toGrey(image).data;
  const pixels = [light, light.map((value) => 255 - value)].find(isInMnistFrame);
  if (!pixels) return undefined;
  const values = Float32Array.from(pixels);
  const { threshold, separability } = otsu(values, 255);
  const contrast = typicalInk(values, (i) => values[i]! > threshold) / 255;
  return { pixels, separability, contrast, isUntouched: true };
}

/** Finds the digit in a real image and brings it into MNIST's frame, as light ink on a dark ground. */
export function canonicalise(image: Raster): CanonicalDigit {
  const untouched = takeFromFrame(image);
  if (untouched) return untouched;
  const grey = toGrey(image);
  const plane = { ...grey, data: Float32Array.from(grey.data) };
  const whole = { left: 0, top: 0, right: plane.width, bottom: plane.height };
  const small = atWorkingSize(plane, whole);
  const inkIsDark = isInkDark(small);
  const ink = softInk(small, inkIsDark);
  const box = ink && boxOf(ink.plane);
  if (!ink || !box) return { ...blank(ink), isUntouched: false };
  if (longerSide(box) >= CLOSE_UP * WORK) return { ...intoFrame(ink, box), isUntouched: false };
  const part = around(box, small, plane);
  const closer = softInk(atWorkingSize(plane, part), inkIsDark);
  const closerBox = closer && boxOf(closer.plane);
  const digit = closer && closerBox ? intoFrame(closer, closerBox) : intoFrame(ink, box);
  return { ...digit, isUntouched: false };
}

interface Ink {
  /** 0 = paper, 1 = full ink. */
  readonly plane: Plane;
  readonly separability: number;
  readonly contrast: number;
}

type Digit = Omit<CanonicalDigit, 'isUntouched'>;

function blank(ink: Ink | undefined): Digit {
  const { separability = 0, contrast = 0 } = ink ?? {};
  return { pixels: new Uint8Array(FRAME * FRAME), separability, contrast };
}

function atWorkingSize(plane: Plane, part: Box): Plane {
  const scale = WORK / longerSide(part);
  const width = Math.max(1, Math.round((part.right - part.left) * scale));
  const height = Math.max(1, Math.round((part.bottom - part.top) * scale));
  return blur(resample(plane, part, width, height), 1);
}

/** The digit's ink, smooth at its edges; undefined on a blank page. */
function softInk(plane: Plane, inkIsDark: boolean): Ink | undefined {
  const signal = inkSignal(plane, inkIsDark);
  const top = signal.data.reduce((most, value) => Math.max(most, value), 0);
  const { threshold, separability } = otsu(signal.data, top);
  const kept = findInk(signal, threshold);
  const full = typicalInk(signal.data, (i) => kept[i] === 1);
  const contrast = full / 255;
  const { width, height } = plane;
  const data = new Float32Array(signal.data.length);
  if (contrast < BLANK) return { plane: { width, height, data }, separability, contrast };
  const faint = SOFT * threshold;
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 1) {
      if (!touches(kept, width, height, x, y)) continue;
      data[at] = Math.min(1, Math.max(0, (signal.data[at]! - faint) / (full - faint)));
    }
  }
  return { plane: { width, height, data }, separability, contrast };
}

/** Whether a pixel or one of its eight neighbours is kept ink. */
function touches(kept: Uint8Array, width: number, height: number, x: number, y: number): boolean {
  for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v += 1) {
    for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u += 1) {
      if (kept[v * width + u] === 1) return true;
    }
  }
  return false;
}

/** The 75th percentile of the chosen values: full strokes, not their edges. */
function typicalInk(values: Float32Array, isChosen: (index: number) => boolean): number {
  const chosen = values.filter((_, i) => isChosen(i)).sort();
  return chosen[Math.floor(chosen.length * 0.75)] ?? 0;
}

/** Around everything that is clearly ink. */
function boxOf(ink: Plane): Box | undefined {
  let [left, top, right, bottom] = [ink.width, ink.height, 0, 0];
  for (let y = 0, at = 0; y < ink.height; y += 1) {
    for (let x = 0; x < ink.width; x += 1, at += 1) {
      if (ink.data[at]! < 0.25) continue;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y + 1);
    }
  }
  return right > left ? { left, top, right, bottom } : undefined;
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
function intoFrame(ink: Ink, box: Box): Digit {
  const scale = DIGIT / longerSide(box);
  const width = Math.max(1, Math.round((box.right - box.left) * scale));
  const height = Math.max(1, Math.round((box.bottom - box.top) * scale));
  const { data } = resample(ink.plane, box, width, height);
  let [mass, massX, massY, peak] = [0, 0, 0, 0];
  data.forEach((value, at) => {
    mass += value;
    massX += value * (at % width);
    massY += value * Math.floor(at / width);
    peak = Math.max(peak, value);
  });
  const left = Math.round(CENTRE - massX / mass);
  const top = Math.round(CENTRE - massY / mass);
  const pixels = new Uint8Array(FRAME * FRAME);
  data.forEach((value, at) => {
    const x = left + (at % width);
    const y = top + Math.floor(at / width);
    if (x < 0 || y < 0 || x >= FRAME || y >= FRAME) return;
    pixels[y * FRAME + x] = Math.round((value / peak) * 255);
  });
  return { pixels, separability: ink.separability, contrast: ink.contrast };
}
