import type { Static } from 'typebox';
import { importStages } from '../datasets/importing/import-events.ts';
import { lookStages } from '../datasets/looking/look-request.ts';
import { Closed } from '../schema.ts';
import { Type } from '../schema/builder.ts';
import { trainStages } from '../training/events.ts';
import { searchStages } from '../training/searching/search-events.ts';
import { evaluateJob } from './kinds/evaluate.ts';
import { importJob } from './kinds/import.ts';
import type { JobKind } from './kinds/job-kind.ts';
import { lookJob } from './kinds/look.ts';
import { predictJob } from './kinds/predict.ts';
import { publishJob } from './kinds/publish.ts';
import { searchJob } from './kinds/search.ts';
import { trainJob } from './kinds/train.ts';
import { trialJob } from './kinds/trial.ts';
import { predictStages } from './predicting/predict-events.ts';
import { publishStages } from './publishing/publish-request.ts';

/** All kinds of jobs. A new one is a file in kinds/ and its name in the lists of this file, and nowhere else. */

export const JobKindNameSchema = Type.Enum(
  [
    trainJob.name,
    evaluateJob.name,
    importJob.name,
    lookJob.name,
    predictJob.name,
    publishJob.name,
    searchJob.name,
    trialJob.name,
  ],
  {
    title: 'JobKind',
    type: 'string',
  },
);
export type JobKindName = Static<typeof JobKindNameSchema>;

export const JobRequestSchema = Type.Union(
  [
    trainJob.schema,
    evaluateJob.schema,
    importJob.schema,
    lookJob.schema,
    predictJob.schema,
    publishJob.schema,
    searchJob.schema,
    trialJob.schema,
  ],
  {
    title: 'DecidedRequest',
    description:
      'The request with everything decided: of a training run, of an evaluation, of the import of a dataset, of a look at one, of a batch prediction, of the publication of an uploaded model, of a search, or of one of its trials.',
  },
);
export type JobRequest = Static<typeof JobRequestSchema>;

/** What runs report while they go on. */
export const RunEventSchema = Type.Union([
  trainJob.event,
  evaluateJob.event,
  importJob.event,
  lookJob.event,
  predictJob.event,
  publishJob.event,
  searchJob.event,
  trialJob.event,
]);
export type RunEvent = Static<typeof RunEventSchema>;

export const JobStageSchema = Type.Enum(
  [
    ...new Set([
      ...trainStages,
      ...importStages,
      ...lookStages,
      ...predictStages,
      ...publishStages,
      ...searchStages,
    ]),
  ],
  {
    type: 'string',
    title: 'JobStage',
  },
);

export const JobOutcomeSchema = Type.Union([
  trainJob.outcome,
  evaluateJob.outcome,
  importJob.outcome,
  lookJob.outcome,
  predictJob.outcome,
  publishJob.outcome,
  searchJob.outcome,
  trialJob.outcome,
]);
export type JobOutcome = Static<typeof JobOutcomeSchema>;

/** What success adds to a record, whatever the kind of the job: each has some of it. */
export const OutcomeFieldsSchema = Type.Partial(
  Type.Object({
    ...evaluateJob.outcome.properties,
    ...trainJob.outcome.properties,
    ...importJob.outcome.properties,
    ...lookJob.outcome.properties,
    ...predictJob.outcome.properties,
    ...publishJob.outcome.properties,
    ...searchJob.outcome.properties,
    timings: Type.Partial(
      Type.Object({
        ...trainJob.outcome.properties.timings.properties,
        ...evaluateJob.outcome.properties.timings.properties,
        ...importJob.outcome.properties.timings.properties,
        ...lookJob.outcome.properties.timings.properties,
        ...predictJob.outcome.properties.timings.properties,
        ...publishJob.outcome.properties.timings.properties,
        ...searchJob.outcome.properties.timings.properties,
      }),
      {
        ...Closed,
        title: 'JobTimings',
        description: 'Seconds by stage of the run; each kind of job has its own.',
      },
    ),
  }),
);

/** The kinds by name. A request is of the kind whose schema it was checked by. */
export const jobKinds: Readonly<Record<JobKindName, JobKind<JobRequest, RunEvent, JobOutcome>>> = {
  train: trainJob,
  evaluate: evaluateJob,
  import: importJob,
  look: lookJob,
  predict: predictJob,
  publish: publishJob,
  search: searchJob,
  trial: trialJob,
};
