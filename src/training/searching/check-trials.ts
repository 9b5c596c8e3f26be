import { errors, isGlimpseError, withDetails } from '../../errors.ts';
import type { ResolvedTrainRequest, TrainRequest } from '../request.ts';
import { drawTrials } from './draw-trials.ts';
import { checkParameter, withParameters, type TrialParameters } from './parameters.ts';
import { emptinessOf, probesOf } from './ranges.ts';
import { seedOf } from './run-search.ts';
import type { ResolvedSearchRequest } from './search-request.ts';

/** Checks a request of training whole, as if it were sent alone. */
export type AcceptTraining = (request: Record<string, unknown>) => Promise<{
  readonly request: ResolvedTrainRequest;
  readonly notes: readonly string[];
}>;

export type AskedSearch = Pick<ResolvedSearchRequest, 'ranges' | 'trials' | 'method' | 'train'>;

export interface CheckedTrials {
  /** What trials are trained by, on the very datasets that there are now. */
  readonly train: TrainRequest;
  readonly resolved: ResolvedTrainRequest;
  readonly trials: number;
  readonly notes: readonly string[];
}

/**
 * Refuses a search unless every trial of it, and the ends of every range, could be trained:
 * GLIMPSE_SEARCH_PARAMETER_UNKNOWN, GLIMPSE_SEARCH_RANGE_INVALID, and the reasons a training is refused for.
 */
export async function checkTrials(
  search: AskedSearch,
  accept: AcceptTraining,
): Promise<CheckedTrials> {
  checkRanges(search);
  const { request: resolved, notes } = await accept({ ...search.train });
  checkValidation(resolved);
  const { model, dataset, evaluation } = resolved;
  const train = { ...search.train, model, dataset, ...(evaluation && { evaluation }) };
  const names = Object.keys(search.ranges);
  const drawn = drawTrials({ ...search, seed: seedOf(train) });
  const tryWith = async (parameters: TrialParameters, tried: string): Promise<void> => {
    const asked = withParameters(train, parameters);
    await accept(asked).catch((error: unknown) => {
      throw rangeError(error, names, tried, parameters);
    });
  };
  const [first] = drawn;
  for (const [name, range] of Object.entries(search.ranges)) {
    for (const value of probesOf(range)) {
      await tryWith({ ...first?.parameters, [name]: value }, name);
    }
  }
  for (const { parameters } of drawn) await tryWith(parameters, names.join(', '));
  const fewer = `The ranges hold ${drawn.length} different trials, not ${search.trials}.`;
  return {
    train,
    resolved,
    trials: drawn.length,
    notes: [...notes, ...(drawn.length < search.trials ? [fewer] : [])],
  };
}

function checkRanges({ ranges, method, train }: AskedSearch): void {
  const named = Object.entries(ranges);
  if (named.length === 0) throw invalid('ranges', 'there are none');
  if (named.length > MOST_RANGES) throw invalid('ranges', `there are more than ${MOST_RANGES}`);
  for (const [name, range] of named) {
    checkParameter(name, train);
    const emptiness = emptinessOf(range);
    if (emptiness !== undefined) throw invalid(name, emptiness);
    if (name === 'epochs' && method === 'successive-halving') {
      throw invalid(name, 'successive halving decides about the epochs of a trial');
    }
  }
}

/** Each is tried at its ends, before anybody waits. */
const MOST_RANGES = 20;

/** Examples that trials are compared by are neither learnt from nor those that the winner is measured on. */
function checkValidation({ validationSplit, evaluation }: ResolvedTrainRequest): void {
  if (validationSplit > 0 || evaluation) return;
  const reason = 'a search needs examples to choose by; leave it out, or give it a share';
  throw new errors.GLIMPSE_HYPERPARAMETER_INVALID('validationSplit', reason);
}

const ofValues: ReadonlySet<string> = new Set([
  'GLIMPSE_INVALID_REQUEST',
  'GLIMPSE_ARCHITECTURE_INVALID',
  'GLIMPSE_HYPERPARAMETER_INVALID',
]);

/** A refusal of values, as one of the range that they come from; another error as it is. */
function rangeError(
  error: unknown,
  names: readonly string[],
  tried: string,
  parameters: TrialParameters,
): unknown {
  if (!isGlimpseError(error) || !ofValues.has(error.code)) return error;
  const path = error.details?.['path'];
  const place = typeof path === 'string' ? path.slice(1).replaceAll('/', '.') : undefined;
  const isAt = (name: string): boolean =>
    place !== undefined && (place === name || place.startsWith(`${name}.`));
  const name = names.find((one) => place === one) ?? names.find(isAt) ?? tried;
  const values = name in parameters ? { [name]: parameters[name] } : parameters;
  const sentence = `${JSON.stringify(values)} is refused: ${error.message}`;
  return withDetails(invalid(name, sentence), { parameter: name, values, reason: error.code });
}

function invalid(name: string, reason: string): Error {
  const error = new errors.GLIMPSE_SEARCH_RANGE_INVALID(name, reason);
  return withDetails(error, { parameter: name });
}
