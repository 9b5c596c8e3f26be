import { BINS, splitOf } from './otsu.ts';

/** How sure we are that there is ink. */
export interface InkFigures {
  /** How sharply ink and paper part (0..1): pen on paper lies above .85, mere noise between .6 and .78. */
  readonly separability: number;
  /** How far typical ink is from its paper (0..1); below .05 there is hardly any. */
  readonly contrast: number;
  /** true: ink clearly apart from what was read might be a digit, too. Nobody looks for it in what is read as it is. */
  readonly isSeveral?: boolean;
  /** true: what was read is a part of a photograph of things, no ink on a page. Looked for where the page is found first. */
  readonly isPhotograph?: boolean;
}

/**
 * The figures of grey pixels that a model is to see as they are. Otsu's cut parts them in two; the smaller
 * part is the ink, whichever polarity it has. Contrast is the distance of full strokes (the ink's quarter
 * farthest from the cut begins there, as edges are fainter) from the paper's middle, over 255.
 */
export function inkFigures(pixels: Uint8Array): InkFigures {
  // Grey levels are the bins.
  const counts = new Int32Array(BINS);
  for (let at = 0; at < pixels.length; at += 1) counts[pixels[at]!]! += 1;
  const { threshold, separability } = splitOf(counts, pixels.length, 255);
  let dark = 0;
  for (let level = 0; level <= threshold; level += 1) dark += counts[level]!;
  const light = pixels.length - dark;
  if (dark === 0 || light === 0) return { separability, contrast: 0 };
  const isInkLight = light <= dark;
  const full = isInkLight
    ? levelAtRank(counts, dark + Math.floor(light * 0.75))
    : levelAtRank(counts, dark - 1 - Math.floor(dark * 0.75));
  const paper = levelAtRank(counts, isInkLight ? dark >> 1 : dark + (light >> 1));
  return { separability, contrast: Math.abs(full - paper) / 255 };
}

/** The level that would stand at `rank` if all pixels were sorted. */
function levelAtRank(counts: Int32Array, rank: number): number {
  let level = 0;
  for (let seen = counts[0]!; seen <= rank; seen += counts[level]!) level += 1;
  return level;
}
