import { fileURLToPath } from 'node:url';
import { errors } from '../errors.ts';
import type { ArtifactStore } from './artifact-store.ts';
import { createDiskStore } from './disk-store.ts';
import { createMemoryStore } from './memory-store.ts';

/** The store a URI names: a folder, file:, s3://bucket/prefix, or memory: (which nobody else sees). */
export function openStore(uri: string): ArtifactStore {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(uri)?.[1]?.toLowerCase();
  if (uri === '' || uri.includes('\0')) throw new errors.GLIMPSE_STORE_URI_INVALID(uri);
  if (scheme === undefined) return createDiskStore({ root: uri });
  if (scheme === 'memory') return createMemoryStore();
  if (scheme === 'file') return createDiskStore({ root: folderOf(uri) });
  throw new errors.GLIMPSE_STORE_URI_INVALID(uri);
}

function folderOf(uri: string): string {
  // "file:models" means the folder "models"; the URL standard would make it "/models".
  if (!uri.startsWith('file:/')) return uri.slice('file:'.length);
  try {
    return fileURLToPath(uri);
  } catch {
    throw new errors.GLIMPSE_STORE_URI_INVALID(uri);
  }
}
