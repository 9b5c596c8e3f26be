import { errors } from '../errors.ts';
import type { Lease } from '../registry/loaded-version.ts';
import { GRADIENT_COST, gradientMap, type Attributions } from './gradient.ts';
import { nearestExamples, NEAREST_COST, type Neighbours } from './nearest.ts';
import { occlusion, occlusionsOf, type Payer } from './occlusion.ts';
import type { FailedPrediction, Prediction } from './prediction.ts';
import type { Instance, Prepared } from './prepare-instances.ts';
import { onlyFiles, withSeenInputs } from './seen-inputs.ts';

/** What a caller may ask to have explained, in the words of the query. */
export const explanations = [
  'input',
  'occlusion',
  'gradient',
  'nearest',
  'input,occlusion',
  'input,gradient',
  'input,nearest',
  'occlusion,gradient',
  'occlusion,nearest',
  'gradient,nearest',
  'input,occlusion,gradient',
  'input,occlusion,nearest',
  'input,gradient,nearest',
  'occlusion,gradient,nearest',
  'input,occlusion,gradient,nearest',
  'true',
] as const;
export type Explanation = (typeof explanations)[number];

type Part = 'input' | 'occlusion' | 'gradient' | 'nearest';

const asksFor = (asked: Explanation, part: Part): boolean =>
  asked === 'true' || asked.split(',').includes(part);

export interface ExplainRequest extends Payer {
  readonly explain?: Explanation | undefined;
  /** Is told how many examples the request runs; what it throws ends the request. */
  readonly onExamples?: ((count: number) => void) | undefined;
}

/** The instances of a request; those of which could not be shown what it asks for as failed. */
export function explainable(
  instances: readonly Instance[],
  { explain }: Pick<ExplainRequest, 'explain'>,
): readonly Instance[] {
  return explain && asksFor(explain, 'input') ? onlyFiles(instances) : instances;
}

/** Who knows more of versions than what they answer; without them it cannot be told. */
export interface Explainers {
  readonly attributions?: Attributions | undefined;
  readonly neighbours?: Neighbours | undefined;
}

/**
 * The same predictions, each with what its request asks to have explained. A gradient map is there with `true` wherever the
 * layers of the version are known, and its nearest examples wherever it keeps some; GLIMPSE_NO_GRADIENT and GLIMPSE_NO_EXAMPLES
 * where they are asked for by name and are not there.
 */
export async function explained(
  predictions: readonly (Prediction | FailedPrediction)[],
  prepared: readonly Prepared[],
  version: Pick<Lease, 'manifest' | 'submit'>,
  request: ExplainRequest,
  { attributions, neighbours }: Explainers = {},
): Promise<readonly (Prediction | FailedPrediction)[]> {
  const { explain } = request;
  if (!explain) return predictions;
  const { manifest } = version;
  const shown = asksFor(explain, 'input')
    ? await withSeenInputs(predictions, prepared, manifest, request)
    : predictions;
  const asks = (part: Part): boolean => asksFor(explain, part);
  const ways = {
    occlusion: asks('occlusion'),
    gradient: asks('gradient'),
    nearest: asks('nearest') && (manifest.keptExamples !== undefined || explain !== 'true'),
  };
  if (!ways.occlusion && !ways.gradient && !ways.nearest) return shown;
  const answered = shown.filter((each) => !('error' in each)).length;
  const each =
    (ways.occlusion ? occlusionsOf(manifest.preprocessing) : 0) +
    (ways.gradient ? GRADIENT_COST : 0) +
    (ways.nearest ? NEAREST_COST : 0);
  request.onExamples?.(prepared.length + answered * each);
  const all: (Prediction | FailedPrediction)[] = [];
  for (const [index, prediction] of shown.entries()) {
    const input = prepared[index]!;
    if (!('example' in input) || 'error' in prediction) {
      all.push(prediction);
      continue;
    }
    const { example } = input;
    const map = ways.gradient
      ? await gradientMap(example, prediction, manifest, attributions, request)
      : undefined;
    if (ways.gradient && !map && explain !== 'true') {
      throw new errors.GLIMPSE_NO_GRADIENT(manifest.version, manifest.model);
    }
    const nearest = ways.nearest
      ? await nearestExamples(example, manifest, neighbours, request)
      : undefined;
    if (ways.nearest && !nearest && explain !== 'true') {
      throw new errors.GLIMPSE_NO_EXAMPLES(manifest.version, manifest.model);
    }
    all.push({
      ...prediction,
      ...(ways.occlusion && { occlusion: await occlusion(example, prediction, version, request) }),
      ...(map && { gradient: map }),
      ...(nearest && { nearest }),
    });
  }
  return all;
}
