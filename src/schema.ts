import type { TSchema } from 'typebox';
import { Value as Schema } from 'typebox/value';

/** The options of an object schema that has no other fields than its own. */
export const Closed = { additionalProperties: false };

/** The first thing wrong with a value, in words a person can act on. */
export function firstProblem(schema: TSchema, value: unknown): string {
  // A refused extra field is reported twice; the second report names it better.
  const problem = Schema.Errors(schema, value).find(({ keyword }) => keyword !== 'boolean');
  if (!problem) return 'it does not fit its schema';
  const field = problem.instancePath.slice(1).replaceAll('/', '.');
  const subject = field === '' ? 'it' : `"${field}"`;
  switch (problem.keyword) {
    case 'required':
      return `${quoted(problem.params.requiredProperties)} is missing`;
    case 'additionalProperties':
      return `it has no field called ${quoted(problem.params.additionalProperties)}`;
    case 'enum':
      return `${subject} must be one of ${problem.params.allowedValues.join(', ')}`;
    default:
      return `${subject} ${problem.message}`;
  }
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
