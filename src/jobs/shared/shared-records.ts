import { errors } from '../../errors.ts';
import { canonicalJson } from '../../json.ts';
import { compareAndSet, type StoredValue } from '../../repository/compare-and-set.ts';
import { jsonBytes } from '../../repository/json-bytes.ts';
import type { ArtifactStore } from '../../repository/stores/artifact-store.ts';
import { byCreation, parseStoredJob, storedJobText, type StoredJob } from '../stored-job.ts';
import { unreadable } from '../store.ts';

/** The records of jobs beside the models, `_jobs/<id>.json`: every process sees them, and none overwrites another's change. */
export interface SharedRecords {
  /** All that can be read, oldest first; those that are known by their etag are not read again. */
  list(known: ReadonlyMap<string, SharedJob>): Promise<SharedJob[]>;
  /** Undefined when there is none, 'unchanged' when `unlessEtag` still names it. GLIMPSE_JOB_FOREIGN. */
  read(id: string, unlessEtag?: string): Promise<SharedJob | 'unchanged' | undefined>;
  /** Writes a new job; undefined when one of this id is there already. */
  create(job: StoredJob): Promise<SharedJob | undefined>;
  /** Changes a job on top of what others have made of it. GLIMPSE_JOB_NOT_FOUND, GLIMPSE_JOB_FOREIGN. */
  change(id: string, change: (job: StoredJob) => StoredJob): Promise<SharedJob>;
  remove(id: string): Promise<void>;
}

/** A job, and the etag of exactly that state. */
export interface SharedJob {
  readonly job: StoredJob;
  readonly etag: string;
}

const folder = '_jobs';
const keyOf = (id: string): string => `${folder}/${id}.json`;
const keyForm = /^_jobs\/([0-9a-f]{16})\.json$/;

/** The records in a store; `onProblem` is told of each that a listing leaves out, once. */
export function createSharedRecords(
  store: ArtifactStore,
  onProblem: (problem: string) => void,
): SharedRecords {
  const reported = new Set<string>();
  const leaveOut = (id: string, problem: string): undefined => {
    if (!reported.has(id)) onProblem(problem);
    reported.add(id);
  };
  let isTrusted = false;
  /** A store that ignores conditions would let two processes overwrite each other. */
  const checkConditions = async (): Promise<void> => {
    isTrusted ||= await store.enforcesConditions();
    if (!isTrusted) throw new errors.GLIMPSE_STORE_NOT_CONDITIONAL(store.name);
  };
  return {
    async list(known) {
      const listed = (await store.list(folder)).flatMap(({ key, etag }) => {
        const id = keyForm.exec(key)?.[1];
        return id === undefined ? [] : [{ id, etag }];
      });
      const reads = listed.map(async ({ id, etag }) => {
        const before = known.get(id);
        return before && before.etag === etag ? before : readListed(store, id, before, leaveOut);
      });
      const jobs = await Promise.all(reads);
      return jobs.filter((found) => found !== undefined).sort((a, b) => byCreation(a.job, b.job));
    },
    read: (id, unlessEtag) => readRecord(store, id, unlessEtag),
    async create(job) {
      await checkConditions();
      const { id } = job.record;
      const written = await store.write(keyOf(id), bytesOf(job), { condition: 'absent' });
      if (written !== 'conflict') return { job, etag: written.etag };
      // The answer to our own write may have been lost.
      const found = await readRecord(store, id);
      const isOurs = typeof found === 'object' && canonicalJson(found.job) === canonicalJson(job);
      return isOurs ? found : undefined;
    },
    async change(id, change) {
      await checkConditions();
      const changed = await compareAndSet(store, {
        key: keyOf(id),
        read: () => readPresent(store, id),
        change,
        accept: checkWritable,
      });
      if (changed?.etag !== undefined) return { job: changed.value, etag: changed.etag };
      const reason = `others change the record of job ${id} without a pause`;
      throw new errors.GLIMPSE_STORE_UNAVAILABLE(store.name, reason);
    },
    remove: (id) => store.remove(keyOf(id)),
  };
}

async function readRecord(
  store: ArtifactStore,
  id: string,
  unlessEtag?: string,
): ReturnType<SharedRecords['read']> {
  const found = await store.read(keyOf(id), { unlessEtag });
  if (found === undefined || found === 'unchanged') return found;
  const job = parseStoredJob(Buffer.from(found.body).toString('utf8'));
  if (typeof job === 'string') throw new errors.GLIMPSE_JOB_FOREIGN(id, job);
  // The id is a folder on the machine that works on the job: only that of the key has the form of one.
  if (job.record.id !== id) throw new errors.GLIMPSE_JOB_FOREIGN(id, '/record/id is another one');
  return { job, etag: found.etag };
}

async function readPresent(store: ArtifactStore, id: string): Promise<StoredValue<StoredJob>> {
  const found = await readRecord(store, id);
  if (typeof found !== 'object') throw new errors.GLIMPSE_JOB_NOT_FOUND(id);
  return { value: found.job, etag: found.etag };
}

async function readListed(
  store: ArtifactStore,
  id: string,
  known: SharedJob | undefined,
  leaveOut: (id: string, problem: string) => undefined,
): Promise<SharedJob | undefined> {
  try {
    const found = await readRecord(store, id, known?.etag);
    return found === 'unchanged' ? known : found;
  } catch (error) {
    if (error instanceof errors.GLIMPSE_JOB_FOREIGN) return leaveOut(id, error.message);
    throw error;
  }
}

function bytesOf(job: StoredJob): Uint8Array {
  const bytes = jsonBytes(job);
  const written = storedJobText(job);
  if (typeof written === 'string') throw unreadable(job, written);
  return bytes;
}

/** Nothing is written that could not be read back. */
function checkWritable(bytes: Uint8Array): void {
  const job = parseStoredJob(Buffer.from(bytes).toString('utf8'));
  if (typeof job === 'string') throw new errors.GLIMPSE_JOB_FOREIGN('to be written', job);
}
