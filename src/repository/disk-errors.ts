import { errors, withDetails } from '../errors.ts';
import { hasCode } from './atomic-file.ts';

/** What a failing file system means to whoever asked: `where` is the store or folder it failed in. */
export function explainDisk(error: unknown, where: string): Error {
  const reason = error instanceof Error ? error.message : String(error);
  return withDetails(
    isDiskFull(error)
      ? new errors.GLIMPSE_DISK_FULL(reason)
      : new errors.GLIMPSE_STORE_UNAVAILABLE(where, reason),
    {},
    error,
  );
}

export function isDiskFull(error: unknown): boolean {
  return hasCode(error, 'ENOSPC', 'EDQUOT');
}
