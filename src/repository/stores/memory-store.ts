import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { errors } from '../../errors.ts';
import { defaultMaxReadBytes } from './artifact-store.ts';
import type { ArtifactStore, StoredObject, WriteCondition } from './artifact-store.ts';
import { sha256 } from '../digest.ts';
import { checkKey, checkPrefix } from './store-key.ts';

/** A store that lives and dies with its process: the smallest true implementation, for tests. */
export function createMemoryStore(): ArtifactStore {
  const objects = new Map<string, StoredObject>();
  const id = `memory${randomUUID().replaceAll('-', '').slice(0, 16)}`;

  return {
    uri: 'memory:',
    name: 'memory:',
    id,
    folders: async (prefix, signal) => {
      signal?.throwIfAborted();
      return foldersUnder(checkPrefix(prefix), [...objects.keys()]);
    },
    list: async (prefix, signal) => {
      signal?.throwIfAborted();
      const start = checkPrefix(prefix);
      return [...objects]
        .filter(([key]) => key.startsWith(start))
        .map(([key, { body, etag }]) => ({ key, size: body.length, etag }));
    },
    read: async (key, { unlessEtag, maxBytes = defaultMaxReadBytes, signal } = {}) => {
      signal?.throwIfAborted();
      const found = objects.get(checkKey(key));
      if (found === undefined) return undefined;
      if (found.etag === unlessEtag) return 'unchanged';
      if (found.body.length > maxBytes) {
        throw new errors.GLIMPSE_OBJECT_TOO_LARGE(key, found.body.length, maxBytes);
      }
      return { body: Uint8Array.from(found.body), etag: found.etag };
    },
    download: async (key, file, { maxBytes, signal }) => {
      signal?.throwIfAborted();
      const found = objects.get(checkKey(key));
      if (found === undefined) return false;
      if (found.body.length > maxBytes) throw new errors.GLIMPSE_CHECKSUM_MISMATCH(key);
      await writeFile(file, found.body, { flag: 'wx' });
      return true;
    },
    write: async (key, body, { condition, signal } = {}) => {
      checkKey(key);
      const bytes = body instanceof Uint8Array ? Uint8Array.from(body) : await readFile(body.file);
      // From here to the end nothing waits, so a condition and its write cannot be torn apart.
      signal?.throwIfAborted();
      if (!holds(condition, objects.get(key)?.etag)) return 'conflict';
      const written = { body: bytes, etag: sha256(bytes) };
      objects.set(key, written);
      return { etag: written.etag };
    },
    remove: async (key, signal) => {
      signal?.throwIfAborted();
      objects.delete(checkKey(key));
    },
    enforcesConditions: async () => true,
    localFolder: () => undefined,
    clockSkewMs: () => undefined,
    close: async () => objects.clear(),
  };
}

function foldersUnder(start: string, keys: readonly string[]): string[] {
  const paths = keys.filter((key) => key.startsWith(start)).map((key) => key.slice(start.length));
  const names = paths.filter((path) => path.includes('/')).map((path) => path.split('/')[0]!);
  return [...new Set(names)];
}

function holds(condition: WriteCondition | undefined, etag: string | undefined): boolean {
  if (condition === undefined) return true;
  return condition === 'absent' ? etag === undefined : etag === condition.etag;
}
