import type { PreparedExample } from '../image/prepare-pixels.ts';
import type { Gate } from '../signature.ts';

/** Reasons to doubt a prediction, in the order in which they are checked. */
export const warningNames = ['damaged', 'blank', 'no_ink', 'several', 'uncertain'] as const;
export type Warning = (typeof warningNames)[number];

/**
 * What a client should know before it believes a prediction: of the image's file, and by the thresholds of
 * the version's manifest:
 *
 * - `damaged`: pixels of the image were lost inside its file, and the decoder has put others in their place.
 * - `blank`: contrast < minContrast. Contrast is how far typical ink (its 75th percentile) lies from the
 *   paper around it, over 255.
 * - `no_ink`, unless blank: separability < minSeparability. Separability is Otsu's criterion on the ink
 *   signal, the variance between ink and paper over all variance (N. Otsu, "A threshold selection method
 *   from gray-level histograms", 1979): 1 for two sharp levels, 2/pi = .64 for Gaussian noise. Also where what was read is a part of
 *   a photograph, whatever the gate (`sheet/is-photograph.ts`); that is looked for where the page is found first.
 * - `several`: beside the ink that was read there is other ink about as high, clearly apart or by what a net says no stroke of it: a picture
 *   of one digit was expected.
 * - `uncertain`: best score < minScore, on scores divided by their temperature (C. Guo et al., "On
 *   calibration of modern neural networks", 2017; the best score as a baseline for what a net has never
 *   seen: D. Hendrycks and K. Gimpel, 2017).
 *
 * A net alone is surer of raw noise than of digits, so those before `uncertain` look at the image, not at the scores.
 */
export function warningsOf(
  { ink, provenance: { isDamaged } }: Pick<PreparedExample, 'ink' | 'provenance'>,
  score: number,
  { minContrast = 0, minSeparability = 0, minScore = 0 }: Gate = {},
): Warning[] {
  const warnings: Warning[] = isDamaged ? ['damaged'] : [];
  if (ink && ink.contrast < minContrast) warnings.push('blank');
  else if (ink && (ink.separability < minSeparability || ink.isPhotograph)) warnings.push('no_ink');
  else if (ink?.isSeveral) warnings.push('several');
  if (score < minScore) warnings.push('uncertain');
  return warnings;
}
