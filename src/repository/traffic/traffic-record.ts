import type { Static } from 'typebox';
import { Closed } from '../../schema.ts';
import { Type } from '../../schema/builder.ts';

const namePattern = '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$';

/** One of both: a version, or a label and so whichever version it points at. */
const targetFields = {
  version: Type.Optional(Type.Integer({ minimum: 1, maximum: 999_999_999_999_999 })),
  label: Type.Optional(Type.String({ pattern: namePattern })),
};
export interface TrafficTarget {
  readonly version?: number;
  readonly label?: string;
}

const maxEntries = 16;

const SplitSchema = Type.Array(
  Type.Object(
    {
      ...targetFields,
      weight: Type.Number({
        minimum: 0,
        maximum: 1_000_000,
        description: 'Of all weights together; 0: only where the others cannot answer.',
      }),
    },
    { ...Closed, title: 'TrafficShare' },
  ),
  {
    minItems: 1,
    maxItems: maxEntries,
    description:
      'Who answers for production, by weight: a version or a label each. An entry that cannot answer just now is passed over for the next one, at last for the version that production names.',
  },
);

const ShadowSchema = Type.Object(
  {
    ...targetFields,
    share: Type.Number({ exclusiveMinimum: 0, maximum: 1, description: 'Of the requests.' }),
  },
  {
    ...Closed,
    title: 'TrafficShadow',
    description:
      'A share of the requests is answered by this version as well, after and beside the answer: only compared, and left out where there is no room.',
  },
);

const share = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });

const BandsSchema = Type.Object(
  {
    errorRate: Type.Optional(
      share('How much more of the requests may fail by a fault of the server. Default 0.01.'),
    ),
    latency: Type.Optional(
      Type.Number({
        minimum: 1,
        description:
          'How many times as long nineteen of twenty requests may take; 5 ms more are never too many. Default 2.',
      }),
    ),
    warned: Type.Optional(
      share('How much more of the predictions may carry a warning. Default 0.1.'),
    ),
    agreement: Type.Optional(
      share('How many of the compared predictions must be the same class; needs a shadow of it.'),
    ),
  },
  { ...Closed, title: 'CanaryBands', description: 'Against the version it is to replace.' },
);

const maxSteps = 20;

const CanaryPlanSchema = Type.Object(
  {
    version: Type.Integer({ minimum: 1, maximum: 999_999_999_999_999 }),
    steps: Type.Array(
      Type.Object(
        {
          share: Type.Number({ exclusiveMinimum: 0, maximum: 1, description: 'Of the callers.' }),
          bakeSeconds: Type.Number({
            exclusiveMinimum: 0,
            maximum: 30 * 86_400,
            description: 'How long it lasts at least.',
          }),
        },
        { ...Closed, title: 'CanaryStep' },
      ),
      { minItems: 1, maxItems: maxSteps },
    ),
    minRequests: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1_000_000,
        description:
          'How many requests one server must have seen it answer before it says anything of it, good or bad. Default 100.',
      }),
    ),
    bands: Type.Optional(BandsSchema),
  },
  {
    ...Closed,
    title: 'CanaryPlan',
    description:
      'The version that production names answers all but a share that grows step by step. After the last step the label production moves to the canary; when its figures leave their band, everybody is answered by the version before.',
  },
);
export type CanaryPlan = Static<typeof CanaryPlanSchema>;

/** How far a canary is. */
export const CanaryStateSchema = Type.Object(
  {
    state: Type.String({
      maxLength: 32,
      description:
        'running; promoted: production names it; rolled-back: its figures left their band; ended: somebody moved production, or the plan was taken away.',
    }),
    version: Type.Integer({ minimum: 1 }),
    present: Type.Integer({ minimum: 1, description: 'What it is compared with.' }),
    step: Type.Integer({ minimum: 0, description: 'Of the steps, from 0 on.' }),
    since: Type.String({ description: 'When the step, or the end, began. RFC 3339, UTC.' }),
    why: Type.Optional(Type.String()),
  },
  { title: 'CanaryState' },
);
export type CanaryState = Static<typeof CanaryStateSchema>;

/** Who answers where no version was named, or the label production was. */
export const TrafficRulesSchema = Type.Object(
  {
    split: Type.Optional(SplitSchema),
    shadow: Type.Optional(ShadowSchema),
    canary: Type.Optional(CanaryPlanSchema),
    stickyHeader: Type.Optional(
      Type.String({
        pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$",
        description:
          'The header whose value decides: the same value is answered by the same entry. Without it, and for requests that lack it, the id of the key or token decides; callers without any are drawn anew for each request.',
      }),
    ),
  },
  { ...Closed, title: 'TrafficRules' },
);
export type TrafficRules = Static<typeof TrafficRulesSchema>;

/** What lies in traffic.json. */
export const TrafficRecordSchema = Type.Object(
  {
    formatVersion: Type.Literal(1),
    revision: Type.Integer({ minimum: 1, description: 'Counts the changes.' }),
    writer: Type.String({ description: 'Of the last change, so that a repeated write is known.' }),
    rules: TrafficRulesSchema,
    canary: Type.Optional(CanaryStateSchema),
  },
  { title: 'TrafficRecord' },
);
export type TrafficRecord = Static<typeof TrafficRecordSchema>;

/** Every version or label that the rules name. */
export function targetsOf({ split = [], shadow, canary }: TrafficRules): readonly TrafficTarget[] {
  return [...split, ...(shadow ? [shadow] : []), ...(canary ? [{ version: canary.version }] : [])];
}

/** Who answers by the record as it is now; undefined where nothing is split. */
export function splitOf({ rules, canary }: TrafficRecord): TrafficRules['split'] {
  const plan = rules.canary;
  if (plan === undefined || canary?.state !== 'running') return rules.split;
  const { share } = plan.steps[Math.min(canary.step, plan.steps.length - 1)]!;
  return [
    { version: canary.present, weight: 1 - share },
    { version: canary.version, weight: share },
  ];
}

/** The versions that the rules name; a label that points nowhere names none. */
export function versionsNamedBy(
  rules: TrafficRules | undefined,
  versionOf: (label: string) => number | undefined,
): number[] {
  return targetsOf(rules ?? {}).flatMap(
    ({ version, label = '' }) => version ?? versionOf(label) ?? [],
  );
}

/** What is left of the rules when production is one version again: the shadow of a canary ends with it. */
export function withoutRollout({
  split: _split,
  canary,
  shadow,
  ...rules
}: TrafficRules): TrafficRules {
  const isItsShadow = shadow?.version !== undefined && shadow.version === canary?.version;
  return shadow === undefined || isItsShadow ? rules : { ...rules, shadow };
}

/** What is wrong with rules that fit their schema; undefined when nothing is. */
export function problemOfRules(rules: TrafficRules): string | undefined {
  const { split, shadow, canary } = rules;
  if (!targetsOf(rules).every(namesOne))
    return 'each entry names a version or a label, and not both.';
  if (split !== undefined && !split.some(({ weight }) => weight > 0)) {
    return 'at least one weight must be more than 0.';
  }
  if (split !== undefined && canary !== undefined) return 'a canary is a split of its own.';
  if (canary?.bands?.agreement !== undefined && shadow?.version !== canary.version) {
    return 'a band of agreement needs a shadow of the same version: only that sees the same images.';
  }
  const names = split?.map(nameOfTarget) ?? [];
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  return twice === undefined ? undefined : `${twice} stands in the split twice.`;
}

function namesOne({ version, label }: TrafficTarget): boolean {
  return (version === undefined) !== (label === undefined);
}

/** In words, and what callers are hashed with: "version 3", "label candidate". */
export function nameOfTarget({ version, label }: TrafficTarget): string {
  return version === undefined ? `label ${label}` : `version ${version}`;
}
