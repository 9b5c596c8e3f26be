import { errors } from '../../errors.ts';
import { createStopwatch } from '../../stopwatch.ts';
import type { TrainRequest } from '../request.ts';
import { drawTrials } from './draw-trials.ts';
import { bestSoFar, nextStep, type PlannedTrial } from './next-trial.ts';
import { withParameters } from './parameters.ts';
import {
  withTrial,
  type SearchEvent,
  type SearchOutcome,
  type SearchTrial,
} from './search-events.ts';
import type { ResolvedSearchRequest } from './search-request.ts';

/** How the training of a trial came to its end. */
export type TrialEnd = Pick<SearchTrial, 'job' | 'accuracy' | 'loss' | 'reason'> & {
  readonly state: 'succeeded' | 'failed' | 'cancelled';
  /** How long it was at work. */
  readonly seconds: number;
  /** It failed for a reason that lies in its values; the next one may do better. */
  readonly isOfItsValues?: boolean;
};

/** What is told of a trial that failed. */
export function failedBy({ code, message }: { readonly code: string; readonly message: string }) {
  const isOfItsValues = code === 'GLIMPSE_TRAINING_DIVERGED';
  return { state: 'failed', reason: `${code} ${message}`, isOfItsValues } as const;
}

/** Why a trial was cancelled when `maxSeconds` had passed. */
export const OUT_OF_TIME = 'the time of the search was over';

/** Who does the trainings of a search: jobs of a server, or this process. */
export interface SearchTrainings {
  /** Trains a trial for at most so long. */
  trial(
    planned: PlannedTrial,
    request: Record<string, unknown>,
    limits: { readonly seconds: number | undefined; readonly onJob: (job: string) => void },
  ): Promise<TrialEnd>;
  /** Trains and publishes the winner, as any training. */
  winner(request: Record<string, unknown>): Promise<{ job?: string; version?: number }>;
}

export interface SearchRun {
  /** What an earlier attempt has done already. */
  readonly before: readonly SearchTrial[];
  readonly trainings: SearchTrainings;
  readonly report: (event: SearchEvent) => void;
}

/** After so many trials without figures at the beginning, whose values were not the reason, no other one would have any. */
const MOST_FAILURES = 3;

/**
 * One search: trials one after the other until there are enough or the time is over, then the training of the best one.
 * GLIMPSE_SEARCH_WITHOUT_RESULT when no trial has figures.
 */
export async function runSearch(
  request: ResolvedSearchRequest,
  { before, trainings, report }: SearchRun,
): Promise<SearchOutcome> {
  const lap = createStopwatch();
  report({ type: 'stage', stage: 'searching' });
  const { ranges, trials: count, maxSeconds, train } = request;
  const drawn = drawTrials({ ranges, trials: count, seed: seedOf(train) });
  let ended = before.filter(({ state }) => state !== 'running');
  let unusable = 0;
  const note = (trial: SearchTrial): void => report({ type: 'trial', trial });
  let step = nextStep(request, drawn, ended);
  while ('train' in step) {
    const left = maxSeconds === undefined ? undefined : maxSeconds - secondsOf(ended);
    if (left !== undefined && left <= 0) break;
    const { trial, epochs, parameters } = step.train;
    const known = { trial, epochs, parameters };
    note({ ...known, state: 'running' });
    const asked = trialRequest(request, step.train);
    const { isOfItsValues = false, ...end } = await trainings.trial(step.train, asked, {
      seconds: left,
      onJob: (job) => note({ ...known, state: 'running', job }),
    });
    const done = { ...known, ...end };
    ended = withTrial(ended, { type: 'trial', trial: done });
    note(done);
    unusable += end.state === 'failed' && !isOfItsValues ? 1 : 0;
    if (unusable >= MOST_FAILURES && ended.length === unusable) break;
    step = nextStep(request, drawn, ended);
  }
  const best = 'best' in step ? step.best : bestSoFar(request, ended);
  if (!best) throw withoutResult(ended);
  if ('train' in step) report({ type: 'note', note: overNote(request, ended) });
  const search = lap();
  const { trial, parameters, accuracy, loss } = best;
  const winner = { trial, parameters, accuracy: accuracy!, loss: loss! };
  const notes: string[] = [];
  if (!request.publishWinner) {
    return { winner, timings: { search, train: 0 }, notes };
  }
  report({ type: 'stage', stage: 'training' });
  const made = await trainings.winner(withParameters(train, parameters));
  return { winner: { ...winner, ...made }, timings: { search, train: lap() }, notes };
}

/** The seed of a training that names none. */
const DEFAULT_SEED = 1;

export function seedOf({ seed = DEFAULT_SEED }: TrainRequest): number {
  return seed;
}

/** What a trial is trained by: all epochs where the rung has them all. */
function trialRequest(
  { train, method }: ResolvedSearchRequest,
  { parameters, epochs }: PlannedTrial,
): Record<string, unknown> {
  const asked = withParameters(train, parameters);
  return method === 'random' ? asked : { ...asked, epochs };
}

function secondsOf(trials: readonly SearchTrial[]): number {
  return trials.reduce((sum, { seconds = 0 }) => sum + seconds, 0);
}

function overNote({ maxSeconds }: ResolvedSearchRequest, ended: readonly SearchTrial[]): string {
  const done = ended.filter(({ state }) => state === 'succeeded').length;
  return `The time of the search (maxSeconds ${maxSeconds}) was over after ${done} trainings: the best of them was chosen.`;
}

function withoutResult(ended: readonly SearchTrial[]): Error {
  const [first] = ended.filter(({ reason }) => reason !== undefined);
  return new errors.GLIMPSE_SEARCH_WITHOUT_RESULT(
    first?.reason ?? 'the time of the search was over before one was trained',
  );
}
