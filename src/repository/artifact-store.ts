/**
 * Dumb bytes under keys; the repository gives them meaning. Keys are relative paths with "/" between
 * parts, never "..", "." or empty parts, never a leading "/" (else GLIMPSE_STORE_KEY_INVALID).
 * A reader never sees half an object: an object is absent, or whole, or whole in its newer form.
 * Every call rejects with GLIMPSE_STORE_UNAVAILABLE when the store does not answer in time.
 */
export interface ArtifactStore {
  /** Where it is, for people: a folder or s3://bucket/prefix. Holds no secret. */
  readonly uri: string;
  /** Names of the folders directly under a prefix ("" is the root), in no promised order. */
  folders(prefix: string, signal?: AbortSignal): Promise<string[]>;
  /** Every key under a prefix, at any depth, with its size in bytes. */
  list(prefix: string, signal?: AbortSignal): Promise<StoredKey[]>;
  /** The whole object, `undefined` when there is none, 'unchanged' when `etag` still names it. */
  read(key: string, options?: ReadOptions): Promise<StoredObject | 'unchanged' | undefined>;
  /** The object as a stream into a new local file; false when there is none. Resumes a cut body. */
  download(key: string, file: string, options: DownloadOptions): Promise<boolean>;
  /** Writes the whole object, or reports 'conflict' and writes nothing when the condition fails. */
  write(key: string, body: Uint8Array | LocalFile, options?: WriteOptions): Promise<WriteResult>;
  /** Removes one object; no error when there is none. */
  remove(key: string, signal?: AbortSignal): Promise<void>;
  /** Whether two racing conditional writes really have one winner here, tried with a probe key. */
  enforcesConditions(signal?: AbortSignal): Promise<boolean>;
  close(): Promise<void>;
}

export interface StoredKey {
  readonly key: string;
  readonly size: number;
}

export interface StoredObject {
  readonly body: Uint8Array;
  readonly etag: string;
}

export interface LocalFile {
  readonly file: string;
}

export interface ReadOptions {
  /** Answer 'unchanged' when the object still has this etag. */
  readonly unlessEtag?: string;
  readonly signal?: AbortSignal;
}

export interface DownloadOptions {
  /** More bytes than this reject with GLIMPSE_CHECKSUM_MISMATCH before the disk fills. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

export interface WriteOptions {
  /** 'absent': only if no object is there. { etag }: only if it still has this etag. */
  readonly condition?: 'absent' | { readonly etag: string };
  readonly signal?: AbortSignal;
}

export type WriteResult = { readonly etag: string } | 'conflict';
