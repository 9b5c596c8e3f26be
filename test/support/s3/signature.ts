import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { headerOf, Refusal } from './exchange.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What was signed and how: chunks of a body may carry signatures that continue from this one. */
export interface Signed {
  readonly signature: string;
  readonly scope: string;
  readonly date: string;
  readonly key: Buffer;
  readonly payloadHash: string;
}

const maxSkewMs = 15 * 60_000;
const hmac = (key: Buffer | string, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest();
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Verifies AWS Signature Version 4 in the Authorization header, as strictly as S3 does. */
export function verifySignature(
  request: { method: string; rawPath: string; rawQuery: string; headers: IncomingHttpHeaders },
  credentials: Credentials,
  region: string,
  nowMs = Date.now(),
): Signed {
  const { headers } = request;
  const header = headerOf(headers, 'authorization');
  if (header === undefined) throw new Refusal(403, 'AccessDenied', 'Anonymous access is denied');
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/.exec(
      header,
    );
  if (parts === null) throw new Refusal(400, 'AuthorizationHeaderMalformed');
  const [, credential = '', signedHeaders = '', signature = ''] = parts;
  const [accessKeyId, day, scopeRegion, service, end] = credential.split('/');
  if (accessKeyId !== credentials.accessKeyId) throw new Refusal(403, 'InvalidAccessKeyId');
  if (service !== 's3' || end !== 'aws4_request') {
    throw new Refusal(400, 'AuthorizationHeaderMalformed');
  }
  if (scopeRegion !== region) {
    const said = `The authorization header is malformed; the region '${scopeRegion}' is wrong; expecting '${region}'`;
    throw new Refusal(400, 'AuthorizationHeaderMalformed', said, { fields: { Region: region } });
  }
  if (headerOf(headers, 'x-amz-security-token') !== credentials.sessionToken) {
    throw new Refusal(403, 'InvalidToken', 'The provided token is malformed or otherwise invalid.');
  }
  const date = headerOf(headers, 'x-amz-date') ?? '';
  checkDate(date, day ?? '', nowMs);
  const payloadHash = headerOf(headers, 'x-amz-content-sha256');
  if (payloadHash === undefined)
    throw new Refusal(400, 'MissingSecurityHeader', 'x-amz-content-sha256');
  checkSignedHeaders(headers, signedHeaders.split(';'));

  const canonical = [
    request.method,
    canonicalPath(request.rawPath),
    canonicalQuery(request.rawQuery),
    ...signedHeaders.split(';').map((name) => `${name}:${trimmed(headers, name)}`),
    '',
    signedHeaders,
    payloadHash,
  ].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  const key = [region, 's3', 'aws4_request'].reduce(
    (key, text) => hmac(key, text),
    hmac(`AWS4${credentials.secretAccessKey}`, day ?? ''),
  );
  if (!same(hmac(key, toSign).toString('hex'), signature)) {
    throw new Refusal(
      403,
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match.',
    );
  }
  return { signature, scope, date, key, payloadHash };
}

/** The signature of one chunk of a signed aws-chunked body, or of its trailer. */
export function chunkSignature(signed: Signed, previous: string, chunk: Buffer): string {
  const toSign = [
    'AWS4-HMAC-SHA256-PAYLOAD',
    signed.date,
    signed.scope,
    previous,
    sha256(''),
    createHash('sha256').update(chunk).digest('hex'),
  ].join('\n');
  return hmac(signed.key, toSign).toString('hex');
}

export function trailerSignature(signed: Signed, previous: string, trailer: string): string {
  const toSign = [
    'AWS4-HMAC-SHA256-TRAILER',
    signed.date,
    signed.scope,
    previous,
    sha256(trailer),
  ].join('\n');
  return hmac(signed.key, toSign).toString('hex');
}

export function same(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

function checkDate(date: string, day: string, nowMs: number): void {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date);
  if (parts === null) throw new Refusal(403, 'AccessDenied', 'x-amz-date is missing or malformed');
  const [, year, month, dayOfMonth, hour, minute, second] = parts;
  const at = Date.parse(`${year}-${month}-${dayOfMonth}T${hour}:${minute}:${second}Z`);
  if (Math.abs(at - nowMs) > maxSkewMs) {
    throw new Refusal(
      403,
      'RequestTimeTooSkewed',
      'The difference between the request time and the server’s time is too large.',
    );
  }
  if (!date.startsWith(day))
    throw new Refusal(403, 'SignatureDoesNotMatch', 'the scope is of another day');
}

function checkSignedHeaders(headers: IncomingHttpHeaders, signed: readonly string[]): void {
  const needed = Object.keys(headers).filter(
    (name) => name === 'host' || name === 'content-md5' || name.startsWith('x-amz-'),
  );
  const unsigned = needed.filter((name) => !signed.includes(name));
  if (unsigned.length > 0 || !signed.includes('host')) {
    throw new Refusal(
      403,
      'AccessDenied',
      `There were headers present which were not signed: ${unsigned.join(', ')}`,
    );
  }
}

function trimmed(headers: IncomingHttpHeaders, name: string): string {
  return (headerOf(headers, name) ?? '').trim().replace(/ +/g, ' ');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function canonicalPath(rawPath: string): string {
  return rawPath
    .split('/')
    .map((part) => encode(decodeURIComponent(part)))
    .join('/');
}

function canonicalQuery(rawQuery: string): string {
  if (rawQuery === '') return '';
  return rawQuery
    .split('&')
    .map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [
        encode(decodeURIComponent(name)),
        encode(decodeURIComponent(value.join('='))),
      ] as const;
    })
    .sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}
