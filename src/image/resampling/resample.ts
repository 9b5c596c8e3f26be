import type { Raster } from '../raster.ts';
import { interpolateRaster, weightedSum, type Blend, type Taps } from './interpolate-raster.ts';
import { weighingKernels, type Kernel, type WeighingKernel } from './kernels.ts';
import { plainPixelLoops, type PixelLoops } from './pixel-loops.ts';
import { inWholeParts, repeatingTaps, tensorFlowTaps } from './taps.ts';

export interface Resampling {
  readonly kernel: Kernel;
  /** Whether a kernel grows with the factor of shrinking, so that every pixel counts; nearest never does. */
  readonly antialias: boolean;
}

/**
 * The raster in another size, by the arithmetic of the library that a kernel is known from: with antialias Pillow's
 * (and torchvision's), without it OpenCV's for `linear` and `cubic-0.75` and TensorFlow's for the others; `nearest` is
 * Pillow's, which rounds the other way than TensorFlow's in places where two pixels are equally near. A raster that has
 * the size is given back as it is.
 */
export function resample(
  raster: Raster,
  { width, height }: { readonly width: number; readonly height: number },
  { kernel, antialias }: Resampling,
  loops: PixelLoops = plainPixelLoops,
): Raster {
  if (width === raster.width && height === raster.height) return raster;
  if (kernel === 'nearest' || kernel === 'nearest-floor') {
    const choose = kernel === 'nearest' ? middles : corners;
    return pick(raster, choose(raster.width, width), choose(raster.height, height));
  }
  if (antialias) return loops.filter(raster, width, height, weighingKernels[kernel]);
  const { taps, blend } = withoutAntialias[kernel];
  return interpolateRaster(
    raster,
    taps(raster.width, width, weighingKernels[kernel]),
    taps(raster.height, height, weighingKernels[kernel]),
    blend,
  );
}

/** What OpenCV multiplies the weights of two pixels by before it rounds them to whole numbers. */
const OPENCV_PARTS = 2048;

/** Adds two lines as OpenCV does: in 16-bit products whose lower bits are cut off. */
const openCvLinear: Blend = ([above, below], weights, start, into, to) => {
  const upper = weights[start]!;
  const lower = weights[start + 1]!;
  for (let x = 0; x < above!.length; x += 1) {
    const a = (upper * (above![x]! >> 4)) >> 16;
    const b = (lower * (below![x]! >> 4)) >> 16;
    into[to + x] = (a + b + 2) >> 2;
  }
};

const withoutAntialias = {
  linear: {
    taps: (from, to, kernel) => inWholeParts(repeatingTaps(from, to, kernel), OPENCV_PARTS),
    blend: openCvLinear,
  },
  'cubic-0.75': { taps: repeatingTaps, blend: weightedSum },
  cubic: { taps: tensorFlowTaps, blend: weightedSum },
  lanczos3: { taps: tensorFlowTaps, blend: weightedSum },
} satisfies Record<
  keyof typeof weighingKernels,
  { taps(from: number, to: number, kernel: WeighingKernel): Taps; blend: Blend }
>;

/** Which pixel lies under the middle of each, added up step by step as Pillow does. */
function middles(from: number, to: number): Int32Array {
  const scale = from / to;
  const indices = new Int32Array(to);
  let position = scale * 0.5;
  for (let at = 0; at < to; at += 1, position += scale) {
    indices[at] = Math.min(Math.floor(position), from - 1);
  }
  return indices;
}

/** Which pixel lies under the upper left corner of each, by OpenCV's division. */
function corners(from: number, to: number): Int32Array {
  const scale = 1 / (to / from);
  return Int32Array.from({ length: to }, (_, at) => Math.min(Math.floor(at * scale), from - 1));
}

function pick(raster: Raster, across: Int32Array, down: Int32Array): Raster {
  const { channels } = raster;
  const data = new Uint8Array(across.length * down.length * channels);
  let to = 0;
  for (const y of down) {
    for (const x of across) {
      const from = (y * raster.width + x) * channels;
      for (let channel = 0; channel < channels; channel += 1, to += 1) {
        data[to] = raster.data[from + channel]!;
      }
    }
  }
  return { width: across.length, height: down.length, channels, data };
}
