/**
 * How a pixel of the target is made from those around it in the source. The words are those of Pillow, TensorFlow,
 * Keras and sharp; where OpenCV and PyTorch mean something else by the same word, theirs has a word of its own:
 *
 * - `nearest`: the pixel under the middle of the target's pixel (PyTorch's nearest-exact).
 * - `nearest-floor`: the pixel under its upper left corner (cv2.INTER_NEAREST, PyTorch's nearest).
 * - `linear`: a triangle over two pixels.
 * - `cubic`: Keys' cubic with a = -0.5 over four (Catmull-Rom; also PyTorch's with antialias).
 * - `cubic-0.75`: the same with a = -0.75 (cv2.INTER_CUBIC, PyTorch's without antialias).
 * - `lanczos3`: a windowed sinc over six.
 */
export const kernels = [
  'nearest',
  'nearest-floor',
  'linear',
  'cubic',
  'cubic-0.75',
  'lanczos3',
] as const;
export type Kernel = (typeof kernels)[number];

/** A kernel that weighs several pixels by their distance. */
export interface WeighingKernel {
  /** How far from the middle it reaches, in pixels of whichever of the two images has the larger ones. */
  readonly radius: 1 | 2 | 3;
  readonly weight: (distance: number) => number;
}

export const weighingKernels: Readonly<
  Record<Exclude<Kernel, 'nearest' | 'nearest-floor'>, WeighingKernel>
> = {
  linear: { radius: 1, weight: (distance) => Math.max(0, 1 - Math.abs(distance)) },
  cubic: { radius: 2, weight: (distance) => cubic(Math.abs(distance), -0.5) },
  'cubic-0.75': { radius: 2, weight: (distance) => cubic(Math.abs(distance), -0.75) },
  lanczos3: { radius: 3, weight: lanczos3 },
};

/** Keys, "Cubic convolution interpolation for digital image processing", 1981. */
function cubic(x: number, a: number): number {
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

function lanczos3(x: number): number {
  return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}
