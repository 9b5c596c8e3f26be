import { placeByMass } from '../../image/handwriting/into-frame.ts';
import { DIGIT, FRAME } from '../../image/handwriting/mnist-frame.ts';
import type { Random } from '../../random.ts';
import { outlierKinds } from './kinds.ts';
import type { Canvas } from './pen.ts';

/** The side of the canvas outliers are drawn on. */
const CANVAS = 64;
/** Fainter than this is the rim of a stroke. */
const FAINT = 64;

/** Images of ink that is no digit, in MNIST's frame as digits are; the same stream of chance draws the same. */
export function drawOutliers(random: Random, count: number): Uint8Array {
  const pixels = new Uint8Array(count * FRAME * FRAME);
  for (let index = 0; index < count; index += 1) {
    const own = random.fork(`outlier ${index}`);
    frameInto(drawn(own), pixels.subarray(index * FRAME * FRAME, (index + 1) * FRAME * FRAME));
  }
  return pixels;
}

const total = outlierKinds.reduce((sum, { weight }) => sum + weight, 0);

function drawn(random: Random): Canvas {
  let ticket = random.integer(total);
  const kind = outlierKinds.find(({ weight }) => (ticket -= weight) < 0) ?? outlierKinds[0]!;
  return kind.draw(random, CANVAS);
}

function frameInto({ width, height, ink }: Canvas, out: Uint8Array): void {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (ink[y * width + x]! < FAINT) continue;
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    }
  }
  if (right < 0) return;
  const longer = Math.max(right - left, bottom - top) + 1;
  const scale = longer / DIGIT;
  const w = Math.max(1, Math.round((right - left + 1) / scale));
  const h = Math.max(1, Math.round((bottom - top + 1) / scale));
  const small = new Float64Array(w * h);
  for (let y = 0; y < h; y += 1) {
    for (let x = 0; x < w; x += 1) {
      small[y * w + x] = meanOf(ink, width, {
        left: left + ((right - left + 1) * x) / w,
        right: left + ((right - left + 1) * (x + 1)) / w,
        top: top + ((bottom - top + 1) * y) / h,
        bottom: top + ((bottom - top + 1) * (y + 1)) / h,
      });
    }
  }
  placeByMass(small, w, h, out);
}

/** The mean over a box with edges between pixels. */
function meanOf(
  ink: Uint8Array,
  width: number,
  box: { left: number; right: number; top: number; bottom: number },
): number {
  let [sum, weight] = [0, 0];
  for (let y = Math.floor(box.top); y < box.bottom; y += 1) {
    const high = Math.min(y + 1, box.bottom) - Math.max(y, box.top);
    for (let x = Math.floor(box.left); x < box.right; x += 1) {
      const part = high * (Math.min(x + 1, box.right) - Math.max(x, box.left));
      sum += part * ink[y * width + x]!;
      weight += part;
    }
  }
  return sum / weight;
}
