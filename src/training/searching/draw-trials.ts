import { canonicalJson } from '../../json.ts';
import { createRandom } from '../../random.ts';
import type { TrialParameters } from './parameters.ts';
import { drawFrom, type SearchRange } from './ranges.ts';

export interface DrawnTrial {
  /** 1, 2, ... */
  readonly trial: number;
  readonly parameters: TrialParameters;
}

export interface DrawPlan {
  readonly ranges: Readonly<Record<string, SearchRange>>;
  readonly trials: number;
  readonly seed: number;
}

/** How often a trial is drawn again that there is already, before the ranges count as exhausted. */
const TRIES = 50;

/**
 * The trials of a search, no two alike. The same seed draws the same, however many there are in all; where the ranges
 * hold fewer, there are fewer.
 */
export function drawTrials({ ranges, trials, seed }: DrawPlan): DrawnTrial[] {
  const random = createRandom(seed).fork('search');
  const seen = new Set<string>();
  const drawn: DrawnTrial[] = [];
  for (let tries = 0; drawn.length < trials && tries < TRIES; tries += 1) {
    const chance = random.fork(`trial ${drawn.length + 1}, ${tries}`);
    const parameters = Object.fromEntries(
      Object.entries(ranges).map(([name, range]) => [name, drawFrom(range, chance.fork(name))]),
    );
    const text = canonicalJson(parameters);
    if (seen.has(text)) continue;
    seen.add(text);
    drawn.push({ trial: drawn.length + 1, parameters });
    tries = -1;
  }
  return drawn;
}
