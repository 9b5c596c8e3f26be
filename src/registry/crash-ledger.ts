import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { errors, withDetails } from '../errors.ts';
import { isRecord } from '../json.ts';
import {
  makeFolder,
  renameReplacing,
  writeTemporary,
} from '../repository/stores/disk/atomic-file.ts';
import { isProcessAlive, processIdentity } from '../repository/stores/disk/process-identity.ts';

/** A version whose opening is entered in the ledger. */
export interface OpenedSubject {
  readonly model: string;
  readonly version: number;
  /** The digest of its manifest: what was counted against another one does not count against it. */
  readonly fingerprint: string;
}

/**
 * Which versions are being opened, on disk, so that a process that dies of one is remembered by the next: running
 * out of memory, restarting and running out of memory again would otherwise go round for ever.
 */
export interface CrashLedger {
  /** Rejects with GLIMPSE_DIED_WHILE_LOADING when processes before this one have died of the version too often. */
  check(subject: OpenedSubject): Promise<void>;
  /** Enters an opening; to be called back once it has ended, however it did, which clears the version. */
  enter(subject: OpenedSubject): Promise<() => Promise<void>>;
  /** Gives the versions of a model another try. */
  forget(model: string): Promise<void>;
  /** Strikes out what this process has entered, at once: when it ends on purpose nobody died of anything. */
  close(): void;
}

/** So many deaths set a version aside: one may be chance, or an impatient operator. */
const deathsUntilAside = 2;
/** A process that cannot be asked (another container, another machine) is dead after this silence. */
const usualSilenceMs = 5_000;
/** How often, within that time, the process that opens a version says that it lives. */
const beats = 5;

/** A file in `folder` for every opening: processes that share the folder cannot overwrite each other's. */
export function openCrashLedger(folder: string, silenceMs = usualSilenceMs): CrashLedger {
  const own = new Set<string>();
  let isClosed = false;

  const counted = async (subject: OpenedSubject): Promise<string[]> => {
    const entries = await entriesOf(folder, `${subject.model}@${subject.version}.`);
    const left = entries.filter(
      ({ file, fingerprint }) => fingerprint === subject.fingerprint && !own.has(file),
    );
    const died = await Promise.all(left.map((entry) => hasDied(entry, silenceMs)));
    return left.filter((_, index) => died[index]).map(({ file }) => file);
  };

  return {
    async check(subject) {
      const deaths = (await counted(subject)).length;
      if (deaths < deathsUntilAside) return;
      const { model, version } = subject;
      const error = new errors.GLIMPSE_DIED_WHILE_LOADING(version, deaths, model);
      throw withDetails(error, { deaths });
    },
    async enter(subject) {
      if (isClosed) return async () => {};
      const file = join(folder, `${subject.model}@${subject.version}.${randomUUID()}`);
      await write(folder, file, subject.fingerprint);
      own.add(file);
      const heartbeat = setInterval(() => void beat(file), silenceMs / beats).unref();
      return async () => {
        clearInterval(heartbeat);
        own.delete(file);
        for (const left of [file, ...(await counted(subject))]) await rm(left, { force: true });
      };
    },
    async forget(model) {
      for (const { file } of await entriesOf(folder, `${model}@`)) {
        if (!own.has(file)) await rm(file, { force: true });
      }
    },
    close() {
      isClosed = true;
      for (const file of own) rmSync(file, { force: true });
      own.clear();
    },
  };
}

interface Entry {
  readonly file: string;
  readonly fingerprint: unknown;
  /** Who entered it, as JSON. */
  readonly process: string;
}

async function write(folder: string, file: string, fingerprint: string): Promise<void> {
  const entry = { fingerprint, process: await processIdentity() };
  await makeFolder(folder);
  const temporary = await writeTemporary(folder, Buffer.from(JSON.stringify(entry)));
  await renameReplacing(temporary, file);
}

async function entriesOf(folder: string, prefix: string): Promise<Entry[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => name.startsWith(prefix)).map((name) => join(folder, name));
  const entries = await Promise.all(files.map(readEntry));
  return entries.filter((entry) => entry !== undefined);
}

/** Undefined for what was struck out meanwhile, and for what nobody can read. */
async function readEntry(file: string): Promise<Entry | undefined> {
  const value = await readFile(file, 'utf8')
    .then((text): unknown => JSON.parse(text))
    .catch(() => undefined);
  if (!isRecord(value)) return undefined;
  return { file, fingerprint: value['fingerprint'], process: JSON.stringify(value['process']) };
}

/** Whether the process that made an entry died without striking it out. */
async function hasDied({ file, process }: Entry, silenceMs: number): Promise<boolean> {
  const isAlive = await isProcessAlive(process);
  const before = await modifiedAt(file);
  // Without a time it was struck out meanwhile.
  if (before === undefined || isAlive === true) return false;
  if (isAlive === false) return true;
  for (const since = performance.now(); performance.now() - since < silenceMs;) {
    await delay(silenceMs / beats / 4);
    if ((await modifiedAt(file)) !== before) return false;
  }
  return true;
}

async function modifiedAt(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.mtimeMs;
}

async function beat(file: string): Promise<void> {
  const now = new Date();
  // What cannot be written any more was struck out, or lies on a disk that is told of elsewhere.
  await utimes(file, now, now).catch(() => {});
}
