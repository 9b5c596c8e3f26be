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

/** Who answers where no version was named, or the label production was. */
export const TrafficRulesSchema = Type.Object(
  {
    split: Type.Optional(SplitSchema),
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
  },
  { title: 'TrafficRecord' },
);
export type TrafficRecord = Static<typeof TrafficRecordSchema>;

/** Every version or label that the rules name. */
export function targetsOf({ split = [] }: TrafficRules): readonly TrafficTarget[] {
  return split;
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

/** What is wrong with rules that fit their schema; undefined when nothing is. */
export function problemOfRules(rules: TrafficRules): string | undefined {
  const { split } = rules;
  if (!targetsOf(rules).every(namesOne))
    return 'each entry names a version or a label, and not both.';
  if (split !== undefined && !split.some(({ weight }) => weight > 0)) {
    return 'at least one weight must be more than 0.';
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
