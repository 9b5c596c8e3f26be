import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Static } from 'typebox';
import { hasCode } from '../disk-errors.ts';
import { errors, messageOf } from '../errors.ts';
import { Closed, compiledWhenUsed, problemOf } from '../schema.ts';
import { Type } from '../schema/builder.ts';
import { StoredKeySchema, type StoredKey } from './api-key.ts';

/** The keys of a service, as they lie in GLIMPSE_KEYS_FILE: salted digests, no secret. */
export const KeyFileSchema = Type.Object(
  { formatVersion: Type.Literal(1), keys: Type.Array(StoredKeySchema, { maxItems: 10_000 }) },
  Closed,
);
export type KeyFile = Static<typeof KeyFileSchema>;

const isKeyFile = compiledWhenUsed(KeyFileSchema);

/** The keys in a file. GLIMPSE_KEYS_INVALID, with the reason and without a word of its content. */
export async function readKeyFile(file: string): Promise<KeyFile> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    // A parser's message quotes what it read; that may be a secret in the wrong file.
    const reason = error instanceof SyntaxError ? 'it is not JSON' : messageOf(error);
    throw new errors.GLIMPSE_KEYS_INVALID(reason);
  }
  return checkKeyFile(content);
}

/** Readers and the writer ask it alike: nothing is written that would not be read. */
function checkKeyFile(content: unknown): KeyFile {
  if (!isKeyFile(content)) {
    throw new errors.GLIMPSE_KEYS_INVALID(problemOf(KeyFileSchema, content).sentence);
  }
  const ids = new Set(content.keys.map(({ id }) => id));
  if (ids.size < content.keys.length) {
    throw new errors.GLIMPSE_KEYS_INVALID('two keys have the same id');
  }
  return content;
}

/** The keys in a file, none when there is no such file. */
async function readKeyFileIfAny(file: string): Promise<KeyFile> {
  try {
    return await readKeyFile(file);
  } catch (error) {
    if (await isMissing(file)) return { formatVersion: 1, keys: [] };
    throw error;
  }
}

/**
 * Replaces the file by what `change` makes of it: whole or not at all, for this user's eyes only. Two changes
 * at once exclude each other by a lock file beside it.
 */
export async function changeKeyFile(
  file: string,
  change: (keys: readonly StoredKey[]) => StoredKey[],
): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const lock = `${file}.lock`;
  const held = await lockFile(lock);
  try {
    const { keys } = await readKeyFileIfAny(file);
    await replace(file, checkKeyFile({ formatVersion: 1, keys: change(keys) }));
  } finally {
    await held.close();
    await rm(lock, { force: true });
  }
}

/** A change takes milliseconds: a lock that is older was left by a process that was killed. */
const staleLockMs = 10_000;
const lockWaitMs = 2_000;
const lockRetryMs = 20;

async function lockFile(lock: string): Promise<FileHandle> {
  const until = performance.now() + lockWaitMs;
  for (;;) {
    try {
      return await open(lock, 'wx');
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw new errors.GLIMPSE_KEYS_INVALID(messageOf(error));
      await removeStale(lock);
      if (performance.now() > until) {
        throw new errors.GLIMPSE_KEYS_INVALID('somebody else is changing it');
      }
    }
    await sleep(lockRetryMs);
  }
}

async function removeStale(lock: string): Promise<void> {
  const found = await stat(lock).catch(() => undefined);
  if (found && Date.now() - found.mtimeMs > staleLockMs) await rm(lock, { force: true });
}

async function replace(file: string, content: KeyFile): Promise<void> {
  const temporary = `${file}.${randomUUID()}.tmp`;
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(content, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}

async function isMissing(file: string): Promise<boolean> {
  return readFile(file).then(
    () => false,
    (error: unknown) => hasCode(error, 'ENOENT'),
  );
}
