import { Type, type Static } from 'typebox';
import { MetricsSchema } from '../repository/manifest.ts';
import { DatasetReportSchema } from '../datasets/report.ts';
import { EpochSchema, StageSchema, TimingsSchema, type TrainEvent } from '../training/events.ts';
import {
  ResolvedEvaluateRequestSchema,
  type ResolvedEvaluateRequest,
} from '../training/measuring/evaluate-request.ts';
import {
  ImportedSchema,
  ResolvedImportRequestSchema,
  type Imported,
  type ResolvedImportRequest,
} from './kinds/import-request.ts';
import { ResolvedTrainRequestSchema } from '../training/request.ts';
import { Closed } from '../schema.ts';

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
  { description: 'interrupted: the server is shutting down; the job goes on when it is back.' },
);
export type JobState = Static<typeof JobStateSchema>;

export const JobErrorSchema = Type.Object(
  {
    code: Type.String(),
    message: Type.String(),
    details: optional(Type.Record(Type.String(), Type.Unknown())),
  },
  Closed,
);
export type JobError = Static<typeof JobErrorSchema>;

/** What a job is to do. Only an evaluation names a version, and only an import has a name of its own. */
export const WorkSchema = Type.Union(
  [ResolvedTrainRequestSchema, ResolvedEvaluateRequestSchema, ResolvedImportRequestSchema],
  {
    description:
      'The request with everything decided: of a training run, of an evaluation, or of the import of a dataset.',
  },
);
export type Work = Static<typeof WorkSchema>;

export function isEvaluation(work: Work): work is ResolvedEvaluateRequest {
  return 'version' in work;
}

export function isImport(work: Work): work is ResolvedImportRequest {
  return 'name' in work;
}

export function kindOf(work: Work): JobRecord['kind'] {
  if (isImport(work)) return 'import';
  return isEvaluation(work) ? 'evaluate' : 'train';
}

/** All there is to know about a job: the answer of GET /train/{id}, and what is kept on disk. */
export const JobRecordSchema = Type.Object(
  {
    id: Type.String(),
    state: JobStateSchema,
    createdAt: time,
    startedAt: optional(time),
    endedAt: optional(time),
    attempts: Type.Integer({ minimum: 0, description: 'Training processes started for it.' }),
    kind: Type.Union([Type.Literal('train'), Type.Literal('evaluate'), Type.Literal('import')]),
    request: WorkSchema,
    stage: optional(StageSchema),
    dataset: optional(DatasetReportSchema),
    net: optional(
      Type.Object(
        {
          parameters: Type.Integer({ minimum: 0 }),
          stepsPerEpoch: Type.Integer({ minimum: 1 }),
        },
        Closed,
      ),
    ),
    history: Type.Array(EpochSchema),
    notes: Type.Array(Type.String()),
    timings: optional(TimingsSchema),
    metrics: optional(MetricsSchema),
    version: optional(
      Type.Integer({ minimum: 1, description: 'The version it published, or measured.' }),
    ),
    imported: optional(ImportedSchema),
    error: optional(JobErrorSchema),
  },
  Closed,
);
export type JobRecord = Static<typeof JobRecordSchema>;

/** What a subscriber of a job hears: what its run tells, and its own changes of state. */
export type JobEvent = TrainEvent | JobStateEvent;

export interface JobStateEvent {
  readonly type: 'state';
  readonly state: JobState;
  readonly version?: number;
  readonly imported?: Omit<Imported, 'report'>;
  readonly error?: JobError;
}

export function hasEnded({ state }: Pick<JobRecord, 'state'>): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled';
}

/** The record after an event of its run. A resumed run tells again from where it went on. */
export function recordAfter(record: JobRecord, event: TrainEvent): JobRecord {
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
    case 'note':
      return { ...record, notes: [...new Set([...record.notes, event.note])] };
    case 'progress':
    case 'checkpoint':
      break;
  }
  return record;
}
