import { randomBytes } from 'node:crypto';
import type { Static } from 'typebox';
import { DatasetReportSchema } from '../datasets/report.ts';
import { Closed } from '../schema.ts';
import { Type } from '../schema/builder.ts';
import { EpochSchema, MistakesSchema } from '../training/events.ts';
import { SearchTrialSchema, withTrial } from '../training/searching/search-events.ts';
import { JobErrorSchema, type JobError } from './job-error.ts';
import { PredictionProgressSchema } from './predicting/predict-events.ts';
import {
  JobKindNameSchema,
  jobKinds,
  JobRequestSchema,
  JobStageSchema,
  OutcomeFieldsSchema,
  type JobKindName,
  type JobRequest,
  type RunEvent,
} from './kinds.ts';

const optional = Type.Optional;
const time = Type.String({ description: 'RFC 3339, UTC.' });

export const JobStateSchema = Type.Union(
  [
    Type.Literal('queued'),
    Type.Literal('running'),
    Type.Literal('succeeded'),
    Type.Literal('failed'),
    Type.Literal('cancelled'),
    Type.Literal('interrupted'),
  ],
  {
    title: 'JobState',
    description: 'interrupted: the server is shutting down; the job goes on when it is back.',
  },
);
export type JobState = Static<typeof JobStateSchema>;

/** The record of a job: the response of GET /train/{id}, and what is kept on disk. */
export const JobRecordSchema = Type.Object(
  {
    id: Type.String(),
    state: JobStateSchema,
    createdAt: time,
    startedAt: optional(time),
    endedAt: optional(time),
    attempts: Type.Integer({
      minimum: 0,
      description:
        'How often it was begun: once, and again after each crash. A restart of the server that puts it aside spends none.',
    }),
    kind: JobKindNameSchema,
    request: JobRequestSchema,
    stage: optional(JobStageSchema),
    dataset: optional(DatasetReportSchema),
    net: optional(
      Type.Object(
        {
          parameters: Type.Integer({ minimum: 0 }),
          stepsPerEpoch: Type.Integer({ minimum: 1 }),
        },
        { ...Closed, title: 'NetSize' },
      ),
    ),
    history: Type.Array(EpochSchema),
    mistakes: optional(MistakesSchema),
    progress: optional(PredictionProgressSchema),
    trials: optional(
      Type.Array(SearchTrialSchema, { description: 'Of a search, as they are so far.' }),
    ),
    publishable: optional(
      Type.Boolean({
        description:
          'Its net is finished and kept on this machine until it is published. When the job has failed all the same, POST /train/{id}/publish tries again.',
      }),
    ),
    ...OutcomeFieldsSchema.properties,
    notes: Type.Array(Type.String()),
    error: optional(JobErrorSchema),
  },
  Closed,
);
export type JobRecord = Static<typeof JobRecordSchema>;

/** What a listener of a job gets: the events of its run, and its own changes of state. */
export type JobEvent = RunEvent | JobStateEvent;

export interface JobStateEvent {
  readonly type: 'state';
  readonly state: JobState;
  readonly error?: JobError;
  /** What it made, in short: the fields that its kind names in its summary. */
  readonly [made: string]: unknown;
}

/** The record of a job that was just accepted. */
export function newRecord(
  kind: JobKindName,
  { request, notes }: { readonly request: JobRequest; readonly notes: readonly string[] },
  now: Date,
  id = randomBytes(8).toString('hex'),
): JobRecord {
  const createdAt = now.toISOString();
  const state = 'queued';
  return { id, kind, state, createdAt, attempts: 0, request, history: [], notes: [...notes] };
}

/** The record of a job that waits again, to publish the net that it has kept. */
export function requeued(record: JobRecord): JobRecord {
  const { error: _, endedAt: __, ...rest } = record;
  return { ...rest, state: 'queued' };
}

/** The record of a job whose net is published, or not wanted any more. */
export function withoutNet(record: JobRecord): JobRecord {
  const { publishable: _, ...rest } = record;
  return rest;
}

/** Whether a failed job keeps a net that can still be published. */
export function keepsNet({
  state,
  publishable,
}: Pick<JobRecord, 'state' | 'publishable'>): boolean {
  return state === 'failed' && publishable === true;
}

/** Whether nothing can happen to a job any more. */
export function hasEnded({ state }: Pick<JobRecord, 'state'>): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled';
}

/** The state event of a record: what became of the job. */
export function stateEvent(record: JobRecord): JobStateEvent {
  const { kind, state, error } = record;
  const made = jobKinds[kind].summary(record)?.fields;
  const kept = keepsNet(record) ? { publishable: true } : {};
  return { type: 'state', state, ...made, ...(error && { error }), ...kept };
}

/**
 * The record after an event of its run; progress and checkpoints change nothing in it. A resumed run reports again
 * from where it went on.
 */
export function recordAfter(record: JobRecord, event: RunEvent): JobRecord {
  switch (event.type) {
    case 'stage':
      return { ...record, stage: event.stage };
    case 'dataset':
      return { ...record, dataset: event.dataset };
    case 'net': {
      const { parameters, stepsPerEpoch, history } = event;
      return { ...record, net: { parameters, stepsPerEpoch }, history };
    }
    case 'epoch':
      return { ...record, history: [...record.history, event.epoch] };
    case 'mistakes':
      return { ...record, mistakes: event.mistakes };
    case 'note':
      return { ...record, notes: [...new Set([...record.notes, event.note])] };
    case 'predicted':
      return { ...record, progress: event.progress };
    case 'trial':
      return { ...record, trials: withTrial(record.trials ?? [], event) };
    case 'finished':
      return { ...record, publishable: true };
    default:
      return record;
  }
}
