import { Type } from '../schema/builder.ts';

export const MiB = 1024 * 1024;

/**
 * A count or size with its default and the sentence `glimpse config` and the docs print. A default that
 * depends on the machine is described by `$comment` instead of its number.
 */
export const integer = (value: number, description: string, minimum = 0, $comment = '') =>
  Type.Integer({ default: value, minimum, description, $comment });
/** A text with its default. */
export const text = (value: string, description: string) =>
  Type.String({ default: value, description });
/** One of a few words. */
export const choice = <T extends string>(value: T, options: readonly T[], description: string) =>
  Type.Union(
    options.map((option) => Type.Literal(option)),
    { default: value, description },
  );
