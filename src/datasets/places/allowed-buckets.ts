import { errors } from '../../errors.ts';

/**
 * GLIMPSE_DATASET_URI_FORBIDDEN unless an s3:// URI lies under one of the allowed ones: a server reads with
 * rights of its own, and must not read for anybody what only it may. Undefined: everything is allowed, for
 * callers whose own rights are used.
 */
export function checkBucketUri(uri: string, allowed: readonly string[] | undefined): void {
  if (allowed === undefined) return;
  const isAllowed = allowed.some((one) => liesUnder(uri, one));
  if (!isAllowed) throw new errors.GLIMPSE_DATASET_URI_FORBIDDEN(uri.slice(0, 200));
}

/** Whether an s3:// URI names what another one does, or something below it. */
export function liesUnder(uri: string, above: string): boolean {
  const wanted = partsOf(uri);
  return partsOf(above).every((part, index) => wanted[index] === part);
}

/**
 * Bucket and folders of an s3:// URI, compared whole: "s3://data/a" allows "s3://data/a/b" and not
 * "s3://data/ab". Keys have no "..": what stands there is a name like another.
 */
function partsOf(uri: string): string[] {
  const path = /^s3:\/\/(.+)$/i.exec(uri)?.[1] ?? '';
  return path.replace(/\/+$/, '').split('/');
}
