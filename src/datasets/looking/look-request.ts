import type { Static } from 'typebox';
import { Closed } from '../../schema.ts';
import { Type } from '../../schema/builder.ts';
import { ImportRequestSchema } from '../importing/import-request.ts';
import { DatasetSpecSchema } from '../spec.ts';
import { DatasetLookSchema } from './look-report.ts';

const { name, maxBadRows, keepDuplicates, preprocessing } = ImportRequestSchema.properties;
const share = (description: string) => Type.Number({ minimum: 0, maximum: 0.9, description });

const fields = {
  model: Type.String({
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
    description:
      'The model that is to be trained with it: images are prepared as those of its newest version, as training would. Default: none.',
  }),
  dataset: DatasetSpecSchema,
  maxBadRows,
  preprocessing,
  validationSplit: share('As in training. Default 0.1.'),
  testSplit: share('As in training. Default 0.1.'),
  seed: Type.Integer({
    minimum: 0,
    maximum: 4_294_967_295,
    description: 'As in training: it decides which examples are learnt from. Default 1.',
  }),
};

/** The body of POST /datasets?dryRun=true: that of an import, of which nothing is stored, and the parts of training. */
export const LookRequestSchema = Type.Object(
  {
    name: Type.Optional(name),
    model: Type.Optional(fields.model),
    dataset: Type.Optional(fields.dataset),
    maxBadRows: fields.maxBadRows,
    keepDuplicates,
    preprocessing: fields.preprocessing,
    validationSplit: Type.Optional(fields.validationSplit),
    testSplit: Type.Optional(fields.testSplit),
    seed: Type.Optional(fields.seed),
  },
  Closed,
);

/** A look with everything decided. */
export const ResolvedLookRequestSchema = Type.Object(
  {
    model: Type.Optional(fields.model),
    dataset: fields.dataset,
    maxBadRows: Type.Number({ minimum: 0 }),
    preprocessing: fields.preprocessing,
    validationSplit: fields.validationSplit,
    testSplit: fields.testSplit,
    seed: fields.seed,
  },
  { ...Closed, title: 'DecidedLookRequest' },
);
export type ResolvedLookRequest = Static<typeof ResolvedLookRequestSchema>;

/** What a look does, in this order. */
export const lookStages = ['reading', 'comparing', 'drawing'] as const;

/** What a look reports while it goes on. */
export const LookEventSchema = Type.Union([
  Type.Object({ type: Type.Literal('stage'), stage: Type.Enum([...lookStages]) }, Closed),
]);
export type LookEvent = Static<typeof LookEventSchema>;

const seconds = Type.Number({ minimum: 0 });

/** What a look found. */
export const LookOutcomeSchema = Type.Object(
  {
    looked: DatasetLookSchema,
    timings: Type.Object({ read: seconds, compare: seconds, draw: seconds }, Closed),
    notes: Type.Array(Type.String()),
  },
  Closed,
);
export type LookOutcome = Static<typeof LookOutcomeSchema>;
