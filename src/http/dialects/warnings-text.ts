import type { PredictResult } from '../../serving/predictor.ts';
import type { Warning } from '../../serving/warnings.ts';

/** A head has room for only so much; where the images of a warning take more, its name alone stands there. */
const mostCharacters = 1_000;

/**
 * Which images carry which warnings, for wires that have no place of their own for them: `blank="0 3-7", uncertain="2"`, a
 * dictionary of RFC 9651. Undefined when none does.
 */
export function warningsText({
  predictions,
}: Pick<PredictResult, 'predictions'>): string | undefined {
  const images = new Map<Warning, number[]>();
  predictions.forEach((prediction, at) => {
    if ('error' in prediction || !prediction.warnings) return;
    for (const warning of prediction.warnings) {
      const known = images.get(warning);
      if (known) known.push(at);
      else images.set(warning, [at]);
    }
  });
  if (images.size === 0) return undefined;
  return Array.from(images, ([warning, indices]) => {
    const ranges = rangesOf(indices);
    return ranges.length > mostCharacters ? warning : `${warning}="${ranges}"`;
  }).join(', ');
}

/** Numbers in their order, those that follow each other as one: "0 3-7". */
function rangesOf(numbers: readonly number[]): string {
  const ranges: { first: number; last: number }[] = [];
  for (const number of numbers) {
    const open = ranges.at(-1);
    if (open?.last === number - 1) open.last = number;
    else ranges.push({ first: number, last: number });
  }
  return ranges
    .map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`))
    .join(' ');
}
