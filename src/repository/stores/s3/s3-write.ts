import { randomInt } from 'node:crypto';
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { mapConcurrently } from '../../../concurrency.ts';
import type { LocalFile, WriteCondition, WriteResult } from '../artifact-store.ts';
import { isMissingKey, nameOf, statusOf } from './s3-errors.ts';
import type { S3Location } from './s3-location.ts';

/** Larger objects go up in parts, so that a broken connection costs one part and memory stays small. */
const largestSinglePut = 16 * 1024 * 1024;
const smallestPart = 8 * 1024 * 1024;
const maxParts = 10_000;
const partsAtOnce = 4;

export interface WriteRequest {
  readonly key: string;
  readonly condition: WriteCondition | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Bytes that can be read again and again: a stream could not be sent a second time after a 503. */
interface Source {
  readonly size: number;
  slice(start: number, end: number): Promise<Uint8Array>;
}

/** Writes an object, in one call or in parts; 'conflict' when its condition does not hold. */
export async function writeObject(
  location: S3Location,
  body: Uint8Array | LocalFile,
  request: WriteRequest,
): Promise<WriteResult> {
  if (body instanceof Uint8Array) {
    const slice = async (start: number, end: number) => body.subarray(start, end);
    return writeFrom(location, { size: body.length, slice }, request);
  }
  const handle = await open(body.file, 'r');
  try {
    const { size } = await handle.stat();
    const slice = async (start: number, end: number) => {
      const bytes = Buffer.alloc(end - start);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
      if (bytesRead !== bytes.length)
        throw new Error(`${body.file} became shorter while it was read`);
      return bytes;
    };
    return await writeFrom(location, { size, slice }, request);
  } finally {
    await handle.close();
  }
}

/** Repeats what S3 asks to repeat: 409 when two conditional writes met, or an upload it forgot. */
async function writeFrom(
  location: S3Location,
  source: Source,
  request: WriteRequest,
): Promise<WriteResult> {
  const write = source.size > largestSinglePut ? putInParts : putAtOnce;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return { etag: (await write(location, source, request)).replaceAll('"', '') };
    } catch (error) {
      if (request.condition !== undefined && isRefusal(error)) return 'conflict';
      const isRepeatable = statusOf(error) === 409 || nameOf(error) === 'NoSuchUpload';
      if (!isRepeatable || attempt >= location.maxAttempts * 2) throw error;
      await sleep(randomInt(5, 50 * attempt), undefined, { signal: request.signal });
    }
  }
}

/** 412: the condition does not hold. 404: the object that should have an etag is not there at all. */
function isRefusal(error: unknown): boolean {
  return statusOf(error) === 412 || (isMissingKey(error) && nameOf(error) !== 'NoSuchUpload');
}

function headers(condition: WriteCondition | undefined): {
  IfNoneMatch?: string;
  IfMatch?: string;
} {
  if (condition === undefined) return {};
  return condition === 'absent' ? { IfNoneMatch: '*' } : { IfMatch: `"${condition.etag}"` };
}

async function putAtOnce(
  location: S3Location,
  source: Source,
  request: WriteRequest,
): Promise<string> {
  const command = new location.sdk.PutObjectCommand({
    Bucket: location.bucket,
    Key: location.keyOf(request.key),
    Body: await source.slice(0, source.size),
    ...headers(request.condition),
  });
  const { ETag } = await location.client.send(
    command,
    location.sending(request.signal, source.size),
  );
  return ETag ?? '';
}

async function putInParts(
  location: S3Location,
  source: Source,
  request: WriteRequest,
): Promise<string> {
  const where = { Bucket: location.bucket, Key: location.keyOf(request.key) };
  const begin = new location.sdk.CreateMultipartUploadCommand({
    ...where,
    ...(location.hasChecksums ? { ChecksumAlgorithm: 'CRC32' } : {}),
  });
  const { UploadId } = await location.client.send(begin, location.sending(request.signal));
  const upload = { ...where, UploadId };
  try {
    const parts = await putParts(location, source, upload, request.signal);
    const complete = new location.sdk.CompleteMultipartUploadCommand({
      ...upload,
      MultipartUpload: { Parts: parts },
      ...headers(request.condition),
    });
    const { ETag } = await location.client.send(
      complete,
      location.sending(request.signal, source.size),
    );
    return ETag ?? '';
  } catch (error) {
    // Parts of an upload nobody completes are paid for; that failing too must not hide the reason.
    const abort = new location.sdk.AbortMultipartUploadCommand(upload);
    await location.client.send(abort, location.sending(undefined)).catch(() => {});
    throw error;
  }
}

interface Upload {
  readonly Bucket: string;
  readonly Key: string;
  readonly UploadId: string | undefined;
}

interface Part {
  readonly PartNumber: number;
  readonly ETag: string | undefined;
  readonly ChecksumCRC32: string | undefined;
}

/** A few parts at a time; the first failure ends the others. */
async function putParts(
  location: S3Location,
  source: Source,
  upload: Upload,
  signal: AbortSignal | undefined,
): Promise<Part[]> {
  const partSize = Math.max(smallestPart, Math.ceil(source.size / maxParts));
  const count = Math.ceil(source.size / partSize);
  const starts = Array.from({ length: count }, (_, index) => index * partSize);
  const putPart = async (start: number, stop: AbortSignal): Promise<Part> => {
    const body = await source.slice(start, Math.min(source.size, start + partSize));
    const PartNumber = start / partSize + 1;
    const command = new location.sdk.UploadPartCommand({ ...upload, PartNumber, Body: body });
    const sending = location.sending(stop, body.length);
    const { ETag, ChecksumCRC32 } = await location.client.send(command, sending);
    return { PartNumber, ETag, ChecksumCRC32 };
  };
  return mapConcurrently(starts, partsAtOnce, putPart, signal);
}
