import { normalised, type Layout } from '../../image/prepare-pixels.ts';
import type { ContractTwo } from '../../preprocessing/contract-two.ts';
import type { RequestedPreprocessing } from '../../preprocessing/requested.ts';
import { softmax } from '../../tensor.ts';
import type { Picture } from './picture.ts';
import type { Judged } from './ranking.ts';
import { searchInStages } from './staged-search.ts';

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

/** Contracts for recorded scores, the closest first. */
export async function searchScores(search: ScoreSearch): Promise<Judged[]> {
  const pictures = search.references.map(({ picture }) => picture);
  return await searchInStages({ ...search, pictures }, (contracts) => judge(search, contracts));
}

async function judge(search: ScoreSearch, contracts: readonly ContractTwo[]): Promise<Judged[]> {
  const judged: Judged[] = [];
  for (const contract of contracts) {
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
