import type { Static } from 'typebox';
import type { Random } from '../../random.ts';
import { Closed } from '../../schema.ts';
import { Type } from '../../schema/builder.ts';

const from = (description: string) => Type.Number({ description });
const to = Type.Number({ description: 'The largest value.' });

/** Where the values of a hyperparameter lie that a search tries. */
export const RangeSchema = Type.Union(
  [
    Type.Object(
      {
        type: Type.Literal('choice'),
        values: Type.Array(Type.Unknown(), {
          maxItems: 50,
          description: 'Each is as likely as the others.',
        }),
      },
      { ...Closed, title: 'ChoiceRange' },
    ),
    Type.Object(
      { type: Type.Literal('uniform'), from: from('The smallest value.'), to },
      { ...Closed, title: 'UniformRange' },
    ),
    Type.Object(
      {
        type: Type.Literal('log-uniform'),
        from: from('The smallest value, above 0. Each factor is as likely as the others.'),
        to,
      },
      { ...Closed, title: 'LogUniformRange' },
    ),
    Type.Object(
      {
        type: Type.Literal('integer'),
        from: Type.Integer({ description: 'The smallest value.' }),
        to: Type.Integer({ description: 'The largest value.' }),
      },
      { ...Closed, title: 'IntegerRange' },
    ),
  ],
  { title: 'SearchRange', description: 'Where the values of a hyperparameter lie.' },
);
export type SearchRange = Static<typeof RangeSchema>;

/** Why a range holds no value, if so. */
export function emptinessOf(range: SearchRange): string | undefined {
  if (range.type === 'choice') {
    return range.values.length === 0 ? 'it has no values' : undefined;
  }
  const { type, from: low, to: high } = range;
  if (type === 'log-uniform' && low <= 0) return `${low} has no logarithm; it begins above 0`;
  if (low > high) return `nothing lies between ${low} and ${high}`;
  if (low === high && type !== 'integer')
    return `it holds nothing but ${low}; say so in the request`;
  return undefined;
}

/** A point inside of an interval that is no whole number where its ends are. */
const INSIDE = 0.618_034;

/** Values that are allowed only where all of the range is: a schema of numbers is an interval, or the whole numbers of one. */
export function probesOf(range: SearchRange): readonly unknown[] {
  if (range.type === 'choice') return range.values;
  const { type, from: low, to: high } = range;
  return type === 'integer' ? [low, high] : [low, valueAt(range, INSIDE), high];
}

/** A value of the range, by chance. */
export function drawFrom(range: SearchRange, random: Random): unknown {
  if (range.type === 'choice') return range.values[random.integer(range.values.length)];
  if (range.type === 'integer') return range.from + random.integer(range.to - range.from + 1);
  return valueAt(range, random.next());
}

function valueAt(
  { type, from: low, to: high }: Exclude<SearchRange, { type: 'choice' }>,
  share: number,
): number {
  const value = type === 'log-uniform' ? low * (high / low) ** share : low + (high - low) * share;
  // Rounding must not lead out of it; nobody reads more than six digits of a learning rate.
  return Math.min(high, Math.max(low, Number(value.toPrecision(6))));
}
