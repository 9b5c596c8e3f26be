import type { ContractTwo } from '../../preprocessing/contract-two.ts';
import type { RequestedPreprocessing } from '../../preprocessing/requested.ts';
import { combined, contractsOf, filters, framings, readings } from './candidates.ts';
import { knownNormalisations } from './normalisations.ts';
import type { Picture } from './picture.ts';
import { bestParts, framingPart, ranked, type Judged } from './ranking.ts';

export interface StagedSearch {
  readonly frame: Pick<ContractTwo, 'width' | 'height' | 'channels'>;
  /** What is known of the contract; only the rest is looked for. */
  readonly known: RequestedPreprocessing;
  readonly pictures: readonly Picture[];
}

/** How many of the best go on to the next stage. */
const KEPT = 3;

/**
 * Contracts by what a model answers, the best first. It answers for some hundred of them at most: normalisations
 * first, by the framings that trainers use most, then framings, then kernels.
 */
export async function searchInStages<J extends Judged>(
  { frame, known, pictures }: StagedSearch,
  judge: (contracts: readonly ContractTwo[]) => Promise<J[]>,
): Promise<J[]> {
  const judgeParts = (parts: readonly RequestedPreprocessing[]) =>
    judge(contractsOf(frame, known, parts));
  const framed = framings(frame);
  const usual = [framed[0]!, framed[1]!, ...framed.slice(2, 3)];
  const values = normalisationParts(frame.channels, known);
  const first = await judgeParts(combined(combined(usual, values), filters.slice(0, 1)));
  const read = readings(pictures, frame);
  const bestValues = bestParts(first, KEPT, valuesPart);
  const second = await judgeParts(
    combined(combined(combined(framed, read), bestValues), filters.slice(0, 1)),
  );
  const best = bestParts(second, KEPT + 1, (contract) => ({
    ...framingPart(contract),
    ...valuesPart(contract),
  }));
  return ranked([...first, ...second, ...(await judgeParts(combined(best, filters)))]);
}

function normalisationParts(
  channels: number,
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
