import { createHash } from 'node:crypto';
import { headerOf, notImplemented, Refusal, type S3Answer, type S3Request } from './exchange.ts';

export interface StoredS3Object {
  readonly body: Buffer;
  /** Without quotes. */
  readonly etag: string;
  readonly modified: Date;
  readonly checksums: Readonly<Record<string, string>>;
  readonly contentType: string | undefined;
}

/** The objects of one bucket, by key. */
export type Bucket = Map<string, StoredS3Object>;

export const etagOf = (body: Buffer): string => createHash('md5').update(body).digest('hex');

export function putObject(bucket: Bucket, request: S3Request): S3Answer {
  // S3 looks at the condition when all of the body has arrived, in the same instant as it commits.
  checkWriteCondition(bucket, request);
  const stored = {
    body: request.body,
    etag: etagOf(request.body),
    modified: new Date(),
    checksums: request.checksums,
    contentType: headerOf(request.headers, 'content-type'),
  };
  bucket.set(request.key, stored);
  return { status: 200, headers: { etag: `"${stored.etag}"`, ...request.checksums } };
}

export function checkWriteCondition(bucket: Bucket, { headers, key }: S3Request): void {
  const [none, match] = [headerOf(headers, 'if-none-match'), headerOf(headers, 'if-match')];
  const current = bucket.get(key);
  if (none !== undefined && match !== undefined) throw notImplemented('both conditions at once');
  if (none !== undefined) {
    if (none !== '*') throw notImplemented(`If-None-Match: ${none} on a write`);
    if (current !== undefined) throw preconditionFailed();
  }
  if (match !== undefined) {
    if (!/^"[^"*]+"$/.test(match)) throw notImplemented(`If-Match: ${match} on a write`);
    if (current === undefined) throw new Refusal(404, 'NoSuchKey');
    if (match !== `"${current.etag}"`) throw preconditionFailed();
  }
}

function preconditionFailed(): Refusal {
  return new Refusal(
    412,
    'PreconditionFailed',
    'At least one of the pre-conditions you specified did not hold',
  );
}

/** GET and HEAD. Without the right to list, S3 will not say that a key is missing: 403. */
export function getObject(bucket: Bucket, request: S3Request, mayList: boolean): S3Answer {
  const found = bucket.get(request.key);
  if (found === undefined) {
    throw mayList
      ? new Refusal(404, 'NoSuchKey')
      : new Refusal(403, 'AccessDenied', 'Access Denied');
  }
  const etag = `"${found.etag}"`;
  const [none, match] = ['if-none-match', 'if-match'].map((name) =>
    headerOf(request.headers, name),
  );
  if (match !== undefined && match !== '*' && match !== etag) throw preconditionFailed();
  if (none === etag || none === '*') return { status: 304, headers: { etag } };
  const headers = {
    etag,
    'last-modified': found.modified.toUTCString(),
    'accept-ranges': 'bytes',
    'content-type': found.contentType ?? 'binary/octet-stream',
  };
  const range = headerOf(request.headers, 'range');
  if (range !== undefined) return { ...ranged(found.body, range, headers) };
  const mode = headerOf(request.headers, 'x-amz-checksum-mode');
  if (mode !== undefined && mode !== 'ENABLED')
    throw notImplemented(`x-amz-checksum-mode: ${mode}`);
  return {
    status: 200,
    headers: { ...headers, ...(mode === undefined ? {} : found.checksums) },
    body: found.body,
  };
}

function ranged(body: Buffer, range: string, headers: Record<string, string>): S3Answer {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if (from === '' && to === '') throw notImplemented(`Range: ${range}`);
  const start = from === '' ? Math.max(0, body.length - Number(to)) : Number(from);
  const end = from === '' || to === '' ? body.length - 1 : Math.min(Number(to), body.length - 1);
  if (start > end) throw new Refusal(416, 'InvalidRange', 'The requested range is not satisfiable');
  return {
    status: 206,
    headers: { ...headers, 'content-range': `bytes ${start}-${end}/${body.length}` },
    body: body.subarray(start, end + 1),
  };
}

export function deleteObject(bucket: Bucket, { key }: S3Request): S3Answer {
  bucket.delete(key);
  return { status: 204 };
}
