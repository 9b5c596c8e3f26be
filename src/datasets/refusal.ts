import { errors, isGlimpseError, withDetails, type GlimpseError } from '../errors.ts';
import { printable } from './file-names.ts';

/** The fields of a request's `dataset` that decide what a dataset leaves open. */
export type DecidingOption =
  'uri' | 'path' | 'labelsUri' | 'labelColumn' | 'range' | 'layout' | 'shape' | 'classes';

/**
 * Takes a reason to refuse a dataset. Training throws the first; whoever only looks at it collects them, and
 * reading goes on where it can.
 */
export type Refuse = (error: GlimpseError) => void;

/** Refuses a dataset for the first reason there is. */
export const refuseAtOnce: Refuse = (error) => {
  throw error;
};

/** What a refusal says besides its sentence. */
interface RefusalDetails {
  /** What the option could be, the likeliest first. */
  readonly values?: readonly unknown[];
  readonly [fact: string]: unknown;
}

/** A refusal for something that the dataset leaves open and this option of a request decides. */
export function undecided(
  option: DecidingOption,
  reason: string,
  details: RefusalDetails = {},
): GlimpseError {
  return withDetails(new errors.GLIMPSE_DATASET_INVALID(reason), { option, ...details });
}

/** A refusal of something that holds several datasets, which `path` could choose from. */
export function severalInside(what: string, names: readonly string[]): GlimpseError {
  const values = names.slice(0, maxNamesListed).map(printable);
  return undecided('path', `${what} (${listed(names)}); choose one by path (--path)`, { values });
}

/** How many names a refusal lists. */
export const maxNamesListed = 8;

/** The first of the names, as a sentence lists them. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, maxNamesListed).map((name) => `"${printable(name)}"`);
  return `${shown.join(', ')}${names.length > shown.length ? `, ... (${names.length} in all)` : ''}`;
}

/** Whether a dataset was refused for what this option decides: a request that says it may do. */
export function isUndecided(error: unknown, option: DecidingOption): boolean {
  return isGlimpseError(error) && error.details?.['option'] === option;
}
