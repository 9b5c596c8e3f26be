import { randomInt, randomUUID } from 'node:crypto';
import { link, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from '../../../disk-errors.ts';
import { makeFolder, withoutLinks } from './atomic-file.ts';
import { isProcessAlive, pidIn, processIdentity } from './process-identity.ts';

/**
 * A lock between processes that share a folder, and that a killed holder cannot keep.
 *
 * A lock is a row of numbered files `<name>.<n>`; the highest number counts. It says "free", or who
 * holds it. To take the lock one creates number n+1, which only one process can, and only after n was
 * seen free or its holder dead. Whoever holds n+1 deletes the lower numbers, lowest first; so when n
 * is still there after n+1 was created, n+1 had never existed before and it is truly ours. Nothing is
 * ever deleted and taken again under the same number, which is where plain lock files go wrong.
 */
export interface FileLock {
  /** False when others gave us up for dead meanwhile: then we must not write any more. */
  isHeld(): Promise<boolean>;
  /** Shows strangers that the holder lives; false as above. Due well within their `strangerMs`. */
  refresh(): Promise<boolean>;
  release(): Promise<void>;
}

export interface LockTimeouts {
  /** A holder on another machine, or in another container, counts as dead after this silence. */
  readonly strangerMs: number;
  /** How long to wait for the lock before the attempt fails. */
  readonly waitMs: number;
  /** How long until it is tried again; a few milliseconds when left out. */
  readonly pollMs?: number;
}

/** Undefined when the lock could not be had within `waitMs`. */
export async function acquireLock(
  folder: string,
  name: string,
  timeouts: LockTimeouts,
  signal?: AbortSignal,
): Promise<FileLock | undefined> {
  await makeFolder(folder);
  const giveUpAt = performance.now() + timeouts.waitMs;
  const watch = { signs: '', since: 0 };
  for (;;) {
    signal?.throwIfAborted();
    const highest = await highestNumber(folder, name);
    if (highest === undefined) await create(folder, `${name}.0`, 'free');
    else if (await isAvailable(join(folder, `${name}.${highest}`), watch, timeouts.strangerMs)) {
      const lock = await acquireAfter(folder, name, highest);
      if (lock !== undefined) return lock;
    } else {
      if (performance.now() > giveUpAt) return undefined;
      await sleep(timeouts.pollMs ?? randomInt(2, 20), undefined, { signal });
    }
  }
}

/** Takes number `below` + 1, after `below` was seen to be available; undefined for whoever is late. */
export async function acquireAfter(
  folder: string,
  name: string,
  below: number,
): Promise<FileLock | undefined> {
  const mine = join(folder, `${name}.${below + 1}`);
  const words = JSON.stringify({ ...(await processIdentity()), token: randomUUID() });
  if (!(await create(folder, `${name}.${below + 1}`, words))) return undefined;
  if (!(await exists(join(folder, `${name}.${below}`)))) {
    await rm(mine, { force: true });
    return undefined;
  }
  for (const number of (await numbers(folder, name)).filter((number) => number <= below)) {
    await rm(join(folder, `${name}.${number}`), { force: true });
  }
  const isHeld = async (): Promise<boolean> => (await highestNumber(folder, name)) === below + 1;
  return {
    isHeld,
    refresh: async () => {
      const now = new Date();
      return (await isHeld()) && (await exists(mine, () => utimes(mine, now, now)));
    },
    release: async () => {
      const temporary = join(folder, `.${randomUUID()}.tmp`);
      await writeFile(temporary, 'free');
      await rename(temporary, mine);
    },
  };
}

/** Whether the lock file is free or its holder gone. `watch` remembers how long it has shown no new sign of life. */
async function isAvailable(
  file: string,
  watch: { signs: string; since: number },
  strangerMs: number,
): Promise<boolean> {
  const words = await readLockFile(file);
  if (words === undefined) return false;
  if (words === 'free') return true;
  const alive = await isProcessAlive(words);
  if (alive !== undefined) return !alive;
  const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: 0 }));
  const signs = `${words} ${mtimeMs}`;
  if (watch.signs !== signs) Object.assign(watch, { signs, since: performance.now() });
  return performance.now() - watch.since > strangerMs;
}

/** The process number of the holder, and whether that is a number of this machine and namespace; undefined when free. */
export async function lockHolder(
  folder: string,
  name: string,
): Promise<{ readonly pid: number; readonly isNear: boolean } | undefined> {
  const highest = await highestNumber(folder, name);
  const words =
    highest === undefined ? undefined : await readLockFile(join(folder, `${name}.${highest}`));
  const pid = words === undefined ? undefined : pidIn(words);
  if (words === undefined || pid === undefined) return undefined;
  return { pid, isNear: (await isProcessAlive(words)) !== undefined };
}

async function readLockFile(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Creates a file with its words in it, as one step; false when it was there already. */
async function create(folder: string, name: string, words: string): Promise<boolean> {
  const temporary = join(folder, `.${randomUUID()}.tmp`);
  await writeFile(temporary, words);
  try {
    await link(temporary, join(folder, name));
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    if (!hasCode(error, ...withoutLinks)) throw error;
    return await createWithoutLinks(join(folder, name), words);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** For file systems without hard links: a reader may see the file a moment before its words. */
async function createWithoutLinks(file: string, words: string): Promise<boolean> {
  try {
    await writeFile(file, words, { flag: 'wx' });
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function numbers(folder: string, name: string): Promise<number[]> {
  return (await readdir(folder))
    .filter((file) => file.startsWith(`${name}.`))
    .map((file) => Number(file.slice(name.length + 1)))
    .filter((number) => Number.isSafeInteger(number))
    .sort((a, b) => a - b);
}

async function highestNumber(folder: string, name: string): Promise<number | undefined> {
  return (await numbers(folder, name)).at(-1);
}

async function exists(
  file: string,
  act: () => Promise<unknown> = () => stat(file),
): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}
