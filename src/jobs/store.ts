import { copyFile, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { explainDataDir, hasCode } from '../disk-errors.ts';
import {
  makeFolder,
  renameReplacing,
  writeTemporary,
} from '../repository/stores/disk/atomic-file.ts';
import type { UploadedFile } from '../datasets/spec.ts';
import { createJobLog, type JobLog } from './log.ts';
import { byCreation, parseStoredJob, storedJobText, type StoredJob } from './stored-job.ts';
import { keepSheet, readSheet } from './sheet-file.ts';
import { errors, messageOf, withDetails } from '../errors.ts';

/** Job records as files, one folder a job: whole after any crash, and readable by people. */
export interface JobStore {
  /** Every readable job, oldest first. */
  load(): Promise<StoredJob[]>;
  save(job: StoredJob): Promise<void>;
  remove(id: string): Promise<void>;
  /** A folder of the job's own for uploads, downloads and checkpoints, with its uploads in it. */
  openWork(job: StoredJob): Promise<{ folder: string; uploads: UploadedFile[] }>;
  /** Moves uploaded files into the work folder of a job that is about to be saved. */
  adopt(id: string, uploads: readonly UploadedFile[]): Promise<void>;
  /** Removes the work folder of a job that has ended; a contact sheet in it stays with the job. */
  clearWork(id: string): Promise<void>;
  /** The contact sheet that a job has made; undefined when it made none. */
  readSheet(id: string): Promise<Buffer | undefined>;
  /** The log of a job; it is removed with the job. Open it once. */
  openLog(id: string): JobLog;
}

export interface JobStoreOptions {
  /** One folder below it for each job; nobody else writes there. */
  readonly folder: string;
  /** How much is kept of the log of one job. */
  readonly maxLogBytes?: number;
  /** Called for a record that cannot be read, which is left where it is. */
  readonly onProblem?: (problem: string) => void;
  readonly now?: () => Date;
}

const RECORD = 'job.json';
const WORK = 'work';
const ID = /^[0-9a-f]{16}$/;

/** Where the files of a job lie below the folder of a store. */
export function jobPaths(folder: string, id: string) {
  const own = join(folder, id);
  const work = join(own, WORK);
  return { own, work, upload: (index: number): string => join(work, `upload-${index}`) };
}

/** The store in a folder, which is made with the first job. */
export function createJobStore(options: JobStoreOptions): JobStore {
  const { folder, maxLogBytes = 2 ** 20, now = () => new Date(), onProblem = () => {} } = options;
  const folderOf = (id: string): string => jobPaths(folder, id).own;
  const workOf = (id: string): string => jobPaths(folder, id).work;
  const uploadOf = (id: string, index: number): string => jobPaths(folder, id).upload(index);
  return {
    async load() {
      const names = await readdir(folder).catch(() => []);
      const jobs: StoredJob[] = [];
      for (const id of names.filter((name) => ID.test(name))) {
        const job = await readJob(join(folderOf(id), RECORD));
        // A crash between moving the uploads and writing the record leaves a folder without a job.
        if (job === undefined) await rm(folderOf(id), { recursive: true });
        else if (typeof job === 'string')
          onProblem(`The record of job ${id} is not usable: ${job}`);
        else jobs.push(job);
      }
      return jobs.sort(byCreation);
    },
    async save(job) {
      const written = storedJobText(job);
      if (typeof written === 'string') throw unreadable(job, written);
      await explaining(async () => {
        const own = folderOf(job.record.id);
        await makeFolder(own);
        const bytes = Buffer.from(written.text);
        await renameReplacing(await writeTemporary(own, bytes), join(own, RECORD));
      });
    },
    remove: (id) => rm(folderOf(id), { recursive: true, force: true }),
    async openWork({ record: { id }, uploads }) {
      await explaining(() => mkdir(workOf(id), { recursive: true }));
      const files = uploads.map((upload, index) => ({ ...upload, file: uploadOf(id, index) }));
      return { folder: workOf(id), uploads: files };
    },
    adopt: (id, uploads) =>
      explaining(async () => {
        await mkdir(workOf(id), { recursive: true });
        for (const [index, { file }] of uploads.entries())
          await moveFile(file, uploadOf(id, index));
      }),
    async clearWork(id) {
      await keepSheet(workOf(id), folderOf(id));
      await rm(workOf(id), { recursive: true, force: true });
    },
    readSheet: (id) => readSheet(folderOf(id), workOf(id)),
    openLog: (id) => createJobLog({ folder: folderOf(id), maxBytes: maxLogBytes, now, onProblem }),
  };
}

/** Turns file system errors into GLIMPSE_DISK_FULL or GLIMPSE_DATA_DIR_UNUSABLE. */
async function explaining<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw explainDataDir(error);
  }
}

/** Renames a file, or copies it where that cannot be done: the target may be on another disk. */
async function moveFile(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch {
    await copyFile(from, to);
    await rm(from);
  }
}

/** A record, or the reason why it cannot be read; undefined when there is no file. */
async function readJob(file: string): Promise<StoredJob | string | undefined> {
  try {
    return parseStoredJob(await readFile(file, 'utf8'));
  } catch (error) {
    return hasCode(error, 'ENOENT') ? undefined : messageOf(error);
  }
}

/** The error for a record that could not be read back. */
export function unreadable({ record: { id } }: StoredJob, problem: string): Error {
  const reason = `the record of job ${id} could not be read back: ${problem}`;
  return withDetails(new errors.GLIMPSE_INTERNAL(), { reason });
}
