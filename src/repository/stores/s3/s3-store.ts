import { randomUUID } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { errors, isGlimpseError } from '../../../errors.ts';
import { defaultMaxReadBytes } from '../artifact-store.ts';
import type {
  ArtifactStore,
  DownloadOptions,
  ReadOptions,
  StoredKey,
  StoredObject,
} from '../artifact-store.ts';
import { sha256 } from '../../digest.ts';
import { connectOnce } from './connect-once.ts';
import type { S3Options } from './s3-client.ts';
import { explain, isMissingKey, statusOf, type Doing } from './s3-errors.ts';
import { fetchObject, type Sink } from './s3-fetch.ts';
import type { S3Location } from './s3-location.ts';
import { writeObject } from './s3-write.ts';
import { checkKey, checkPrefix, isUsableKey } from '../store-key.ts';

export interface S3StoreOptions extends S3Options {
  readonly bucket: string;
  /** Where in the bucket, without slashes around it; empty is the bucket itself. */
  readonly prefix: string;
}

/** Objects in an S3 bucket. The SDK is loaded and credentials are looked for at the first call. */
export function createS3Store(options: S3StoreOptions): ArtifactStore {
  const uri = `s3://${options.bucket}${options.prefix === '' ? '' : `/${options.prefix}`}`;
  const connection = connectOnce(options);

  const callS3 = async <T>(
    [doing, key]: [Doing, string],
    signal: AbortSignal | undefined,
    call: (location: S3Location) => Promise<T>,
  ): Promise<T> => {
    signal?.throwIfAborted();
    try {
      return await connection.call(call);
    } catch (error) {
      if (isGlimpseError(error)) throw error;
      signal?.throwIfAborted();
      throw explain(error, uri, [doing, key], await connection.facts());
    }
  };

  return {
    uri,
    name: uri,
    id: `s3${sha256(`${options.endpoint} ${uri}`).slice(0, 16)}`,
    folders: async (prefix, signal) => {
      const start = checkPrefix(prefix);
      return callS3(['listing', prefix], signal, (location) =>
        listFolders(location, start, signal),
      );
    },
    list: async (prefix, signal) => {
      const start = checkPrefix(prefix);
      return callS3(['listing', prefix], signal, (location) => listKeys(location, start, signal));
    },
    read: async (key, read = {}) =>
      callS3(['reading', checkKey(key)], read.signal, (location) =>
        readObject(location, key, read),
      ),
    download: async (key, file, download) =>
      callS3(['reading', checkKey(key)], download.signal, (location) =>
        downloadObject(location, key, file, download),
      ),
    write: async (key, body, { condition, signal } = {}) =>
      callS3(['writing', checkKey(key)], signal, (location) =>
        writeObject(location, body, { key, condition, signal }),
      ),
    remove: async (key, signal) =>
      callS3(['removing', checkKey(key)], signal, (location) =>
        removeObject(location, key, signal),
      ),
    enforcesConditions: async (signal) =>
      callS3(['writing', probeKey], signal, (location) => probeConditions(location, signal)),
    localFolder: () => undefined,
    clockSkewMs: () => connection.clockSkewMs(),
    close: () => connection.close(),
  };
}

async function* pages(
  location: S3Location,
  prefix: string,
  delimiter: string | undefined,
  signal?: AbortSignal,
): AsyncGenerator<ListObjectsV2CommandOutput> {
  let token: string | undefined;
  do {
    const command = new location.sdk.ListObjectsV2Command({
      Bucket: location.bucket,
      Prefix: prefix,
      ...(delimiter === undefined ? {} : { Delimiter: delimiter }),
      ...(token === undefined ? {} : { ContinuationToken: token }),
    });
    const page = await location.client.send(command, location.sending(signal));
    yield page;
    if (page.IsTruncated === true && page.NextContinuationToken === token) {
      throw new Error('the server repeats the same page of a listing');
    }
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}

async function listKeys(
  location: S3Location,
  start: string,
  signal?: AbortSignal,
): Promise<StoredKey[]> {
  const root = location.keyOf('');
  const keys: StoredKey[] = [];
  for await (const { Contents = [] } of pages(location, `${root}${start}`, undefined, signal)) {
    for (const { Key = '', Size = 0, ETag } of Contents) {
      const etag = ETag?.replaceAll('"', '');
      keys.push({ key: Key.slice(root.length), size: Size, ...(etag && { etag }) });
    }
  }
  // "folder/" objects, as consoles make them, and hidden files are no keys of ours.
  return keys.filter(({ key }) => isUsableKey(key));
}

async function listFolders(location: S3Location, start: string, signal?: AbortSignal) {
  const prefix = `${location.keyOf('')}${start}`;
  const folders: string[] = [];
  for await (const { CommonPrefixes = [] } of pages(location, prefix, '/', signal)) {
    folders.push(...CommonPrefixes.map(({ Prefix = '' }) => Prefix.slice(prefix.length, -1)));
  }
  return folders.filter((folder) => isUsableKey(folder));
}

async function readObject(
  location: S3Location,
  key: string,
  { unlessEtag, maxBytes = defaultMaxReadBytes, signal }: ReadOptions,
): Promise<StoredObject | 'unchanged' | undefined> {
  const chunks: Uint8Array[] = [];
  const sink = {
    append: async (chunk: Uint8Array) => void chunks.push(chunk),
    restart: async () => void chunks.splice(0),
  };
  const tooLarge = (size: number) => new errors.GLIMPSE_OBJECT_TOO_LARGE(key, size, maxBytes);
  const options = { unlessEtag, maxBytes, tooLarge, signal };
  const fetched = await fetchObject(location, key, sink, options);
  return typeof fetched === 'object' ? { body: Buffer.concat(chunks), ...fetched } : fetched;
}

async function downloadObject(
  location: S3Location,
  key: string,
  file: string,
  { maxBytes, signal }: DownloadOptions,
): Promise<boolean> {
  const handle = await open(file, 'wx');
  let isWhole = false;
  try {
    const tooLarge = () => new errors.GLIMPSE_CHECKSUM_MISMATCH(key);
    isWhole =
      (await fetchObject(location, key, intoFile(handle), { maxBytes, tooLarge, signal })) !==
      undefined;
  } finally {
    await handle.close();
    if (!isWhole) await rm(file, { force: true });
  }
  return isWhole;
}

function intoFile(handle: FileHandle): Sink {
  let end = 0;
  return {
    append: async (chunk) => {
      for (let sent = 0; sent < chunk.length;) {
        sent += (await handle.write(chunk, sent, chunk.length - sent, end + sent)).bytesWritten;
      }
      end += chunk.length;
    },
    restart: async () => {
      await handle.truncate(0);
      end = 0;
    },
  };
}

async function removeObject(
  location: S3Location,
  key: string,
  signal?: AbortSignal,
): Promise<void> {
  const where = { Bucket: location.bucket, Key: location.keyOf(key) };
  try {
    await location.client.send(
      new location.sdk.DeleteObjectCommand(where),
      location.sending(signal),
    );
  } catch (error) {
    if (!isMissingKey(error)) throw error;
  }
}

/**
 * An object that stays, so that probes never undo each other and nobody needs the right to delete.
 * "_probe" is no model name, so no reader ever looks there.
 */
const probeKey = '_probe/conditional-writes.json';

async function probeConditions(location: S3Location, signal?: AbortSignal): Promise<boolean> {
  const write = (condition: 'absent' | { etag: string }) => {
    const body = Buffer.from(`${JSON.stringify({ probe: randomUUID() })}\n`);
    return writeObject(location, body, { key: probeKey, condition, signal });
  };
  try {
    await write('absent');
    if ((await write('absent')) !== 'conflict') return false;
    const found = await readObject(location, probeKey, { signal });
    if (typeof found !== 'object') return false;
    const attempts = await Promise.all(
      Array.from({ length: 4 }, () => write({ etag: found.etag })),
    );
    return attempts.filter((result) => result !== 'conflict').length <= 1;
  } catch (error) {
    if (statusOf(error) === 501) return false;
    throw error;
  }
}
