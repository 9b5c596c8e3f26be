import type { Static, TObject, TSchema } from 'typebox';
import { Check } from 'typebox/schema';
import { invalidRequest, problemOf } from '../../schema.ts';
import type { DatasetCheck } from '../../datasets/open.ts';
import type { OutputPlaces } from '../../datasets/places/output-place.ts';
import type { StreamDataset } from '../../datasets/streaming/stream-dataset.ts';
import type { UploadedFile } from '../../datasets/spec.ts';
import type { Repository } from '../../repository/repository.ts';
import type { MemoryLimit } from '../../training/memory/check-memory.ts';
import type { RunContext } from '../../training/run-context.ts';
import type { PublishUpload } from '../publishing/publish-request.ts';
import type { OpenBatchPredictor } from '../predicting/batch-predictor.ts';

/**
 * A kind of job: all that the other rooms need to accept one, run it, and record its outcome.
 * There is one file for each beside this one, and ../kinds.ts lists them.
 */
export interface JobKind<Request, Event, Outcome> {
  readonly name: string;
  /** Jobs of one lane run one after the other, those of another beside them. */
  readonly lane: JobLaneName;
  /** Whether it publishes a version: its success is announced when this server serves that version. */
  readonly publishes: boolean;
  /** A request with everything decided: what a record keeps and a run is given. */
  readonly schema: TSchema;
  /** What a run reports while it goes on. */
  readonly event: TSchema;
  /** What a run made: the fields that its success adds to the record, and notes. */
  readonly outcome: TObject;
  /** Decides what a request means and whether it can be worked on at all, before anybody waits for it. */
  accept(
    request: unknown,
    uploads: readonly UploadedFile[],
    context: AcceptContext,
  ): Promise<Accepted<Request>>;
  run(request: Request, context: JobContext<Event>): Promise<Outcome>;
  /** What it is about, for logs and metrics. */
  subject(request: Request): JobSubject;
  /** What it made, in short: fields for the state event, words for the log. Undefined until it has succeeded. */
  summary(made: MadeSoFar<Outcome>): JobSummary | undefined;
}

/**
 * Trainings and batch predictions run for minutes or hours; whatever is short must not wait for them. A search waits for
 * trainings, and so must not stand in their lane.
 */
export const jobLanes = ['training', 'prediction', 'short', 'search'] as const;
export type JobLaneName = (typeof jobLanes)[number];

export interface AcceptContext {
  readonly datasets: DatasetCheck;
  /** The model that is trained when a request names none. */
  readonly defaultModel: string;
  /** What a process that trains may hold, where that is known here. */
  readonly trainingMemory?: MemoryLimit;
  /** Rejects when no version of this model with these labels can be published. */
  readonly checkRoom: (model: string, labels: readonly string[]) => Promise<unknown>;
  /** Rejects when there is no such version. */
  readonly checkVersion: (model: string, version: number) => Promise<unknown>;
  /** Which versions there are, and which labels point at them. */
  readonly versions: Pick<Repository, 'labels' | 'versions' | 'manifest'>;
  /** Where predictions may be written. */
  readonly outputs: Pick<OutputPlaces, 'check'>;
  /** How large searches may be; why there are none, where that is so. */
  readonly searches: { readonly maxTrials: number; readonly refusal?: string };
}

/** What a training is accepted by. */
export type TrainingContext = Pick<
  AcceptContext,
  'datasets' | 'defaultModel' | 'checkRoom' | 'trainingMemory'
>;

export interface Accepted<Request> {
  readonly request: Request;
  /** What was decided for the caller, in words. */
  readonly notes: readonly string[];
}

/** What a run works with. */
export interface JobContext<Event> extends Omit<RunContext, 'report' | 'command' | 'goldenDir'> {
  readonly report: (event: Event) => void;
  /** Reads a dataset row by row, for what needs no labels. */
  readonly streamDataset: StreamDataset;
  readonly outputs: OutputPlaces;
  /** The code that answers POST /predict, for many images. */
  readonly openBatchPredictor: OpenBatchPredictor;
  readonly publishUpload: PublishUpload;
}

export type JobSubject =
  | {
      readonly model: string;
      readonly dataset?: undefined;
      /** The request itself says where the version shall answer, whatever the policy of the model is. */
      readonly releases?: boolean;
    }
  | { readonly model?: undefined; readonly dataset: string; readonly releases?: undefined };

/** The fields of an outcome, of a job that may not have ended yet. */
type MadeSoFar<Outcome> = Outcome extends unknown ? Partial<Omit<Outcome, 'timings'>> : never;

export interface JobSummary {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly words: string;
}

/** The request, typed by its schema; GLIMPSE_INVALID_REQUEST names the first thing wrong with it. */
export function checkedRequest<Schema extends TSchema>(
  schema: Schema,
  request: unknown,
): Static<Schema> {
  if (Check(schema, request)) return request;
  throw invalidRequest('body', problemOf(schema, request));
}
