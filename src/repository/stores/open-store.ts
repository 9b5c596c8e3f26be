import { fileURLToPath } from 'node:url';
import { errors } from '../../errors.ts';
import type { ArtifactStore } from './artifact-store.ts';
import { createDiskStore } from './disk/disk-store.ts';
import { createMemoryStore } from './memory-store.ts';
import type { S3Options } from './s3/s3-client.ts';
import { createS3Store } from './s3/s3-store.ts';
import { isUsableKey } from './store-key.ts';

/** The store a URI names: a folder, file:, s3://bucket/prefix, or memory: (which nobody else sees). */
export function openStore(uri: string, s3: S3Options): ArtifactStore {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(uri)?.[1]?.toLowerCase();
  if (uri === '' || uri.includes('\0')) throw new errors.GLIMPSE_STORE_URI_INVALID(uri);
  if (scheme === undefined) return createDiskStore({ root: uri });
  if (scheme === 'memory') return createMemoryStore();
  if (scheme === 'file') return createDiskStore({ root: folderOf(uri) });
  if (scheme === 's3') return createS3Store({ ...s3, ...locationOf(uri) });
  throw new errors.GLIMPSE_STORE_URI_INVALID(uri);
}

/** "s3://bucket/some/prefix/" -> bucket and "some/prefix". */
export function locationOf(uri: string): { bucket: string; prefix: string } {
  const [, bucket = '', rest = ''] =
    /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(\/.*)?$/.exec(uri) ?? [];
  const prefix = rest.replace(/^\//, '').replace(/\/$/, '');
  if (bucket === '' || (prefix !== '' && !isUsableKey(prefix))) {
    throw new errors.GLIMPSE_STORE_URI_INVALID(uri);
  }
  return { bucket, prefix };
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
