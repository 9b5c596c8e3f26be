import type { Static } from 'typebox';
import { errorCatalogue, errors, isGlimpseError, withDetails } from '../errors.ts';
import { explainDisk, isDiskFull, systemReasonOf } from '../disk-errors.ts';
import { Closed } from '../schema.ts';
import { Type } from '../schema/builder.ts';

/**
 * Why a job failed. It is created once, where the error was caught, and is the same in the last message of the
 * process, in the record, in the event, and in the response to a client that waited.
 */
export const JobErrorSchema = Type.Object(
  {
    code: Type.String(),
    message: Type.String(),
    details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  },
  { ...Closed, title: 'JobError' },
);
export type JobError = Static<typeof JobErrorSchema>;

/** The record of an error. */
export function jobErrorOf(error: unknown): JobError {
  const known = isDiskFull(error) ? diskFull(error) : error;
  if (isGlimpseError(known)) {
    const { code, message, details } = known;
    return { code, message, ...(details && { details }) };
  }
  const { code, message } = new errors.GLIMPSE_INTERNAL();
  return { code, message, details: { reason: systemReasonOf(error) } };
}

/** What to throw at a client that waited for a job. A code that is not in the catalogue any more is a fault of ours. */
export function responseErrorOf({ code, message, details }: JobError, job: string): Error {
  const known = Object.entries(errorCatalogue).find(([name]) => name === code);
  if (!known) return withDetails(new errors.GLIMPSE_INTERNAL(), { reason: message, job });
  const [, [statusCode]] = known;
  return Object.assign(new Error(message), { code, statusCode, details: { ...details, job } });
}

/** A full disk has its own code, whichever operation failed by it. */
function diskFull(error: unknown): unknown {
  const isExplained = isGlimpseError(error) && error.code === 'GLIMPSE_DISK_FULL';
  return isExplained ? error : explainDisk(error, 'this server');
}
