import type { Static } from 'typebox';
import { Closed } from '../../schema.ts';
import { Type } from '../../schema/builder.ts';
import { LoadRuleSchema, ModelLimitsSchema } from './load-rule.ts';

const share = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });

const ConditionsSchema = Type.Object(
  {
    dataset: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 2048,
        description:
          'What both versions are measured on, as a request of training names it: dataset:name@digest, mnist:test. Without it: what the model has been measured on since its first version, and what the run itself held out.',
      }),
    ),
    floors: Type.Optional(
      Type.Object(
        {
          accuracy: Type.Optional(share('On every dataset that is compared on.')),
          macroRecall: Type.Optional(share('The same, every class counted alike.')),
          servedAccuracy: Type.Optional(share('Of the version itself, measured as images.')),
        },
        { ...Closed, title: 'ReleaseFloors', description: 'Figures it must reach at least.' },
      ),
    ),
    margin: Type.Optional(
      share(
        'By how much its accuracy may be below that of the present version. Without it: not worse beyond chance (McNemar’s test on the paired answers, one in twenty).',
      ),
    ),
    classes: Type.Optional(
      Type.Record(Type.String({ maxLength: 200 }), Type.String({ maxLength: 200 }), {
        description:
          'Class of the present version -> class of the new one that means the same, where names have changed.',
      }),
    ),
    maxCalibrationError: Type.Optional(
      share('Default: 0.05 more than the present version has on the same examples.'),
    ),
    maxError: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        exclusiveMaximum: 1,
        description:
          'Its thresholds must promise that no greater share of images is answered wrongly without a warning (gate.maxError of the version).',
      }),
    ),
    maxSlowdown: Type.Optional(
      Type.Number({
        minimum: 1,
        description:
          'How many times as long an image may take as with the present version. Default 3; whatever takes less than 2 ms is fast enough.',
      }),
    ),
  },
  { ...Closed, title: 'ReleaseConditions' },
);
export type ReleaseConditions = Static<typeof ConditionsSchema>;

/** A rule is kept in the policy of a model, and in the record of every version that it decided about. */
export const maxRuleBytes = 256 * 1024;

/** When a new version gets the label `production` by itself. */
export const ReleaseRuleSchema = Type.Union(
  [Type.Literal('never'), Type.Literal('always'), Type.Literal('if-better'), ConditionsSchema],
  {
    title: 'ReleaseRule',
    description:
      'never: only by hand. always: without comparison, when it has the same classes, was measured on unseen examples and answers the golden samples of the present version as recorded. if-better: when it is also not worse on the same held-out examples, nor badly calibrated, nor slow. An object: the same under conditions of its own.',
  },
);
export type ReleaseRule = Static<typeof ReleaseRuleSchema>;

export const ReleasePolicySchema = Type.Object(
  {
    promote: ReleaseRuleSchema,
    load: Type.Optional(LoadRuleSchema),
    limits: Type.Optional(ModelLimitsSchema),
    protected: Type.Optional(
      Type.Array(Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' }), {
        maxItems: 20,
        description:
          'Labels that move only when a second caller, with the scope release, approves it. With production among them the same holds for splits and canaries; rolling back needs nobody else.',
      }),
    ),
  },
  { ...Closed, title: 'ReleasePolicyBody' },
);
export type ReleasePolicy = Static<typeof ReleasePolicySchema>;

/** What holds for a model that nobody has written a policy for. */
export const usualPolicy: ReleasePolicy = { promote: 'if-better' };

/** What a rule asks beside its word. */
export function conditionsOf(rule: ReleaseRule): ReleaseConditions {
  return typeof rule === 'object' ? rule : {};
}
