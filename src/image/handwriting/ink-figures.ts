import { otsu } from './otsu.ts';

/** How sure we are that there is ink. */
export interface InkFigures {
  /** How sharply ink and paper part (0..1): pen on paper lies above .85, mere noise between .6 and .78. */
  readonly separability: number;
  /** How far typical ink is from its paper (0..1); below .05 there is hardly any. */
  readonly contrast: number;
}

/**
 * The figures of grey pixels that a model is to see as they are. Otsu's cut parts them in two; the smaller
 * part is the ink, whichever polarity it has. Contrast is the distance of full strokes (the ink's quarter
 * farthest from the cut begins there, as edges are fainter) from the paper's middle, over 255.
 */
export function inkFigures(pixels: Uint8Array): InkFigures {
  const { threshold, separability } = otsu(Float32Array.from(pixels), 255);
  const sorted = pixels.toSorted();
  let dark = sorted.findIndex((value) => value > threshold);
  if (dark < 0) dark = sorted.length;
  const light = sorted.length - dark;
  if (dark === 0 || light === 0) return { separability, contrast: 0 };
  const isInkLight = light <= dark;
  const full = isInkLight
    ? sorted[dark + Math.floor(light * 0.75)]!
    : sorted[dark - 1 - Math.floor(dark * 0.75)]!;
  const paper = isInkLight ? sorted[dark >> 1]! : sorted[dark + (light >> 1)]!;
  return { separability, contrast: Math.abs(full - paper) / 255 };
}
