/**
 * Dumb bytes under keys; the repository gives them meaning. What a key may be is `store-key.ts`'s to
 * say (else GLIMPSE_STORE_KEY_INVALID); a prefix is "" for the root or a folder's key.
 * A reader never sees half an object: an object is absent, or whole, or whole in its newer form.
 * Every call rejects with GLIMPSE_STORE_UNAVAILABLE when the store does not answer in time, and with
 * the signal's reason when it is aborted.
 */
export interface ArtifactStore {
  /** Where it is, for people: a folder or s3://bucket/prefix. Holds no secret. */
  readonly uri: string;
  /** Its name in errors and for clients: no path of this machine, and no secret. */
  readonly name: string;
  /** A short name made of letters and digits, another for every other store: names the cache folder. */
  readonly id: string;
  /** Names of the folders directly under a prefix, in no promised order. */
  folders(prefix: string, signal?: AbortSignal): Promise<string[]>;
  /** Every key under a prefix, at any depth, with its size in bytes. */
  list(prefix: string, signal?: AbortSignal): Promise<StoredKey[]>;
  /** The whole object, `undefined` when there is none, 'unchanged' when `unlessEtag` still names it. */
  read(key: string, options?: ReadOptions): Promise<StoredObject | 'unchanged' | undefined>;
  /** The object as a stream into a new local file; false when there is none. Resumes a cut body. */
  download(key: string, file: string, options: DownloadOptions): Promise<boolean>;
  /**
   * Writes the whole object, or reports 'conflict' and writes nothing when the condition fails. An
   * answer that was lost and asked for again may say 'conflict' for our own write: whoever cares
   * reads the object and looks whose it is. A key is written either always with conditions or never.
   */
  write(key: string, body: Uint8Array | LocalFile, options?: WriteOptions): Promise<WriteResult>;
  /** Removes one object; no error when there is none. */
  remove(key: string, signal?: AbortSignal): Promise<void>;
  /** Whether two racing conditional writes really have one winner here, tried with a probe key. */
  enforcesConditions(signal?: AbortSignal): Promise<boolean>;
  /** The folder of this machine whose files are the objects under a prefix, if there is such a one. */
  localFolder(prefix: string): string | undefined;
  /** How far the store's clock is ahead of ours, by the Date of its last response; undefined without one. */
  clockSkewMs(): number | undefined;
  close(): Promise<void>;
}

export interface StoredKey {
  readonly key: string;
  readonly size: number;
  /** As reading the object tells it; undefined where a listing does not know it. */
  readonly etag?: string;
}

export interface StoredObject {
  readonly body: Uint8Array;
  /** Opaque, without quotes; the same as long as the object is the same. */
  readonly etag: string;
}

export interface LocalFile {
  readonly file: string;
}

export interface ReadOptions {
  /** Return 'unchanged' when the object still has this etag. */
  readonly unlessEtag?: string | undefined;
  /** More bytes than this reject with GLIMPSE_OBJECT_TOO_LARGE; 64 MiB by default. */
  readonly maxBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface DownloadOptions {
  /** More bytes than this reject with GLIMPSE_CHECKSUM_MISMATCH before the disk fills. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

export interface WriteOptions {
  /** 'absent': only if no object is there. { etag }: only if it still has this etag. */
  readonly condition?: WriteCondition | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type WriteCondition = 'absent' | { readonly etag: string };

export type WriteResult = { readonly etag: string } | 'conflict';

/** The default limit of `read`, which is for small objects. */
export const defaultMaxReadBytes = 64 * 1024 * 1024;
