import { stat } from 'node:fs/promises';
import { messageOf } from '../errors.ts';
import { endOf, isSecretOf, readKey, type StoredKey } from './api-key.ts';
import { readKeyFile } from './key-file.ts';

/** The keys this process knows, kept in step with their file. */
export interface KeyRing {
  /** Why the newest content of the file is not in use; undefined when it is. */
  readonly problem: string | undefined;
  readonly size: number;
  /** The key with this text; `reason` says in words why a text is none. */
  find(text: string): { readonly key: StoredKey } | { readonly reason: string };
  close(): void;
}

export interface KeyRingOptions {
  readonly file: string;
  /** How often the file is checked. */
  readonly intervalMs: number;
  readonly now: () => Date;
  /** After every change of the file: the number of keys, or why it cannot be used. */
  readonly onReload: (outcome: { keys: number } | { problem: string }) => void;
}

/**
 * Reads the keys and follows the file. A file that becomes unusable changes nothing: the last usable keys
 * stay in force, and `problem` says so. Rejects with GLIMPSE_KEYS_INVALID when it is unusable at the start.
 */
export async function openKeyRing(options: KeyRingOptions): Promise<KeyRing> {
  const { file, now } = options;
  let seen = await fingerprint(file);
  let keys = index((await readKeyFile(file)).keys);
  let problem: string | undefined;
  let isReading = false;

  const reloadWhenChanged = async (): Promise<void> => {
    const current = await fingerprint(file);
    if (current === seen) return;
    try {
      keys = index((await readKeyFile(file)).keys);
      problem = undefined;
      options.onReload({ keys: keys.size });
    } catch (error) {
      problem = messageOf(error);
      options.onReload({ problem });
    }
    seen = current;
  };
  const timer = setInterval(() => {
    if (isReading) return;
    isReading = true;
    void reloadWhenChanged().finally(() => {
      isReading = false;
    });
  }, options.intervalMs);
  timer.unref();

  return {
    get problem() {
      return problem;
    },
    get size() {
      return keys.size;
    },
    find(text) {
      const parts = readKey(text);
      if (!parts) return { reason: 'it does not have the form of a key' };
      const key = keys.get(parts.id);
      // An unknown id costs as much time as a wrong secret.
      const isRight = isSecretOf(key ?? nobody, parts.secret);
      if (!key || !isRight) return { reason: 'it is not known' };
      const end = endOf(key, now());
      return end === undefined ? { key } : { reason: end };
    },
    close: () => clearInterval(timer),
  };
}

/** No secret has this digest. */
const nobody = { salt: '0'.repeat(32), sha256: '0'.repeat(64) };

function index(keys: readonly StoredKey[]): Map<string, StoredKey> {
  return new Map(keys.map((key) => [key.id, key]));
}

/** Changes with every replacement of the file; the same text for as long as it cannot be seen. */
async function fingerprint(file: string): Promise<string> {
  try {
    const { ino, size, mtimeMs, ctimeMs } = await stat(file);
    return [ino, size, mtimeMs, ctimeMs].join();
  } catch (error) {
    return messageOf(error);
  }
}
