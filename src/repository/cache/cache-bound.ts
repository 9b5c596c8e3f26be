import { randomUUID } from 'node:crypto';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isModelName, versionNumbers } from '../names.ts';

/** How large the folder of downloaded versions may become. */
export interface CacheBound {
  readonly maxBytes: number;
  /** Versions, as "model/version", that stay whatever they take: a start without the repository needs them. */
  readonly wanted: () => Promise<ReadonlySet<string>>;
}

/** One that was opened since may be about to be loaded. */
const inUseMs = 5 * 60_000;

interface CachedVersion {
  readonly name: string;
  readonly folder: string;
  readonly bytes: number;
  readonly openedAt: number;
}

/**
 * Removes downloaded versions, those first that were not opened for the longest time, until the others are within the
 * bound. A process that has one open keeps its files until it closes them; whoever needs it again downloads it again.
 */
export async function keepWithin(
  root: string,
  { maxBytes, wanted }: CacheBound,
  now = Date.now(),
): Promise<void> {
  const versions = await cachedVersions(root);
  let bytes = versions.reduce((sum, version) => sum + version.bytes, 0);
  if (bytes <= maxBytes) return;
  const kept = await wanted();
  for (const version of versions.sort((a, b) => a.openedAt - b.openedAt)) {
    if (bytes <= maxBytes) return;
    if (kept.has(version.name) || now - version.openedAt < inUseMs) continue;
    await remove(root, version.folder);
    bytes -= version.bytes;
  }
}

async function cachedVersions(root: string): Promise<CachedVersion[]> {
  const found: CachedVersion[] = [];
  for (const model of (await namesIn(root)).filter(isModelName)) {
    for (const version of versionNumbers(await namesIn(join(root, model)))) {
      const folder = join(root, model, String(version));
      const own = await stat(folder).catch(() => undefined);
      if (!own?.isDirectory()) continue;
      const bytes = await bytesIn(folder);
      found.push({ name: `${model}/${version}`, folder, bytes, openedAt: own.mtimeMs });
    }
  }
  return found;
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

/** What is removed by another process meanwhile takes no place any more. */
async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = entries.map(async (path) => {
    const found = await stat(join(folder, path)).catch(() => undefined);
    return found?.isFile() ? found.size : 0;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** A version is there whole or not at all, also while it is removed. */
async function remove(root: string, folder: string): Promise<void> {
  const aside = join(root, `.${randomUUID()}.tmp.old`);
  await rename(folder, aside);
  await rm(aside, { recursive: true, force: true });
}
