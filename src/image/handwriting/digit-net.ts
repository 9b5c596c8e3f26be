import { digitNetWeights } from './digit-net-weights.ts';
import { openSmallNet, type SmallNet } from './small-net.ts';

/**
 * How likely ink in MNIST's frame is one whole digit, and which: ten classes, and one for everything else (parts of digits, two at
 * once, signs, specks). It decides where digits are parted, and whether there are two; what they are is asked of the model that is to
 * answer, beside which it is heard about what was cut. It is shown ink in its context.
 */
export type DigitNet = SmallNet;

/** Nothing, or not one whole digit. */
export const NO_DIGIT = 10;

let opened: DigitNet | undefined;

/** The net of this package, unpacked when it is first asked for. */
export const openDigitNet = (): DigitNet => (opened ??= openSmallNet(digitNetWeights));

/** Grey where there is no ink. */
const PAPER = 128;

/** Ink in MNIST's frame as the net is shown it: lighter than paper, and whatever other ink is near, from 0 to 1, darker than that. */
export const inContext = (pixels: Uint8Array, others?: ArrayLike<number>): Uint8Array =>
  pixels.map((own, at) =>
    Math.max(0, Math.round(PAPER + (own * 127) / 255 - 127 * Math.min(1, others?.[at] ?? 0))),
  );
