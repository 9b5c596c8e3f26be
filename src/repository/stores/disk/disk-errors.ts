import { errors, messageOf, withDetails } from '../../../errors.ts';
import { hasCode } from './atomic-file.ts';

/** What a failing file system means to whoever asked: `where` is the store or folder it failed in. */
export function explainDisk(error: unknown, where: string): Error {
  const reason = messageOf(error);
  return withDetails(
    isDiskFull(error)
      ? new errors.GLIMPSE_DISK_FULL(reason)
      : new errors.GLIMPSE_STORE_UNAVAILABLE(where, reason),
    {},
    error,
  );
}

/** No space, no quota, or a file larger than this process may write: wherever below it went wrong. */
export function isDiskFull(error: unknown): boolean {
  if (hasCode(error, 'ENOSPC', 'EDQUOT', 'EFBIG')) return true;
  return error instanceof Error && error.cause !== undefined && isDiskFull(error.cause);
}
