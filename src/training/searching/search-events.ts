import type { Static } from 'typebox';
import { Closed } from '../../schema.ts';
import { Type } from '../../schema/builder.ts';
import { MetricsSchema } from '../../repository/manifest.ts';

const optional = Type.Optional;
const seconds = Type.Number({ minimum: 0 });

/** What a search does, in this order. */
export const searchStages = ['searching', 'training'] as const;

const figures = {
  accuracy: optional(
    Type.Number({ minimum: 0, maximum: 1, description: 'On the validation examples.' }),
  ),
  loss: optional(Type.Number({ description: 'On the validation examples.' })),
};
const parameters = Type.Record(Type.String(), Type.Unknown(), {
  description: 'Its values, by the names of the ranges.',
});

/** One training of a search: with successive halving a trial has one for each rung that it has reached. */
export const SearchTrialSchema = Type.Object(
  {
    trial: Type.Integer({ minimum: 1, description: 'Which values: 1, 2, ...' }),
    epochs: Type.Integer({ minimum: 1, description: 'How many it was trained for at most.' }),
    parameters,
    state: Type.Enum(['running', 'succeeded', 'failed', 'cancelled'], { type: 'string' }),
    job: optional(Type.String({ description: 'The job that trains it, with its curves.' })),
    ...figures,
    seconds: optional(seconds),
    reason: optional(Type.String({ description: 'Why it has no figures.' })),
  },
  { ...Closed, title: 'SearchTrial' },
);
export type SearchTrial = Static<typeof SearchTrialSchema>;

const SearchWinnerSchema = Type.Object(
  {
    trial: Type.Integer({ minimum: 1 }),
    parameters,
    ...figures,
    job: optional(Type.String({ description: 'The training that published it.' })),
    version: optional(Type.Integer({ minimum: 1, description: 'The version it became.' })),
  },
  {
    ...Closed,
    title: 'SearchWinner',
    description:
      'The best trial. Its figures are those it was chosen by, and so too good; those of the version were measured on examples that no trial was compared by.',
  },
);

export const SearchOutcomeSchema = Type.Object(
  {
    winner: SearchWinnerSchema,
    timings: Type.Object({ search: seconds, train: seconds }, Closed),
    notes: Type.Array(Type.String()),
  },
  Closed,
);
export type SearchOutcome = Static<typeof SearchOutcomeSchema>;

export const SearchEventSchema = Type.Union([
  Type.Object({ type: Type.Literal('stage'), stage: Type.Enum([...searchStages]) }, Closed),
  Type.Object({ type: Type.Literal('trial'), trial: SearchTrialSchema }, Closed),
  Type.Object({ type: Type.Literal('note'), note: Type.String() }, Closed),
]);
export type SearchEvent = Static<typeof SearchEventSchema>;

/** What the training of a trial did. Nothing of it is published. */
export const TrialOutcomeSchema = Type.Object(
  {
    metrics: MetricsSchema,
    timings: Type.Object({ read: seconds, train: seconds }, Closed),
    notes: Type.Array(Type.String()),
  },
  Closed,
);
export type TrialOutcome = Static<typeof TrialOutcomeSchema>;

/** The trials of a search after one of them has changed. */
export function withTrial(
  trials: readonly SearchTrial[],
  { trial: changed }: Extract<SearchEvent, { type: 'trial' }>,
): SearchTrial[] {
  const at = trials.findIndex((one) => isSameTraining(one, changed));
  return at === -1 ? [...trials, changed] : trials.with(at, changed);
}

export function isSameTraining(
  one: Pick<SearchTrial, 'trial' | 'epochs'>,
  other: Pick<SearchTrial, 'trial' | 'epochs'>,
): boolean {
  return one.trial === other.trial && one.epochs === other.epochs;
}
