import type { DatasetSpec, UploadedFile } from '../../datasets/spec.ts';
import { errors } from '../../errors.ts';
import { canonicalJson } from '../../json.ts';
import { invalidRequest } from '../../schema.ts';
import { checkTrials } from '../../training/searching/check-trials.ts';
import {
  SearchEventSchema,
  SearchOutcomeSchema,
  type SearchEvent,
  type SearchOutcome,
} from '../../training/searching/search-events.ts';
import {
  ResolvedSearchRequestSchema,
  searchDefaults,
  SearchRequestSchema,
  type ResolvedSearchRequest,
} from '../../training/searching/search-request.ts';
import {
  checkedRequest,
  type AcceptContext,
  type TrainingContext,
  type JobKind,
} from './job-kind.ts';
import { asksForRelease, trainJob } from './train.ts';

/** Tries hyperparameters, each by a job, and has the best of them trained as any other. */
export const searchJob = {
  name: 'search' as const,
  lane: 'search',
  publishes: false,
  schema: ResolvedSearchRequestSchema,
  event: SearchEventSchema,
  outcome: SearchOutcomeSchema,
  async accept(
    asked: unknown,
    uploads: readonly UploadedFile[],
    context: TrainingContext & Pick<AcceptContext, 'searches'>,
  ) {
    const { searches, ...training } = context;
    if (searches.refusal !== undefined) throw new errors.GLIMPSE_JOBS_UNAVAILABLE(searches.refusal);
    if (uploads.length > 0) {
      const sentence = 'it takes no files; POST /datasets stores them, and a search names them';
      throw invalidRequest('body', { sentence, path: '' });
    }
    const { train: base = {}, maxSeconds, ...rest } = checkedRequest(SearchRequestSchema, asked);
    const { maxTrials } = searches;
    const trials = Math.min(searchDefaults.trials, maxTrials);
    const decided = { ...searchDefaults, trials, ...rest };
    if (decided.trials > maxTrials) {
      throw new errors.GLIMPSE_SEARCH_TOO_LARGE(decided.trials, maxTrials);
    }
    const once = askingOnce(training);
    const { resolved, notes, ...checked } = await checkTrials(
      { ...decided, train: base },
      (request) => trainJob.accept(request, [], once),
    );
    const time = maxSeconds === undefined ? {} : { maxSeconds };
    const { model, epochs } = resolved;
    return { request: { ...decided, ...time, ...checked, model, epochs }, notes };
  },
  run() {
    // A search trains nothing itself: ../searching/run-search-job.ts has its jobs made where the queue is.
    throw new Error('a search was given to a training process');
  },
  subject: ({ model, train: { publish = {} }, publishWinner }) => ({
    model,
    releases: publishWinner && asksForRelease(publish),
  }),
  summary: ({ winner }) =>
    winner === undefined
      ? undefined
      : {
          fields: { winner: { trial: winner.trial, version: winner.version } },
          words: `trial ${winner.trial} won`,
        },
} satisfies JobKind<ResolvedSearchRequest, SearchEvent, SearchOutcome>;

/** The trials of a search learn from the same data, for the same model: both are asked about once. */
function askingOnce({ datasets, checkRoom, ...rest }: TrainingContext): TrainingContext {
  const data = asked((spec: DatasetSpec) => datasets.check(spec, []));
  const room = asked(([model, labels]: readonly [string, readonly string[]]) =>
    checkRoom(model, labels),
  );
  return {
    ...rest,
    datasets: { check: (spec) => data(spec) },
    checkRoom: (model, labels) => room([model, labels]),
  };
}

/** Asks once about each thing, and gives the same answer from then on. */
function asked<Thing, Answer>(ask: (about: Thing) => Promise<Answer>) {
  const answers = new Map<string, Promise<Answer>>();
  return (about: Thing): Promise<Answer> => {
    const text = canonicalJson(about);
    const answer = answers.get(text) ?? ask(about);
    answers.set(text, answer);
    return answer;
  };
}
