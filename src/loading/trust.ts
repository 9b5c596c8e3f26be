import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '../json.ts';
import { sha256, sha256OfFile } from '../repository/digest.ts';
import type { Manifest } from '../repository/manifest.ts';
import type { VersionDraft } from '../repository/repository.ts';
import {
  makeFolder,
  renameReplacing,
  writeTemporary,
} from '../repository/stores/disk/atomic-file.ts';
import { shippedModels } from './shipped-models.ts';

/** What a runtime is given to run, by content: all that decides what it will do. */
export interface RunnableContent extends Pick<Manifest, 'runtime' | 'entry'> {
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
}

/** Which versions may run in this process, and which get a cell. */
export interface Trust {
  isTrusted(version: RunnableContent & Pick<Manifest, 'model'>): Promise<boolean>;
  /** Remembers what this server has trained. Called before it is published, so that no server is faster. */
  remember(content: RunnableContent): Promise<void>;
}

export interface TrustOptions {
  /** A folder of this server's own, with a file for each content it has trained. */
  readonly folder: string;
  /** Whether an operator has marked a model as trusted. */
  readonly isMarked: (model: string) => boolean;
}

/**
 * A version is trusted when an operator marked its model, or by its content: when it is the model shipped with
 * the program, or when a training of this server made it. What a manifest says of itself counts for nothing, for
 * whoever writes to the repository can write it. One file for each content, so that processes that train at the
 * same time cannot overwrite each other's.
 */
export function createTrust({ folder, isMarked }: TrustOptions): Trust {
  const fileOf = (digest: string): string => join(folder, digest);
  return {
    async isTrusted(version) {
      if (isMarked(version.model)) return true;
      const digest = contentDigest(version);
      return shippedModels.includes(digest) || (await exists(fileOf(digest)));
    },
    async remember(content) {
      await makeFolder(folder);
      const note = await writeTemporary(folder, new Uint8Array());
      await renameReplacing(note, fileOf(contentDigest(content)));
    },
  };
}

/** What of a draft will run. */
export async function contentOf({ runtime, entry, files }: VersionDraft): Promise<RunnableContent> {
  const digests = [...files].map(async ([path, body]) => ({
    path,
    sha256: body instanceof Uint8Array ? sha256(body) : await sha256OfFile(body.file),
  }));
  return { runtime, entry, files: await Promise.all(digests) };
}

/** One digest for the runtime, the entry and the bytes of every file. */
export function contentDigest({ runtime, entry, files }: RunnableContent): string {
  const named = files
    .map(({ path, sha256 }) => [path, sha256])
    .sort(([a], [b]) => (a! < b! ? -1 : 1));
  return sha256(canonicalJson({ runtime, entry, files: named }));
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}
