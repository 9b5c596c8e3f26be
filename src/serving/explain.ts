import type { Lease } from '../registry/loaded-version.ts';
import { occlusion, occlusionsOf, type Payer } from './occlusion.ts';
import type { FailedPrediction, Prediction } from './prediction.ts';
import type { Instance, Prepared } from './prepare-instances.ts';
import { onlyFiles, withSeenInputs } from './seen-inputs.ts';

/** What a caller may ask to have explained, in the words of the query. */
export const explanations = ['input', 'occlusion', 'input,occlusion', 'true'] as const;
export type Explanation = (typeof explanations)[number];

const asksForInput = (asked: Explanation): boolean => asked !== 'occlusion';
const asksForOcclusion = (asked: Explanation): boolean => asked !== 'input';

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
  return explain && asksForInput(explain) ? onlyFiles(instances) : instances;
}

/** The same predictions, each with what its request asks to have explained. */
export async function explained(
  predictions: readonly (Prediction | FailedPrediction)[],
  prepared: readonly Prepared[],
  version: Pick<Lease, 'manifest' | 'submit'>,
  request: ExplainRequest,
): Promise<readonly (Prediction | FailedPrediction)[]> {
  const { explain } = request;
  if (!explain) return predictions;
  const { manifest } = version;
  const shown = asksForInput(explain)
    ? await withSeenInputs(predictions, prepared, manifest, request)
    : predictions;
  if (!asksForOcclusion(explain)) return shown;
  const answered = shown.filter((each) => !('error' in each)).length;
  request.onExamples?.(prepared.length + answered * occlusionsOf(manifest.preprocessing));
  const all: (Prediction | FailedPrediction)[] = [];
  for (const [index, prediction] of shown.entries()) {
    const input = prepared[index]!;
    const isAnswered = 'example' in input && !('error' in prediction);
    all.push(
      isAnswered
        ? { ...prediction, occlusion: await occlusion(input.example, prediction, version, request) }
        : prediction,
    );
  }
  return all;
}
