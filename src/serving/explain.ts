import { errors } from '../errors.ts';
import type { Lease } from '../registry/loaded-version.ts';
import { GRADIENT_COST, gradientMap, type Attributions } from './gradient.ts';
import { occlusion, occlusionsOf, type Payer } from './occlusion.ts';
import type { FailedPrediction, Prediction } from './prediction.ts';
import type { Instance, Prepared } from './prepare-instances.ts';
import { onlyFiles, withSeenInputs } from './seen-inputs.ts';

/** What a caller may ask to have explained, in the words of the query. */
export const explanations = [
  'input',
  'occlusion',
  'gradient',
  'input,occlusion',
  'input,gradient',
  'occlusion,gradient',
  'input,occlusion,gradient',
  'true',
] as const;
export type Explanation = (typeof explanations)[number];

type Part = 'input' | 'occlusion' | 'gradient';

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

/**
 * The same predictions, each with what its request asks to have explained. A gradient map is there with `true` wherever the
 * layers of the version are known; GLIMPSE_NO_GRADIENT where one is asked for by name and they are not.
 */
export async function explained(
  predictions: readonly (Prediction | FailedPrediction)[],
  prepared: readonly Prepared[],
  version: Pick<Lease, 'manifest' | 'submit'>,
  request: ExplainRequest,
  attributions?: Attributions,
): Promise<readonly (Prediction | FailedPrediction)[]> {
  const { explain } = request;
  if (!explain) return predictions;
  const { manifest } = version;
  const shown = asksFor(explain, 'input')
    ? await withSeenInputs(predictions, prepared, manifest, request)
    : predictions;
  const ways = { occlusion: asksFor(explain, 'occlusion'), gradient: asksFor(explain, 'gradient') };
  if (!ways.occlusion && !ways.gradient) return shown;
  const answered = shown.filter((each) => !('error' in each)).length;
  const each =
    (ways.occlusion ? occlusionsOf(manifest.preprocessing) : 0) +
    (ways.gradient ? GRADIENT_COST : 0);
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
    all.push({
      ...prediction,
      ...(ways.occlusion && { occlusion: await occlusion(example, prediction, version, request) }),
      ...(map && { gradient: map }),
    });
  }
  return all;
}
