import type { Static } from 'typebox';
import { Closed } from '../../schema.ts';
import { Type } from '../../schema/builder.ts';
import { TrainRequestSchema } from '../request.ts';
import { RangeSchema } from './ranges.ts';

const fields = {
  train: Type.Object(TrainRequestSchema.properties, {
    ...Closed,
    title: 'SearchedTraining',
    description:
      'What every trial is trained by, as POST /train takes it; the values of a trial go on top. Its seed draws the trials, too.',
  }),
  ranges: Type.Record(Type.String(), RangeSchema, {
    description:
      'The hyperparameters that trials differ in, by their names in the request: optimizer.learningRate, batchSize, architecture.layers.1.units.',
  }),
  method: Type.Enum(['random', 'successive-halving'], {
    type: 'string',
    title: 'SearchMethod',
    description:
      'random: every trial is trained for all epochs. successive-halving: all begin with a few epochs, and the best of them are trained anew for more. Default random.',
  }),
  trials: Type.Integer({ minimum: 1, description: 'How many there are. Default 20.' }),
  maxSeconds: Type.Number({
    exclusiveMinimum: 0,
    description:
      'How long trials may run, all together; the one at work then is stopped, and the best of the others wins. The training of the winner is not counted.',
  }),
  objective: Type.Enum(['accuracy', 'loss'], {
    type: 'string',
    title: 'SearchObjective',
    description:
      'What trials are compared by, on the validation examples: the largest accuracy (of two alike the smaller loss), or the smallest loss. Default accuracy.',
  }),
  reduction: Type.Integer({
    minimum: 2,
    maximum: 10,
    description:
      'Of successive-halving: one in so many trials goes on, for so many times the epochs. Default 3.',
  }),
  minEpochs: Type.Integer({
    minimum: 1,
    description: 'Of successive-halving: no trial is compared after fewer epochs. Default 1.',
  }),
  publishWinner: Type.Boolean({
    description:
      'Whether the best trial is trained once more as any training is, and becomes a version. Default true; false: the search only tells which one it is.',
  }),
};

const { train, ranges, maxSeconds, ...others } = fields;

/** The body of POST /searches. */
export const SearchRequestSchema = Type.Object(
  {
    train: Type.Optional(train),
    ranges,
    maxSeconds: Type.Optional(maxSeconds),
    ...Type.Partial(Type.Object(others)).properties,
  },
  Closed,
);

/** A search with everything decided: the same one makes the same trials. */
export const ResolvedSearchRequestSchema = Type.Object(
  {
    ...others,
    train,
    ranges,
    maxSeconds: Type.Optional(maxSeconds),
    model: Type.String({ description: 'The model that the winner becomes a version of.' }),
    epochs: Type.Integer({ minimum: 1, description: 'Of a trial that is trained to its end.' }),
  },
  { ...Closed, title: 'DecidedSearchRequest' },
);
export type ResolvedSearchRequest = Static<typeof ResolvedSearchRequestSchema>;

/** What a search is where its request leaves it open. */
export const searchDefaults = {
  method: 'random',
  trials: 20,
  objective: 'accuracy',
  reduction: 3,
  minEpochs: 1,
  publishWinner: true,
} as const;
