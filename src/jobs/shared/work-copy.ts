import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../errors.ts';
import { checkpointFile } from '../../training/checkpoint.ts';
import { finishedNetFiles } from '../../training/finished-net.ts';
import { segmentOf } from '../log.ts';
import { SHEET_FILE } from '../sheet-file.ts';
import { jobPaths } from '../store.ts';
import type { StoredJob } from '../stored-job.ts';
import type { JobFiles } from './job-files.ts';

/** The files of a job on the machine that works on it, and their copy in the store that any other machine goes on from. */
export interface WorkCopy {
  /** Brings here what the job came with and what an earlier attempt has left. */
  fetch(): Promise<void>;
  /** Puts what has changed into the store, of a job that has `ended` without what an attempt would go on from. */
  push(of: 'ended' | 'unfinished'): Promise<void>;
  /** Removes from the store what nobody needs of a job that has ended. */
  clear(): Promise<void>;
  /** Stops the pushing that goes on by itself. */
  close(): void;
}

export interface WorkCopyOptions {
  readonly files: JobFiles;
  /** One folder below it for each job. */
  readonly folder: string;
  /** Called when the store does not take what has changed, once until it does again. */
  readonly onProblem: (problem: string) => void;
}

/** What an attempt goes on from; an attempt that dies repeats what came after the last push. */
const workFiles = [checkpointFile, ...finishedNetFiles];
/** A checkpoint is worth being there soon; a log may be some seconds behind. */
const PUSH_INTERVAL_MS = 1_000;
const LOG_INTERVAL_MS = 5_000;

/** The copy of the files of one job; what changes is put into the store every second. */
export function openWorkCopy(job: StoredJob, options: WorkCopyOptions): WorkCopy {
  const { files, folder, onProblem } = options;
  const { id } = job.record;
  const paths = jobPaths(folder, id);
  const placeOf = (name: string): string => join(isLog(name) ? paths.own : paths.work, name);
  const pushed = new Map<string, string>();
  let logsPushedAt = 0;
  let isFailing = false;
  let turn: Promise<void> = Promise.resolve();

  const logs = async (): Promise<string[]> =>
    (await readdir(paths.own).catch(() => [])).filter((name) => isLog(name));
  const pushNow = async (names: readonly string[]): Promise<void> => {
    for (const name of names) {
      const state = await stateOf(placeOf(name));
      if (state === undefined || pushed.get(name) === state) continue;
      await files.put(id, name, placeOf(name));
      pushed.set(name, state);
    }
  };
  const push = (isUnfinished: boolean, withLogs: boolean): Promise<void> => {
    const mine = turn.then(async () =>
      pushNow([...(isUnfinished ? workFiles : []), SHEET_FILE, ...(withLogs ? await logs() : [])]),
    );
    turn = mine.catch(() => {});
    return mine;
  };
  const timer = setInterval(() => {
    const withLogs = performance.now() - logsPushedAt >= LOG_INTERVAL_MS;
    if (withLogs) logsPushedAt = performance.now();
    push(true, withLogs).then(
      () => void (isFailing = false),
      (error: unknown) => {
        if (!isFailing) onProblem(`The files of job ${id} are not safe yet: ${messageOf(error)}`);
        isFailing = true;
      },
    );
  }, PUSH_INTERVAL_MS).unref();

  return {
    async fetch() {
      await mkdir(paths.work, { recursive: true });
      const there = await files.names(id);
      for (const name of there.filter(isKept)) {
        await files.fetch(id, name, placeOf(name));
        const state = await stateOf(placeOf(name));
        if (state !== undefined) pushed.set(name, state);
      }
      for (const index of job.uploads.keys())
        await files.fetch(id, uploadName(job, index), paths.upload(index));
    },
    push: (of) => push(of === 'unfinished', true),
    async clear() {
      await turn;
      await clearWork(files, job);
    },
    close: () => clearInterval(timer),
  };
}

/** What an upload of a job is called in the store. */
export function uploadName({ uploadsUnder = '' }: Pick<StoredJob, 'uploadsUnder'>, index: number) {
  return `upload-${uploadsUnder}-${index}`;
}

/** Removes from the store what nobody needs of a job that has ended. */
export async function clearWork(files: JobFiles, job: StoredJob): Promise<void> {
  const uploads = [...job.uploads.keys()].map((index) => uploadName(job, index));
  await files.remove(job.record.id, [...workFiles, ...uploads]);
}

const isLog = (name: string): boolean => segmentOf(name) !== undefined;
const isKept = (name: string): boolean => workFiles.includes(name) || isLog(name);

/** Another text after every change. */
async function stateOf(file: string): Promise<string | undefined> {
  const found = await stat(file).catch(() => undefined);
  return found && `${found.ino} ${found.size} ${found.mtimeMs}`;
}
