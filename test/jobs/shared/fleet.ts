import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { errors } from '../../../src/errors.ts';
import type { JobExecutor } from '../../../src/jobs/executor.ts';
import { createJobFiles } from '../../../src/jobs/shared/job-files.ts';
import { runSharedJob } from '../../../src/jobs/shared/run-shared-job.ts';
import {
  createSharedQueue,
  type SharedQueueOptions,
} from '../../../src/jobs/shared/shared-queue.ts';
import { createSharedRecords } from '../../../src/jobs/shared/shared-records.ts';
import { createMemoryStore } from '../../../src/repository/stores/memory-store.ts';
import { openerOver, repositoryIn } from '../../datasets/dataset-files.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { noOutputs } from '../predicting/prediction-parts.ts';
import { puppetTrainer } from '../puppet-trainer.ts';

/** Servers and workers that share one store; which worker gets a job, and when, is for the test to say. */
export async function fleet() {
  const folder = await temporaryFolder();
  const store = createMemoryStore();
  const problems: string[] = [];
  const onProblem = (problem: string): void => void problems.push(problem);
  const records = createSharedRecords(store, onProblem);
  const files = createJobFiles(store, 2 ** 20);
  const tickets = { ids: [] as string[], cancelled: [] as string[], isAway: false };
  const answering = (): void => {
    if (tickets.isAway) throw new errors.GLIMPSE_JOBS_UNAVAILABLE('it is away');
  };
  const executor: JobExecutor = {
    async submit({ id }) {
      answering();
      if (!tickets.ids.includes(id)) tickets.ids.push(id);
    },
    async describe(id) {
      answering();
      return tickets.ids.includes(id) ? 'waiting' : undefined;
    },
    async cancel(id) {
      tickets.cancelled.push(id);
      return tickets.ids.includes(id);
    },
    events: () => () => {},
  };
  const server = (options: Partial<SharedQueueOptions> = {}) => {
    const queue = createSharedQueue({
      records,
      files,
      executor,
      accept: {
        datasets: openerOver(folder),
        defaultModel: 'digits',
        checkRoom: async () => {},
        checkVersion: async () => {},
        versions: repositoryIn(folder),
        outputs: noOutputs,
        searches: { maxTrials: 20 },
      },
      maxQueued: 5,
      keep: 10,
      tendMs: 3_600_000,
      awaitServing: async () => {},
      onProblem,
      ...options,
    });
    onTestFinished(() => queue.close());
    return queue;
  };
  let workers = 0;
  /** A worker that is handed one job; its processes are the puppets of `trainer`. */
  const worker = () => {
    const trainer = puppetTrainer();
    const drain = new AbortController();
    workers += 1;
    const own = { worker: `worker ${workers}`, folder: join(folder, `worker-${workers}`) };
    onTestFinished(() => {
      drain.abort();
      for (const { end } of trainer.started) end({ type: 'interrupted' });
    });
    return {
      trainer,
      drain,
      run: (id: string) =>
        runSharedJob(id, () => {}, drain.signal, {
          records,
          files,
          folder: own.folder,
          maxLogBytes: 2 ** 16,
          launch: trainer.launch,
          queue: server,
          holder: { worker: own.worker, codeVersion: '0.0.0' },
          onEvent: () => {},
          onProblem,
        }),
    };
  };
  return { folder, store, records, files, tickets, problems, server, worker };
}
