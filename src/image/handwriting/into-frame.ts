import { soften, type DigitInk } from './digit-ink.ts';
import { inContext, NO_DIGIT, openDigitNet } from './digit-net.ts';
import type { InkFigures } from './ink-figures.ts';
import { CENTRE, DIGIT, FRAME } from './mnist-frame.ts';
import { longerSide, resample } from './plane.ts';
import type { Box, Plane, PlaneLoops } from './plane-loops.ts';

/** A digit in MNIST's frame, and how sure we are that it is ink. */
export interface CanonicalDigit extends InkFigures {
  /** 28 x 28 grey values, light ink on dark; all zero when the image is blank. */
  readonly pixels: Uint8Array;
  /** The image stood in the frame already and was left alone. */
  readonly isUntouched: boolean;
}

/** Less contrast than this is the grain of a blank page. */
const BLANK = 0.02;
/** Where the digit's box ends on a soft edge. */
const EDGE = 0.25;

/** Longer side 20, brightest ink 255, centre of mass at pixel 14: as MNIST was made. */
export function intoFrame(digit: DigitInk, loops: PlaneLoops, other = digit.other): CanonicalDigit {
  const pixels = new Uint8Array(FRAME * FRAME);
  const contrast = Math.min(1, digit.full / 255);
  const { separability } = digit;
  const report = { pixels, separability, contrast, isUntouched: false };
  if (contrast < BLANK) return other === 'apart' ? { ...report, isSeveral: true } : report;
  const soft = soften(loops, digit);
  scaleIntoFrame(loops, soft, edgesOf(soft, digit.box), pixels);
  const isSeveral = other === 'apart' || (other === 'beside' && !isOneDigit(pixels));
  return isSeveral ? { ...report, isSeveral } : report;
}

/** So sure the net is that what stands side by side is no one digit. */
const NOT_ONE = 0.9;

const isOneDigit = (pixels: Uint8Array): boolean =>
  openDigitNet()(inContext(pixels))[NO_DIGIT]! < NOT_ONE;

/** Where the corner of a box came to be in the frame, and how many pixels of the frame one of the box is. */
export interface InFrame {
  readonly left: number;
  readonly top: number;
  readonly scale: number;
}

/** Brings the soft ink in a box to its final size in the empty frame. */
export function scaleIntoFrame(
  loops: PlaneLoops,
  soft: Plane,
  box: Box,
  pixels: Uint8Array,
): InFrame {
  const scale = DIGIT / longerSide(box);
  const width = Math.max(1, Math.round((box.right - box.left) * scale));
  const height = Math.max(1, Math.round((box.bottom - box.top) * scale));
  const { data } = resample(loops, soft, box, width, height);
  return { ...placeByMass(data, width, height, pixels), scale };
}

/** Writes a digit of its final size into the empty frame: its centre of mass in the middle, its brightest value 255. */
export function placeByMass(
  data: ArrayLike<number>,
  width: number,
  height: number,
  pixels: Uint8Array,
): Pick<InFrame, 'left' | 'top'> {
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
  return { left, top };
}

/** The box around everything that is more than the faint end of a soft edge, which ends one pixel off the ink. */
export function edgesOf({ width, height, data }: Plane, ink: Box | undefined): Box {
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
