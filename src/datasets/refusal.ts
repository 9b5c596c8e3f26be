import { errors, isGlimpseError, withDetails, type GlimpseError } from '../errors.ts';

/** The fields of a request's `dataset` that decide what a dataset leaves open. */
export type DecidingOption =
  'uri' | 'labelsUri' | 'labelColumn' | 'range' | 'layout' | 'shape' | 'classes';

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

/** Whether a dataset was refused for what this option decides: a request that says it may do. */
export function isUndecided(error: unknown, option: DecidingOption): boolean {
  return isGlimpseError(error) && error.details?.['option'] === option;
}
