import { createHash, randomUUID } from 'node:crypto';
import type { UploadedFile } from '../../datasets/spec.ts';
import type { AdmissionOptions } from '../admission.ts';
import { cancelled } from '../endings.ts';
import type { JobExecutor } from '../executor.ts';
import type { StoredJob } from '../stored-job.ts';
import type { JobFiles } from './job-files.ts';
import type { JobMirror } from './job-mirror.ts';
import type { SharedRecords } from './shared-records.ts';
import { uploadName } from './work-copy.ts';

export interface EnterOptions {
  readonly mirror: JobMirror;
  readonly records: SharedRecords;
  readonly files: JobFiles;
  readonly executor: Pick<JobExecutor, 'submit'>;
  readonly now: () => Date;
}

/** Another process has just made the job of the same idempotency key. */
export class AlreadyMade extends Error {}

/** The same key makes the same id everywhere, and a record of one id is written once. */
export function idOfKey(idempotencyKey: string): string {
  return createHash('sha256').update(`job ${idempotencyKey}`).digest('hex').slice(0, 16);
}

/**
 * How one accepted request becomes a job that all share: its files, then its record, then the executor is told. Where
 * that one does not answer, the record is taken back, and the request was refused.
 */
export function enterJob(options: EnterOptions): Pick<AdmissionOptions, 'store' | 'tracker'> {
  const { mirror, records, files, executor, now } = options;
  // Files that another submission of the same id brings lie elsewhere; and of two submissions that are alike in all
  // else, to the millisecond, each knows its own record by it.
  const uploadsUnder = randomUUID().slice(0, 8);
  let uploaded: string[] = [];

  const takeBack = async (id: string): Promise<boolean> => {
    const { job } = await records.change(id, (found) =>
      isUntouched(found) ? { ...found, record: cancelled(found.record, now()) } : found,
    );
    if (job.record.state !== 'cancelled') return false;
    await records.remove(id);
    await mirror.put(id, undefined);
    return true;
  };
  return {
    store: {
      async adopt(id: string, uploads: readonly UploadedFile[]) {
        for (const [index, { file }] of uploads.entries()) {
          const name = uploadName({ uploadsUnder }, index);
          uploaded = [...uploaded, name];
          await files.put(id, name, file);
        }
      },
      remove: (id: string) => files.remove(id, uploaded),
    },
    tracker: {
      all: () => mirror.all(),
      async add(job: StoredJob) {
        const own = { ...job, uploadsUnder };
        const made = await records.create(own);
        if (!made) throw new AlreadyMade();
        await mirror.put(job.record.id, made);
        try {
          await executor.submit(job.record);
        } catch (error) {
          // Another server, which found it before it was taken back, may have handed it over.
          if (await takeBack(job.record.id)) throw error;
        }
      },
    },
  };
}

function isUntouched({ record, hold }: StoredJob): boolean {
  return record.state === 'queued' && !hold;
}
