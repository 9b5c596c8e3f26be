import { errors, messageOf, withDetails } from './errors.ts';

/**
 * Explains errors of the file system. The sentences name the setting that chose the folder, and
 * never a path of this machine: they are shown to clients. The log has the cause.
 */
export function explainDisk(error: unknown, where: string): Error {
  const reason = systemReasonOf(error);
  return withDetails(
    isDiskFull(error)
      ? diskFull(reason, where)
      : new errors.GLIMPSE_STORE_UNAVAILABLE(where, reason),
    {},
    error,
  );
}

/** The same for the folder of this server's own data: jobs, uploads, downloaded versions. */
export function explainDataDir(error: unknown): Error {
  const reason = systemReasonOf(error);
  return withDetails(
    isDiskFull(error)
      ? diskFull(reason, 'GLIMPSE_DATA_DIR')
      : new errors.GLIMPSE_DATA_DIR_UNUSABLE(reason),
    {},
    error,
  );
}

/** No space, no quota, or a file larger than this process may write: wherever below it went wrong. */
export function isDiskFull(error: unknown): boolean {
  if (hasCode(error, 'ENOSPC', 'EDQUOT', 'EFBIG')) return true;
  return error instanceof Error && error.cause !== undefined && isDiskFull(error.cause);
}

/** Whether a file system call failed with one of these codes. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    codes.includes(error.code)
  );
}

/** What anything thrown says; of a file system call what failed and why, without the path it failed at. */
export function systemReasonOf(error: unknown): string {
  const message = messageOf(error);
  if (!(error instanceof Error) || !('syscall' in error)) return message;
  // Node writes "EACCES: permission denied, open '/a/path'".
  const call = `, ${String(error.syscall)}`;
  const at = message.indexOf(call);
  return at < 0 ? message : message.slice(0, at + call.length);
}

function diskFull(reason: string, where: string): Error {
  return new errors.GLIMPSE_DISK_FULL(`${reason} (${where})`);
}
