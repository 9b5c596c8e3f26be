import { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { asError } from '../../../errors.ts';
import { isMissingKey, statusOf } from './s3-errors.ts';
import type { S3Location } from './s3-location.ts';

/** Where the bytes of an object go, in order. */
export interface Sink {
  append(chunk: Uint8Array): Promise<void>;
  /** Forget everything: the object changed under our hands, or its bytes were corrupted on the way. */
  restart(): Promise<void>;
}

export interface FetchOptions {
  readonly unlessEtag?: string | undefined;
  readonly maxBytes: number;
  /** What to throw when there are more than `maxBytes`. */
  readonly tooLarge: (size: number) => Error;
  readonly signal?: AbortSignal | undefined;
}

/** How often in all a body may be cut off before we give up, however far it got each time. */
const maxResumes = 16;

/** Where we are: how much has arrived of the object with this etag, and how much there is. */
interface Progress {
  offset: number;
  etag: string;
  total: number | undefined;
}

/**
 * Reads an object into a sink; its etag, or 'unchanged', or undefined when there is none. The SDK
 * repeats calls that get no response, but leaves a body that breaks off to us: it is resumed where it
 * broke, provided the object is still the same.
 */
export async function fetchObject(
  location: S3Location,
  key: string,
  sink: Sink,
  options: FetchOptions,
): Promise<{ etag: string } | 'unchanged' | undefined> {
  const progress: Progress = { offset: 0, etag: '', total: undefined };
  let attemptsLeft = location.maxAttempts;
  for (let resumes = 0; ; resumes += 1) {
    const response = await requestObject(location, key, progress, options);
    if (response === 'missing') return undefined;
    if (response === 'unchanged') return response;
    if (response === 'changed') await restart(progress, sink);
    else {
      const before = progress.offset;
      const failure = await receive(response, progress, sink, options);
      if (failure === undefined) return { etag: progress.etag };
      // The SDK may have sent the request several times: those count as attempts, too.
      const spent = response.$metadata.attempts ?? 1;
      attemptsLeft = progress.offset > before ? location.maxAttempts : attemptsLeft - spent;
      if (attemptsLeft <= 0 || resumes >= maxResumes) throw failure;
      if (isChecksumMismatch(failure)) await restart(progress, sink);
    }
    if (resumes >= maxResumes) throw new Error('the object kept changing while it was read');
  }
}

async function restart(progress: Progress, sink: Sink): Promise<void> {
  Object.assign(progress, { offset: 0, etag: '', total: undefined });
  await sink.restart();
}

/** The SDK compares the checksum S3 sends along, at the end of the body. */
const isChecksumMismatch = (error: Error): boolean => error.message.startsWith('Checksum mismatch');

type FetchOutcome = GetObjectCommandOutput | 'missing' | 'unchanged' | 'changed';

async function requestObject(
  location: S3Location,
  key: string,
  { offset, etag }: Progress,
  { unlessEtag, signal }: FetchOptions,
): Promise<FetchOutcome> {
  const command = new location.sdk.GetObjectCommand({
    Bucket: location.bucket,
    Key: location.keyOf(key),
    ...(offset > 0 ? { Range: `bytes=${offset}-`, IfMatch: `"${etag}"` } : {}),
    ...(offset === 0 && unlessEtag !== undefined ? { IfNoneMatch: `"${unlessEtag}"` } : {}),
  });
  try {
    return await location.client.send(command, location.sending(signal));
  } catch (error) {
    if (isMissingKey(error)) return 'missing';
    if (statusOf(error) === 304) return 'unchanged';
    if (offset > 0 && (statusOf(error) === 412 || statusOf(error) === 416)) return 'changed';
    // Some servers answer a conditional GET of a missing key with 412 instead of 404.
    if (offset === 0 && statusOf(error) === 412) return 'missing';
    throw error;
  }
}

/** Why the body broke off, or undefined when all of it arrived. Failures of the sink are thrown. */
async function receive(
  response: GetObjectCommandOutput,
  progress: Progress,
  sink: Sink,
  { maxBytes, tooLarge, signal }: FetchOptions,
): Promise<Error | undefined> {
  const body = response.Body;
  if (!(body instanceof Readable)) throw new Error('the SDK gave no stream: this is our bug');
  try {
    updateProgress(response, progress);
    if ((progress.total ?? 0) > maxBytes) throw tooLarge(progress.total ?? 0);
    const chunks = body.iterator()[Symbol.asyncIterator]();
    for (;;) {
      const next = await chunks.next().catch(asError);
      signal?.throwIfAborted();
      // A connection that breaks behind the last byte breaks nothing.
      if (next instanceof Error && (progress.offset !== progress.total || isChecksumMismatch(next)))
        return next;
      if (next instanceof Error) break;
      if (next.done) break;
      const chunk: unknown = next.value;
      if (!(chunk instanceof Uint8Array)) throw new Error('a body of text: this is our bug');
      progress.offset += chunk.length;
      if (progress.offset > maxBytes) throw tooLarge(progress.offset);
      await sink.append(chunk);
    }
  } finally {
    body.destroy();
  }
  if (progress.total === undefined || progress.offset === progress.total) return undefined;
  return new Error(`the body ended after ${progress.offset} of ${progress.total} bytes`);
}

/** Reads size and etag from the headers of a response, and checks that a resumed body begins where it should. */
function updateProgress(response: GetObjectCommandOutput, progress: Progress): void {
  progress.etag = (response.ETag ?? '').replaceAll('"', '');
  if (progress.offset === 0) {
    progress.total = response.ContentLength;
    return;
  }
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(response.ContentRange ?? '');
  if (range === null || Number(range[1]) !== progress.offset) {
    throw new Error('the server did not continue where the body broke off');
  }
}
