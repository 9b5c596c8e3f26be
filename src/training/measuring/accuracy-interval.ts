import { wilsonInterval } from '../../repository/figures/interval.ts';
import type { Metrics } from '../../repository/manifest.ts';

/**
 * Where the accuracy of a version lies with 95 % confidence: as it was recorded, which counts examples that came as a group
 * once; of versions from before that, by the number of their examples.
 */
export function accuracyIntervalOf({
  accuracy,
  accuracyInterval,
  examples,
}: Metrics): readonly [number, number] | undefined {
  const [low, high] = accuracyInterval ?? [];
  if (low !== undefined && high !== undefined) return [low, high];
  if (accuracy === undefined || examples === undefined || examples === 0) return undefined;
  return wilsonInterval(accuracy, examples);
}
