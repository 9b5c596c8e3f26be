import { randomUUID } from 'node:crypto';
import { md5 } from './checksums.ts';
import { headerOf, Refusal, type S3Answer, type S3Request } from './exchange.ts';
import { checkWriteCondition, etagOf, type Bucket } from './objects.ts';
import { contents, unescape, xml } from './xml.ts';

interface Part {
  readonly body: Buffer;
  readonly etag: string;
  readonly checksums: Readonly<Record<string, string>>;
}

interface Upload {
  readonly key: string;
  readonly parts: Map<number, Part>;
  /** "CRC32" when the upload was begun with that checksum: then every part must have it. */
  readonly algorithm: string | undefined;
  readonly contentType: string | undefined;
}

/** Uploads of one bucket that have begun and not ended. */
export type Uploads = Map<string, Upload>;

const smallestPart = 5 * 1024 * 1024;
const xmlHeaders = { 'content-type': 'application/xml' };

export function createUpload(uploads: Uploads, request: S3Request): S3Answer {
  const id = randomUUID();
  uploads.set(id, {
    key: request.key,
    parts: new Map(),
    algorithm: headerOf(request.headers, 'x-amz-checksum-algorithm'),
    contentType: headerOf(request.headers, 'content-type'),
  });
  const body = xml('InitiateMultipartUploadResult', [
    ['Bucket', request.bucket],
    ['Key', request.key],
    ['UploadId', id],
  ]);
  return { status: 200, headers: xmlHeaders, body };
}

function uploadOf(uploads: Uploads, { query, key }: S3Request): Upload {
  const upload = uploads.get(query.get('uploadId') ?? '');
  if (upload === undefined || upload.key !== key) {
    throw new Refusal(404, 'NoSuchUpload', 'The specified upload does not exist.');
  }
  return upload;
}

export function uploadPart(uploads: Uploads, request: S3Request): S3Answer {
  const upload = uploadOf(uploads, request);
  const number = Number(request.query.get('partNumber'));
  if (!Number.isInteger(number) || number < 1 || number > 10_000) {
    throw new Refusal(400, 'InvalidArgument', 'Part number must be an integer between 1 and 10000');
  }
  const name = checksumName(upload);
  if (name !== undefined && request.checksums[name] === undefined) {
    throw new Refusal(
      400,
      'InvalidRequest',
      `the upload was begun with ${name}, the part has none`,
    );
  }
  const part = { body: request.body, etag: etagOf(request.body), checksums: request.checksums };
  upload.parts.set(number, part);
  return { status: 200, headers: { etag: `"${part.etag}"`, ...part.checksums } };
}

function checksumName({ algorithm }: Upload): string | undefined {
  return algorithm === undefined ? undefined : `x-amz-checksum-${algorithm.toLowerCase()}`;
}

export function completeUpload(bucket: Bucket, uploads: Uploads, request: S3Request): S3Answer {
  const upload = uploadOf(uploads, request);
  const parts = partsOf(upload, request.body.toString('utf8'));
  checkWriteCondition(bucket, request);
  const body = Buffer.concat(parts.map((part) => part.body));
  const digests = parts.map((part) => Buffer.from(part.etag, 'hex'));
  const etag = `${md5(Buffer.concat(digests)).toString('hex')}-${parts.length}`;
  const { contentType } = upload;
  bucket.set(request.key, { body, etag, modified: new Date(), checksums: {}, contentType });
  uploads.delete(request.query.get('uploadId') ?? '');
  const answer = xml('CompleteMultipartUploadResult', [
    ['Bucket', request.bucket],
    ['Key', request.key],
    ['ETag', `"${etag}"`],
  ]);
  return { status: 200, headers: xmlHeaders, body: answer };
}

function partsOf(upload: Upload, text: string): Part[] {
  const named = contents(text, 'Part');
  if (named.length === 0) throw new Refusal(400, 'MalformedXML');
  const numbers = named.map((part) => Number(contents(part, 'PartNumber')[0]));
  if (numbers.some((number, index) => !(number > (numbers[index - 1] ?? 0)))) {
    throw new Refusal(400, 'InvalidPartOrder');
  }
  const name = checksumName(upload);
  return named.map((part, index) => {
    const found = upload.parts.get(numbers[index]!);
    const etag = unescape(contents(part, 'ETag')[0] ?? '').replaceAll('"', '');
    if (found === undefined || found.etag !== etag) throw new Refusal(400, 'InvalidPart');
    if (index < named.length - 1 && found.body.length < smallestPart)
      throw new Refusal(400, 'EntityTooSmall');
    if (
      name !== undefined &&
      contents(part, `Checksum${upload.algorithm}`)[0] !== found.checksums[name]
    ) {
      throw new Refusal(
        400,
        'InvalidRequest',
        'The complete request must include the checksum for each part',
      );
    }
    return found;
  });
}

export function abortUpload(uploads: Uploads, request: S3Request): S3Answer {
  uploadOf(uploads, request);
  uploads.delete(request.query.get('uploadId') ?? '');
  return { status: 204 };
}
