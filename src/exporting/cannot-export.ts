import { errors } from '../errors.ts';

/** The error for a version that cannot be had in a form, with the reason. */
export function cannotExport(reason: string): Error {
  return new errors.GLIMPSE_EXPORT_UNSUPPORTED(reason);
}
