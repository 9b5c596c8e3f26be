import { notImplemented, Refusal, type S3Answer, type S3Request } from './exchange.ts';
import { deleteObjects, listObjects } from './listing.ts';
import {
  abortUpload,
  completeUpload,
  createUpload,
  uploadPart,
  type Uploads,
} from './multipart.ts';
import { deleteObject, getObject, putObject, type Bucket } from './objects.ts';

/** What the server knows and what its caller may do. */
export interface Account {
  readonly buckets: Map<string, Bucket>;
  readonly uploads: Map<string, Uploads>;
  /** Most names in one page of a listing; S3 may always give fewer than were asked for. */
  pageSize: number;
  /** What other servers do with conditional writes, to see whether a client finds out. */
  conditions: 'enforced' | 'ignored' | 'unknown';
  mayList: boolean;
  mayWrite: boolean;
  mayDelete: boolean;
}

interface Operation {
  readonly name: string;
  readonly method: string;
  readonly on: 'bucket' | 'object';
  /** Query parameters by which it is recognised. */
  readonly marks: readonly string[];
  readonly query: readonly string[];
  readonly headers: readonly string[];
  readonly needs?: 'mayList' | 'mayWrite' | 'mayDelete';
  act(account: Account, bucket: Bucket, uploads: Uploads, request: S3Request): S3Answer;
}

const conditions = ['if-match', 'if-none-match'];
const checksums = [
  'content-md5',
  'x-amz-sdk-checksum-algorithm',
  'x-amz-trailer',
  'x-amz-checksum-crc32',
  'x-amz-checksum-crc32c',
  'x-amz-checksum-sha1',
  'x-amz-checksum-sha256',
];
const uploading = [
  ...checksums,
  'content-type',
  'content-encoding',
  'x-amz-decoded-content-length',
  'transfer-encoding',
  'expect',
];

// Those with more marks come first: the first that fits is the one.
// prettier-ignore
const operations: readonly Operation[] = [
  { name: 'UploadPart', method: 'PUT', on: 'object', marks: ['partNumber', 'uploadId'], query: [], headers: uploading, needs: 'mayWrite', act: (_, _bucket, uploads, request) => uploadPart(uploads, request) },
  { name: 'CreateMultipartUpload', method: 'POST', on: 'object', marks: ['uploads'], query: [], headers: ['content-type', 'x-amz-checksum-algorithm'], needs: 'mayWrite', act: (_, _bucket, uploads, request) => createUpload(uploads, request) },
  { name: 'CompleteMultipartUpload', method: 'POST', on: 'object', marks: ['uploadId'], query: [], headers: ['content-type', ...conditions], needs: 'mayWrite', act: (_, bucket, uploads, request) => completeUpload(bucket, uploads, request) },
  { name: 'AbortMultipartUpload', method: 'DELETE', on: 'object', marks: ['uploadId'], query: [], headers: [], needs: 'mayWrite', act: (_, _bucket, uploads, request) => abortUpload(uploads, request) },
  { name: 'DeleteObjects', method: 'POST', on: 'bucket', marks: ['delete'], query: [], headers: [...checksums, 'content-type'], needs: 'mayDelete', act: (_, bucket, _uploads, request) => deleteObjects(bucket, request) },
  { name: 'ListObjectsV2', method: 'GET', on: 'bucket', marks: ['list-type'], query: ['prefix', 'delimiter', 'max-keys', 'continuation-token', 'start-after', 'encoding-type'], headers: [], needs: 'mayList', act: (account, bucket, _uploads, request) => listObjects(bucket, request, account.pageSize) },
  { name: 'HeadBucket', method: 'HEAD', on: 'bucket', marks: [], query: [], headers: [], needs: 'mayList', act: () => ({ status: 200 }) },
  { name: 'PutObject', method: 'PUT', on: 'object', marks: [], query: [], headers: [...uploading, ...conditions], needs: 'mayWrite', act: (_, bucket, _uploads, request) => putObject(bucket, request) },
  { name: 'GetObject', method: 'GET', on: 'object', marks: [], query: [], headers: [...conditions, 'range', 'x-amz-checksum-mode'], act: (account, bucket, _uploads, request) => getObject(bucket, request, account.mayList) },
  { name: 'HeadObject', method: 'HEAD', on: 'object', marks: [], query: [], headers: [...conditions, 'range', 'x-amz-checksum-mode'], act: (account, bucket, _uploads, request) => getObject(bucket, request, account.mayList) },
  { name: 'DeleteObject', method: 'DELETE', on: 'object', marks: [], query: [], headers: [], needs: 'mayDelete', act: (_, bucket, _uploads, request) => deleteObject(bucket, request) },
];

/** Sent by every client with every call, and verified elsewhere or of no meaning to the answer. */
const everywhere = [
  'host',
  'connection',
  'keep-alive',
  'content-length',
  'user-agent',
  'accept',
  'accept-encoding',
  'authorization',
  'date',
  'x-amz-date',
  'x-amz-content-sha256',
  'x-amz-security-token',
  'x-amz-user-agent',
  'amz-sdk-invocation-id',
  'amz-sdk-request',
];

export function recognise(
  request: Pick<S3Request, 'method' | 'key' | 'query' | 'headers'>,
): Operation {
  const on = request.key === '' ? 'bucket' : 'object';
  const operation = operations.find(
    ({ method, on: place, marks }) =>
      method === request.method && place === on && marks.every((mark) => request.query.has(mark)),
  );
  if (operation === undefined) throw notImplemented(`${request.method} on this ${on}`);
  const { name, marks, query, headers } = operation;
  const known = new Set([...marks, ...query, 'x-id']);
  const strange = [...request.query.keys()].find((parameter) => !known.has(parameter));
  if (strange !== undefined) throw notImplemented(`the query parameter ${strange} of ${name}`);
  if (request.query.has('x-id') && request.query.get('x-id') !== name)
    throw notImplemented(`x-id of ${name}`);
  const taken = new Set([...everywhere, ...headers]);
  const odd = Object.keys(request.headers).find((header) => !taken.has(header));
  if (odd !== undefined) throw notImplemented(`the header ${odd} of ${name}`);
  return operation;
}

export function perform(account: Account, operation: Operation, request: S3Request): S3Answer {
  const bucket = account.buckets.get(request.bucket);
  const uploads = account.uploads.get(request.bucket);
  if (bucket === undefined || uploads === undefined) {
    throw new Refusal(404, 'NoSuchBucket', 'The specified bucket does not exist');
  }
  if (Buffer.byteLength(request.key) > 1024) throw new Refusal(400, 'KeyTooLongError');
  if (operation.needs !== undefined && !account[operation.needs]) {
    throw new Refusal(403, 'AccessDenied', 'Access Denied');
  }
  return operation.act(account, bucket, uploads, withConditions(account, request));
}

function withConditions({ conditions }: Account, request: S3Request): S3Request {
  const { 'if-match': match, 'if-none-match': none, ...headers } = request.headers;
  const isWrite = request.method === 'PUT' || request.method === 'POST';
  if (!isWrite || conditions === 'enforced' || (match ?? none) === undefined) return request;
  if (conditions === 'unknown') throw notImplemented('a condition on a write');
  return { ...request, headers };
}
