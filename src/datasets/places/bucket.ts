import { rm } from 'node:fs/promises';
import { posix } from 'node:path';
import { errors } from '../../errors.ts';
import type { ArtifactStore } from '../../repository/stores/artifact-store.ts';
import type { SpoolFolder } from '../bytes/spool-folder.ts';
import {
  separateIgnored,
  type DatasetFile,
  type DatasetSource,
  type LocalCopy,
} from '../source.ts';
import { checkBucketUri } from './allowed-buckets.ts';
import { localCopy } from './local.ts';

/** Datasets in buckets: s3://bucket/key for one object, s3://bucket/prefix/ for all below it. */
export interface Buckets {
  /** One object, or every object below the prefix when there is no such object. */
  open(uri: string): Promise<DatasetSource>;
  /** The object of a URI; whether it is there shows when it is read. */
  file(uri: string): DatasetFile;
  close(): Promise<void>;
}

export interface BucketOptions {
  /** Opens the store of an s3:// URI; training itself speaks to no cloud. */
  openStore(uri: string): ArtifactStore;
  /** URIs under which everything that is read must lie; undefined: anywhere. */
  readonly allowed: readonly string[] | undefined;
  readonly spool: SpoolFolder;
  readonly maxBytes: number;
  readonly maxFiles: number;
  readonly signal?: AbortSignal | undefined;
}

/** Opens the store of each bucket once, when it is first needed. */
export function createBuckets(options: BucketOptions): Buckets {
  const stores = new Map<string, ArtifactStore>();
  const storeOf = (bucket: string): ArtifactStore => {
    const store = stores.get(bucket) ?? options.openStore(`s3://${bucket}`);
    stores.set(bucket, store);
    return store;
  };
  const objectAt = (
    { bucket, key }: ObjectLocation,
    name: string,
    { size, etag }: Pick<NamedObject, 'size' | 'etag'> = { size: 0 },
  ): DatasetFile => new ObjectInStore(storeOf(bucket), { key, name, size, etag }, options);

  return {
    async open(uri) {
      const location = parseObjectUri(uri, options.allowed);
      const { bucket, key } = location;
      if (key !== '' && !key.endsWith('/')) {
        const copy = await download(storeOf(bucket), key, options);
        if (copy !== undefined) {
          const beside = (name: string) => ({ bucket, key: posix.join(posix.dirname(key), name) });
          const file = await localCopy(posix.basename(key), copy);
          return objectSource(uri, file, (name) => objectAt(beside(name), name));
        }
      }
      const prefix = key.replace(/\/$/, '');
      const found = await storeOf(bucket).list(prefix, options.signal);
      if (found.length === 0) throw new errors.GLIMPSE_DATASET_NOT_FOUND(uri);
      if (found.length > options.maxFiles) {
        const what = `${options.maxFiles} files`;
        throw new errors.GLIMPSE_ARCHIVE_TOO_LARGE(what, 'GLIMPSE_MAX_ARCHIVE_ENTRIES');
      }
      const start = prefix === '' ? 0 : prefix.length + 1;
      return prefixSource(
        uri,
        found.map(({ key, ...listed }) => objectAt({ bucket, key }, key.slice(start), listed)),
      );
    },
    file: (uri) => objectAt(parseObjectUri(uri, options.allowed), uri),
    async close() {
      for (const store of stores.values()) await store.close();
    },
  };
}

interface ObjectLocation {
  readonly bucket: string;
  readonly key: string;
}

function parseObjectUri(uri: string, allowed: readonly string[] | undefined): ObjectLocation {
  checkBucketUri(uri, allowed);
  const found = /^s3:\/\/([^/]+)\/(.*)$/i.exec(uri);
  if (found) return { bucket: found[1]!, key: found[2]! };
  throw new errors.GLIMPSE_DATASET_INVALID(
    `"${uri}" is not s3://bucket/key or s3://bucket/prefix/`,
  );
}

/** The object as a file of the spool folder; undefined when there is none. */
async function download(
  store: ArtifactStore,
  key: string,
  { spool, maxBytes, signal }: BucketOptions,
): Promise<string | undefined> {
  const copy = await spool.next();
  return (await store.download(key, copy, { maxBytes, signal })) ? copy : undefined;
}

/** Where an object is, and what its dataset calls it. */
interface NamedObject {
  readonly key: string;
  readonly name: string;
  readonly size: number;
  readonly etag?: string | undefined;
}

class ObjectInStore implements DatasetFile {
  readonly name: string;
  readonly size: number;
  readonly etag: string | undefined;
  readonly #key: string;
  readonly #store: ArtifactStore;
  readonly #options: BucketOptions;

  constructor(
    store: ArtifactStore,
    { key, name, size, etag }: NamedObject,
    options: BucketOptions,
  ) {
    this.name = name;
    this.size = size;
    this.etag = etag;
    this.#key = key;
    this.#store = store;
    this.#options = options;
  }

  async read(maxBytes: number, signal?: AbortSignal): Promise<Uint8Array> {
    const found = await this.#store.read(this.#key, { maxBytes, signal });
    if (typeof found !== 'object') throw this.#missing();
    return found.body;
  }

  async local(): Promise<LocalCopy> {
    const path = await download(this.#store, this.#key, this.#options);
    if (path === undefined) throw this.#missing();
    return { path, name: this.name, release: () => rm(path, { force: true }) };
  }

  #missing(): Error {
    return new errors.GLIMPSE_DATASET_NOT_FOUND(`${this.#store.uri}/${this.#key}`);
  }
}

function objectSource(
  title: string,
  file: DatasetFile,
  beside: (name: string) => DatasetFile,
): DatasetSource {
  return {
    title,
    ...separateIgnored([]),
    files: [file],
    isFolder: false,
    find: async (name) => (name === file.name ? file : beside(name)),
    close: async () => {},
  };
}

function prefixSource(title: string, files: readonly DatasetFile[]): DatasetSource {
  const known = new Map(files.map((file) => [file.name, file]));
  return {
    title,
    ...separateIgnored(files),
    isFolder: true,
    find: async (name) => known.get(name.normalize('NFC')),
    close: async () => {},
  };
}
