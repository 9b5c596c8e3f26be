import { errors } from '../../errors.ts';
import type { ResolvedTrainRequest } from '../request.ts';
import { decideRequest } from '../auto/decide-request.ts';
import { fitRun } from '../fit-run.ts';
import { planRun } from '../plan-run.ts';
import { findPredecessor } from '../predecessor.ts';
import type { RunContext } from '../run-context.ts';
import { openBackbone } from '../transfer/backbone.ts';
import type { TrialOutcome } from './search-events.ts';

/** What the figures of a trial were found on. */
const MEASURED_ON = 'validation examples, which the search chooses by';

/**
 * Trains a net to know how good it is on the validation examples. The test examples are not looked at, since trials
 * are chosen by what is found here; nothing is published or kept.
 */
export async function runTrial(
  request: ResolvedTrainRequest,
  context: RunContext,
): Promise<TrialOutcome> {
  const predecessor = await findPredecessor(context.repository, request.model, context.signal);
  const decided = await decideRequest(request, predecessor, context);
  const backbone = await openBackbone(decided, context);
  const plan = planRun(decided, context.uploads, predecessor, backbone);
  const { examples, fitted, timings } = await fitRun(
    plan,
    predecessor,
    context,
    ({ validation }) => {
      if (validation.indices.length > 0) return;
      throw new errors.GLIMPSE_HYPERPARAMETER_INVALID(
        'validationSplit',
        'a search has no examples to choose by',
      );
    },
  );
  const { history, bestEpoch = history.length } = fitted;
  const { validationAccuracy, validationLoss } = history[bestEpoch - 1]!;
  return {
    metrics: {
      accuracy: validationAccuracy!,
      loss: validationLoss!,
      examples: examples.validation.indices.length,
      measuredOn: MEASURED_ON,
    },
    timings,
    notes: [...plan.notes],
  };
}
