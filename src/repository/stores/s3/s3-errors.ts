import { errors, withDetails } from '../../../errors.ts';
import { isRecord } from '../../../json.ts';
import { explainDataDir, isDiskFull } from '../../../disk-errors.ts';

/**
 * What S3's refusals mean. Decisions go by HTTP status, because names differ between calls and
 * between servers: a 304 is called "Unknown", a missing key "NotFound" or "NoSuchKey".
 */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  const status = isRecord(error.$metadata) ? error.$metadata['httpStatusCode'] : undefined;
  return typeof status === 'number' ? status : undefined;
}

/** A 404 that speaks of the key and not of the bucket. */
export function isMissingKey(error: unknown): boolean {
  return statusOf(error) === 404 && nameOf(error) !== 'NoSuchBucket';
}

export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

export type Doing = 'reading' | 'listing' | 'writing' | 'removing';

const permission: Record<Doing, string> = {
  reading: 's3:GetObject',
  listing: 's3:ListBucket',
  writing: 's3:PutObject',
  removing: 's3:DeleteObject',
};

/** GLIMPSE_STORE_UNAVAILABLE with a sentence an operator can act on; the origin is kept as cause. */
export function explain(error: unknown, uri: string, doing: Doing, key: string): Error {
  // The disk a download goes to is ours, not S3's.
  if (isDiskFull(error)) return explainDataDir(error);
  const status = statusOf(error);
  const reason = `${doing} ${key === '' ? 'it' : `"${key}"`} failed: ${reasonOf(error, doing)}`;
  const details = status === undefined ? { doing } : { doing, status, reason: nameOf(error) };
  return withDetails(new errors.GLIMPSE_STORE_UNAVAILABLE(uri, reason), details, error);
}

function reasonOf(error: unknown, doing: Doing): string {
  const message = error instanceof Error ? error.message || error.name : String(error);
  const name = nameOf(error);
  if (name === 'NoSuchBucket') return 'there is no such bucket (404)';
  if (name === 'CredentialsProviderError') {
    return `no AWS credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the task or instance a role (${message})`;
  }
  if (message.startsWith('Region is missing')) {
    return 'no region is set; set GLIMPSE_S3_REGION or AWS_REGION';
  }
  switch (statusOf(error)) {
    case 301:
      return `the bucket is in another region; set GLIMPSE_S3_REGION (${message})`;
    case 401:
    case 403:
      return denialReason(name, message, doing);
    case 501:
      return `the server does not know how to do that (501, ${message})`;
    case undefined:
      return message;
    default:
      return `${message} (${statusOf(error)} ${name})`;
  }
}

function denialReason(name: string, message: string, doing: Doing): string {
  if (name !== 'AccessDenied' && name !== 'Forbidden' && name !== 'Unknown') {
    return `access is denied (403 ${name}): ${message}`;
  }
  const needed = `the credentials need ${permission[doing]} here`;
  return doing === 'reading'
    ? `access is denied (403): ${needed}, and s3:ListBucket on the bucket, because without that S3 answers 403 also when there is just no such object`
    : `access is denied (403): ${needed}`;
}
