import type { Config } from '../../config.ts';
import { messageOf, isGlimpseError } from '../../errors.ts';
import { searchJob } from '../../jobs/kinds/search.ts';
import type { RunContext } from '../../training/run-context.ts';
import type { TrainOutcome } from '../../training/events.ts';
import {
  failedBy,
  OUT_OF_TIME,
  runSearch,
  type TrialEnd,
} from '../../training/searching/run-search.ts';
import { runTrial } from '../../training/searching/run-trial.ts';
import type { SearchEvent, SearchOutcome } from '../../training/searching/search-events.ts';
import type { ResolvedSearchRequest } from '../../training/searching/search-request.ts';
import { acceptContext, acceptHere, inWorkshop, trainHere } from '../train/run-here.ts';

/** The request with everything decided, and all of its trials checked, before any of the work. */
export function acceptSearchHere(config: Config, asked: Record<string, unknown>) {
  const searches = { maxTrials: config.GLIMPSE_SEARCH_MAX_TRIALS };
  return searchJob.accept(asked, [], { ...acceptContext(config), searches });
}

export interface SearchHere {
  readonly report: (event: SearchEvent) => void;
  /** The training of the winner. */
  readonly train: Parameters<typeof trainHere>[2];
}

/** One search in this process, its trials one after the other; and what the training of the winner made. */
export async function searchHere(
  config: Config,
  request: ResolvedSearchRequest,
  { report, train }: SearchHere,
): Promise<{ readonly search: SearchOutcome; readonly trained: TrainOutcome | undefined }> {
  let trained: TrainOutcome | undefined;
  const winner = async (asked: Record<string, unknown>) => {
    const { request: accepted } = await acceptHere(config, asked);
    trained = await trainHere(config, accepted, train);
    return { version: trained.version };
  };
  const search = await runSearch(request, {
    before: [],
    report,
    trainings: {
      trial: (_, asked, { seconds }) => trialHere(config, asked, seconds),
      winner,
    },
  });
  return { search, trained };
}

async function trialHere(
  config: Config,
  asked: Record<string, unknown>,
  limit: number | undefined,
): Promise<TrialEnd> {
  const { request } = await acceptHere(config, asked);
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1000;
  return inWorkshop(config, { report: () => {} }, async (context) => {
    const late = limit === undefined ? [] : [AbortSignal.timeout(Math.ceil(limit * 1000))];
    const signal = AbortSignal.any([context.signal, ...late]);
    try {
      const { metrics } = await runTrial(request, { ...context, signal });
      const { accuracy, loss } = metrics;
      return { state: 'succeeded', seconds: seconds(), accuracy: accuracy!, loss: loss! };
    } catch (error) {
      return endOf(error, { signal: context.signal, isLate: signal.aborted, seconds: seconds() });
    }
  });
}

/** How a trial ended that has no figures. Whoever ends the command ends the search. */
function endOf(
  error: unknown,
  { signal, isLate, seconds }: Pick<RunContext, 'signal'> & { isLate: boolean; seconds: number },
): TrialEnd {
  signal.throwIfAborted();
  if (isLate) return { state: 'cancelled', seconds, reason: OUT_OF_TIME };
  if (!isGlimpseError(error)) throw error;
  return { ...failedBy({ code: error.code, message: messageOf(error) }), seconds };
}
