import type { Static } from 'typebox';
import { Closed } from '../../schema.ts';
import { Type } from '../../schema/builder.ts';
import { TrainEventSchema, type TrainEvent } from '../../training/events.ts';
import { ResolvedTrainRequestSchema, TrainRequestSchema } from '../../training/request.ts';
import { TrialOutcomeSchema } from '../../training/searching/search-events.ts';
import { checkedRequest, type JobKind, type TrainingContext } from './job-kind.ts';
import { trainJob } from './train.ts';

const fields = {
  search: Type.String({ description: 'The search that it belongs to.' }),
  trial: Type.Integer({ minimum: 1 }),
};
const AskedSchema = Type.Object({ ...fields, train: TrainRequestSchema }, Closed);
const RequestSchema = Type.Object(
  { ...fields, train: ResolvedTrainRequestSchema },
  { ...Closed, title: 'DecidedTrialRequest' },
);

/** Trains a net for a search, to know how good it is; nothing is published. Only searches ask for it. */
export const trialJob = {
  name: 'trial' as const,
  lane: 'training',
  publishes: false,
  schema: RequestSchema,
  event: TrainEventSchema,
  outcome: TrialOutcomeSchema,
  async accept(asked: unknown, _uploads: readonly unknown[], context: TrainingContext) {
    const { search, trial, train } = checkedRequest(AskedSchema, asked);
    const { request, notes } = await trainJob.accept(train, [], context);
    return { request: { search, trial, train: request }, notes };
  },
  async run({ train }, context) {
    const { runTrial } = await import('../../training/searching/run-trial.ts');
    return runTrial(train, context);
  },
  subject: ({ train: { model } }) => ({ model }),
  summary: ({ metrics }) =>
    metrics?.accuracy === undefined
      ? undefined
      : { fields: { accuracy: metrics.accuracy }, words: `accuracy ${metrics.accuracy}` },
} satisfies JobKind<Static<typeof RequestSchema>, TrainEvent, Static<typeof TrialOutcomeSchema>>;
