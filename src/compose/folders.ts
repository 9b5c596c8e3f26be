import { resolve } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { systemReasonOf } from '../disk-errors.ts';
import type { Repository } from '../repository/repository.ts';
import { tryToWrite, whyNotWritable } from './writable.ts';

/** Watches the folders a server writes into: one may be read-only, and a disk may fill up while it runs. */
export interface FoldersWatch {
  /** What is wrong with them, in sentences without a path. */
  problems(): string[];
  close(): void;
}

/** One folder, how it is checked, and what follows when it cannot be written. */
interface WatchedFolder {
  readonly setting: string;
  readonly path: string;
  readonly consequence: string;
  readonly level: 'error' | 'warn';
  /** The error of writing into it; undefined when it can be written. */
  readonly check: () => Promise<unknown>;
}

const checkIntervalMs = 30_000;

/** Checks the folders now and from then on; logs when one can no longer be written and when it can again. */
export async function watchFolders(
  { GLIMPSE_DATA_DIR: dataDir }: Config,
  { folder: repositoryFolder }: Pick<Repository, 'folder'>,
  logger: Logger,
): Promise<FoldersWatch> {
  const folders: WatchedFolder[] = [
    {
      setting: 'GLIMPSE_DATA_DIR',
      path: dataDir,
      consequence: 'so no job is taken and nothing can be downloaded',
      level: 'error',
      check: () => tryToWrite(dataDir),
    },
  ];
  if (repositoryFolder !== undefined) {
    folders.push({
      setting: 'GLIMPSE_REPOSITORY',
      path: repositoryFolder,
      consequence: 'so nothing can be published and no label moved; what is there is served',
      level: 'warn',
      check: () => whyNotWritable(repositoryFolder),
    });
  }
  const watches = folders.map((folder) => createWatch(folder, logger));
  const checkAll = () => Promise.all(watches.map((watch) => watch.check()));
  await checkAll();
  const timer = setInterval(() => void checkAll(), checkIntervalMs).unref();
  return {
    problems: () => watches.flatMap((watch) => watch.problem() ?? []),
    close: () => clearInterval(timer),
  };
}

function createWatch({ setting, path, consequence, level, check }: WatchedFolder, logger: Logger) {
  let problem: string | undefined;
  return {
    problem: () => problem,
    async check(): Promise<void> {
      const error = await check();
      const before = problem;
      problem =
        error === undefined
          ? undefined
          : `${setting} cannot be written, ${consequence}: ${systemReasonOf(error)}`;
      if (problem === before) return;
      const facts = { [level === 'error' ? 'dataDir' : 'repository']: resolve(path) };
      if (problem === undefined) logger.info(facts, `${setting} can be written again`);
      else logger[level]({ ...facts, err: error }, problem);
    },
  };
}
