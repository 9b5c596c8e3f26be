import { randomUUID } from 'node:crypto';
import { mkdir, open, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Logger } from 'pino';
import { systemReasonOf } from '../disk-errors.ts';

/** Keeps an eye on the folder a server writes its own data into: a disk fills up while it runs. */
export interface DataDirWatch {
  /** What is wrong with it, in a sentence without a path; undefined when it can be written. */
  readonly problem: string | undefined;
  close(): void;
}

/** How often it is tried. */
const tryEveryMs = 30_000;
/** A full disk often still has a place for an empty file. */
const probeBytes = 4096;

/** Tries the folder now and from then on, and logs when that starts to fail and when it works again. */
export async function watchDataDir(folder: string, logger: Logger): Promise<DataDirWatch> {
  let problem: string | undefined;
  const checkAndLog = async (): Promise<void> => {
    const error = await tryToWrite(folder);
    const before = problem;
    problem = error === undefined ? undefined : sentenceOf(error);
    if (problem === before) return;
    const facts = { dataDir: resolve(folder) };
    if (problem === undefined) logger.info(facts, 'GLIMPSE_DATA_DIR can be written again');
    else logger.error({ ...facts, err: error }, problem);
  };
  await checkAndLog();
  const timer = setInterval(() => void checkAndLog(), tryEveryMs).unref();
  return {
    get problem() {
      return problem;
    },
    close: () => clearInterval(timer),
  };
}

function sentenceOf(error: unknown): string {
  return `GLIMPSE_DATA_DIR cannot be written, so no job is taken and nothing can be downloaded: ${systemReasonOf(error)}`;
}

/** Why no file can be written into a folder, or undefined when one can. Leaves nothing behind. */
export async function tryToWrite(folder: string): Promise<unknown> {
  const file = join(resolve(folder), `.glimpse-${randomUUID()}.probe`);
  let made: string | undefined;
  try {
    made = await mkdir(dirname(file), { recursive: true });
    const handle = await open(file, 'wx');
    try {
      await handle.writeFile(new Uint8Array(probeBytes));
      await handle.sync();
    } finally {
      await handle.close();
    }
    return undefined;
  } catch (error) {
    return error;
  } finally {
    await rm(file, { force: true }).catch(() => {});
    if (made !== undefined) await removeEmpty(dirname(file), made);
  }
}

/** Removes a folder and those above it up to `top`, unless somebody has put something there since. */
async function removeEmpty(folder: string, top: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch {
    return;
  }
  if (folder !== top) await removeEmpty(dirname(folder), top);
}
