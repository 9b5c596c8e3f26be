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

/** What is known of the connection that a call went over. */
export interface CallFacts {
  /** By how much the clock of the store is ahead of ours. */
  readonly clockSkewMs: number | undefined;
  /** The region that requests are signed for. */
  readonly region: string | undefined;
}

/** Whether other credentials may do what these cannot: they have expired, or were replaced. */
export function isOfCredentials(error: unknown): boolean {
  return staleCredentials.has(nameOf(error));
}

const staleCredentials: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'TokenRefreshRequired',
  'InvalidToken',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
]);

export type Doing = 'reading' | 'listing' | 'writing' | 'removing';

const permission: Record<Doing, string> = {
  reading: 's3:GetObject',
  listing: 's3:ListBucket',
  writing: 's3:PutObject',
  removing: 's3:DeleteObject',
};

/** GLIMPSE_STORE_UNAVAILABLE with a sentence an operator can act on; the origin is kept as cause. */
export function explain(
  error: unknown,
  uri: string,
  [doing, key]: readonly [Doing, string],
  facts: CallFacts,
): Error {
  // The disk a download goes to is ours, not S3's.
  if (isDiskFull(error)) return explainDataDir(error);
  const status = statusOf(error);
  const reason = `${doing} ${key === '' ? 'it' : `"${key}"`} failed: ${reasonOf(error, doing, facts)}`;
  const details = status === undefined ? { doing } : { doing, status, reason: nameOf(error) };
  return withDetails(new errors.GLIMPSE_STORE_UNAVAILABLE(uri, reason), details, error);
}

function reasonOf(error: unknown, doing: Doing, facts: CallFacts): string {
  const message = error instanceof Error ? error.message || error.name : String(error);
  const name = nameOf(error);
  // A page of a proxy comes with any status; the sentence says all there is to say.
  if (name === 'NotS3') return message;
  if (name === 'NoSuchBucket') return 'there is no such bucket (404)';
  if (name === 'CredentialsProviderError') {
    return `no AWS credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the task or instance a role (${message})`;
  }
  if (message.startsWith('Region is missing')) {
    return 'no region is set; set GLIMPSE_S3_REGION or AWS_REGION';
  }
  const region = regionSaid(error);
  if (region !== undefined || wrongRegion.has(name) || statusOf(error) === 301) {
    return otherRegion(region, facts.region, message);
  }
  if (staleCredentials.has(name)) return `${credentialReason(name)} (${name}): ${message}`;
  if (name === 'RequestTimeTooSkewed') return skewReason(facts.clockSkewMs);
  switch (statusOf(error)) {
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

const wrongRegion: ReadonlySet<string> = new Set([
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);

/** The region that S3 itself names: in a header, in the body of the refusal, or in its sentence. */
function regionSaid(error: unknown): string | undefined {
  if (!(error instanceof Error) || !wrongRegion.has(error.name)) return undefined;
  const response = '$response' in error && isRecord(error.$response) ? error.$response : {};
  const headers = isRecord(response['headers']) ? response['headers'] : {};
  const fields: object = error;
  const candidates: unknown[] = [
    headers['x-amz-bucket-region'],
    'Region' in fields ? fields.Region : undefined,
    /expecting '([^']+)'/.exec(error.message)?.[1],
  ];
  return candidates
    .filter((region) => typeof region === 'string')
    .find((region) => /^[a-z]{2}[a-z0-9-]{1,30}$/.test(region));
}

function otherRegion(said: string | undefined, ours: string | undefined, message: string): string {
  const now = ours === undefined ? '' : `, and not in ${ours}`;
  return said === undefined
    ? `the bucket is in another region${now === '' ? '' : ` than ${ours}`}; set GLIMPSE_S3_REGION (${message})`
    : `the bucket is in ${said}${now}; set GLIMPSE_S3_REGION=${said} (or AWS_REGION)`;
}

function credentialReason(name: string): string {
  if (name === 'InvalidAccessKeyId') return 'the access key is not known there (AWS_ACCESS_KEY_ID)';
  if (name === 'SignatureDoesNotMatch') {
    return 'access is denied (403): the secret is not that of the access key (AWS_SECRET_ACCESS_KEY), or something on the way changes the request';
  }
  return 'the credentials have expired, or are of another session (AWS_SESSION_TOKEN); renew them, or give the task or instance a role, whose credentials renew themselves';
}

function skewReason(skewMs: number | undefined): string {
  const by = skewMs === undefined ? '' : ` by ${Math.round(Math.abs(skewMs) / 1_000)} s`;
  return `the clock of this machine differs from that of the store${by}; requests are refused from 15 minutes on, so set the clock (NTP)`;
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
