import type { Static } from 'typebox';
import { Closed } from '../../schema.ts';
import { Type } from '../../schema/builder.ts';
import { ReleaseRuleSchema } from './release-policy.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });

const MeasuredSchema = Type.Object(
  {
    accuracy: Type.Number({ minimum: 0, maximum: 1 }),
    macroRecall: Type.Number({ minimum: 0, maximum: 1 }),
    calibrationError: Type.Number({ minimum: 0, maximum: 1 }),
    millisecondsPerImage: Type.Number({
      minimum: 0,
      description: 'Of the model alone, in batches, where it was measured.',
    }),
  },
  { ...Closed, title: 'ComparedFigures' },
);
export type ComparedFigures = Static<typeof MeasuredSchema>;

const ComparisonSchema = Type.Object(
  {
    dataset: Type.String({ description: 'What was compared on, in words.' }),
    digest: Type.String({ description: 'Of the dataset these examples are of.' }),
    examples: count('How many; neither what the new version has learnt from, nor seen before.'),
    present: MeasuredSchema,
    candidate: MeasuredSchema,
    lost: count('Right by the present version, and wrong by the new one.'),
    gained: count('The other way round.'),
    chance: Type.Number({
      minimum: 0,
      maximum: 1,
      description:
        'How likely so many lost ones are where none is worse: McNemar’s exact test, one-sided.',
    }),
    disagreements: Type.Array(
      Type.Object(
        {
          class: Type.String(),
          examples: count('Of this class.'),
          lost: count('Of them.'),
          gained: count('Of them.'),
        },
        { ...Closed, title: 'ClassDisagreement' },
      ),
      { description: 'Classes of which one was answered rightly by only one of the two.' },
    ),
  },
  { ...Closed, title: 'VersionComparison' },
);
export type VersionComparison = Static<typeof ComparisonSchema>;

const releaseChecks = [
  'same-classes',
  'unseen-examples',
  'max-error',
  'golden-samples',
  'comparison',
] as const;

const CheckSchema = Type.Object(
  {
    name: Type.Enum([...releaseChecks], { title: 'ReleaseCheckName' }),
    passed: Type.Boolean(),
    found: Type.String({ description: 'In words.' }),
  },
  { ...Closed, title: 'ReleaseCheck' },
);
export type ReleaseCheck = Static<typeof CheckSchema>;

/** What was decided about a version when it was published, and by what: written once, beside its manifest. */
export const ReleaseRecordSchema = Type.Object(
  {
    formatVersion: Type.Literal(1),
    model: Type.String(),
    version: Type.Integer({ minimum: 1 }),
    decidedAt: Type.String({ description: 'RFC 3339, UTC.' }),
    decision: Type.Enum(['promoted', 'kept'], {
      title: 'ReleaseDecision',
      description:
        'promoted: it was to get the label production. kept: that label was to stay where it was.',
    }),
    reason: Type.String({ description: 'In a sentence.' }),
    rule: Type.Optional(ReleaseRuleSchema),
    present: Type.Optional(
      Type.Integer({ minimum: 1, description: 'The version that answered for production then.' }),
    ),
    checks: Type.Array(CheckSchema),
    comparisons: Type.Array(ComparisonSchema),
  },
  { ...Closed, title: 'ReleaseRecord' },
);
export type ReleaseRecord = Static<typeof ReleaseRecordSchema>;
