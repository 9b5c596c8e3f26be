import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { canonicalJson } from '../json.ts';
import { jsonBytes } from './json-bytes.ts';
import type { ArtifactStore } from './stores/artifact-store.ts';

/** The value of a JSON file, and the etag of exactly that state; without one the file is not there yet. */
export interface StoredValue<Value> {
  readonly value: Value;
  readonly etag: string | undefined;
}

export interface Change<Value> {
  readonly key: string;
  /** Reads the file at `key`. */
  readonly read: () => Promise<StoredValue<Value>>;
  /** The next value; called again when another writer was faster. */
  readonly change: (value: Value) => Value;
  /** Throws for bytes that the readers of the file would refuse: they are never written. */
  readonly accept: (bytes: Uint8Array) => unknown;
  /** Only on top of exactly this state; 'none': only where there is nothing yet. */
  readonly ifMatch?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly maxAttempts?: number;
}

/** The pauses between them grow to a second: half a minute of losing every race. */
const usualAttempts = 40;

/**
 * Changes a JSON file that others may change at the same time, by compare-and-set: what somebody else wrote in
 * between is never lost. Undefined when the file is not as `ifMatch` says, or when the race was lost for good.
 */
export async function compareAndSet<Value>(
  store: ArtifactStore,
  { key, read, change, accept, ifMatch, signal, maxAttempts = usualAttempts }: Change<Value>,
): Promise<StoredValue<Value> | undefined> {
  let ours: string | undefined;
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const now = await read();
    const present = canonicalJson(now.value);
    // The write may have been done and only its response lost: then the store holds the wanted value.
    if (present === ours) return now;
    if (ifMatch !== undefined && (now.etag ?? 'none') !== ifMatch) return undefined;
    const value = change(now.value);
    ours = canonicalJson(value);
    if (present === ours && now.etag !== undefined) return now;
    const bytes = jsonBytes(value);
    accept(bytes);
    const condition = now.etag === undefined ? 'absent' : { etag: now.etag };
    const written = await store.write(key, bytes, { condition, signal });
    if (written !== 'conflict') return { value, etag: written.etag };
    await sleep(randomInt(1, Math.min(1_000, 10 * 2 ** attempt)), undefined, { signal });
  }
  return undefined;
}
