import { normalised, type Layout } from '../../image/prepare-pixels.ts';
import type { ContractTwo } from '../../preprocessing/contract-two.ts';
import type { RequestedPreprocessing } from '../../preprocessing/requested.ts';
import { softmax } from '../../tensor.ts';
import { combined, contractsOf, filters, framings, readings } from './candidates.ts';
import { knownNormalisations } from './normalisations.ts';
import type { Picture } from './picture.ts';
import { bestParts, framingPart, ranked, type Judged } from './ranking.ts';

/** A picture and the scores that the trainer's own code got for it. */
export interface ScoreReference {
  readonly picture: Picture;
  readonly scores: readonly number[];
}

/** Examples as the model takes them in, its raw outputs out. */
export type Infer = (examples: readonly Float32Array[]) => Promise<Float32Array[]>;

export interface ScoreSearch {
  readonly frame: Pick<ContractTwo, 'width' | 'height' | 'channels'>;
  readonly layout: Layout;
  /** What is known of the contract; only the rest is looked for. */
  readonly known: RequestedPreprocessing;
  readonly references: readonly ScoreReference[];
  infer: Infer;
}

/** How many of the best go on to the next stage. */
const KEPT = 3;

/**
 * Contracts for recorded scores, the closest first. The model answers for some hundred of them at most: normalisations
 * first, by the framings that trainers use most, then framings, then kernels.
 */
export async function searchScores(search: ScoreSearch): Promise<Judged[]> {
  const { frame, known, references } = search;
  const framed = framings(frame);
  const usual = [framed[0]!, framed[1]!, ...framed.slice(2, 3)];
  const values = normalisationParts(frame.channels, known);
  const first = await judge(search, combined(combined(usual, values), filters.slice(0, 1)));
  const read = readings(
    references.map(({ picture }) => picture),
    frame,
  );
  const bestValues = bestParts(first, KEPT, valuesPart);
  const second = await judge(
    search,
    combined(combined(combined(framed, read), bestValues), filters.slice(0, 1)),
  );
  const best = bestParts(second, KEPT + 1, (contract) => ({
    ...framingPart(contract),
    ...valuesPart(contract),
  }));
  return ranked([...first, ...second, ...(await judge(search, combined(best, filters)))]);
}

function normalisationParts(
  channels: 1 | 3,
  known: RequestedPreprocessing,
): RequestedPreprocessing[] {
  const orders: ContractTwo['colourSpace'][] = channels === 1 ? ['grey'] : ['rgb', 'bgr'];
  const isSaid = known.mean !== undefined && known.std !== undefined;
  const values: RequestedPreprocessing[] = isSaid ? [{}] : knownNormalisations(channels);
  return orders.flatMap((colourSpace) => values.map((part) => ({ ...part, colourSpace })));
}

function valuesPart({ colourSpace, scale, mean, std }: ContractTwo) {
  return { colourSpace, scale, mean, std };
}

async function judge(
  search: ScoreSearch,
  parts: readonly RequestedPreprocessing[],
): Promise<Judged[]> {
  const judged: Judged[] = [];
  for (const contract of contractsOf(search.frame, search.known, parts)) {
    const examples: Float32Array[] = [];
    for (const { picture } of search.references) {
      examples.push(normalised(await picture.pixels(contract), contract, search.layout));
    }
    const outputs = await search.infer(examples);
    const scores = search.references.map(({ scores: recorded }) => recorded);
    judged.push({ contract, distance: meanDifference(outputs, scores) });
  }
  return judged;
}

/** The mean difference of a score, whether outputs as they are were recorded or their softmax. */
function meanDifference(
  outputs: readonly ArrayLike<number>[],
  recorded: readonly (readonly number[])[],
): number {
  const readings = [outputs, outputs.map((output) => softmax(output))];
  const means = readings.map((rows) => {
    const differences = rows.flatMap((row, at) =>
      recorded[at]!.map((score, place) => Math.abs(score - row[place]!)),
    );
    return differences.reduce((sum, one) => sum + one, 0) / differences.length;
  });
  // A model that is not to be compared with anything (NaN) is as far as can be.
  return Math.min(...means.map((mean) => (Number.isNaN(mean) ? Infinity : mean)));
}
