import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { errors } from '../../src/errors.ts';
import { openJobQueue, type JobQueueOptions } from '../../src/jobs/queue.ts';
import type { JobEvent, JobRecord } from '../../src/jobs/record.ts';
import { createJobStore } from '../../src/jobs/store.ts';
import { noOutputs } from './predicting/prediction-parts.ts';
import { openerOver, repositoryIn, temporaryFolder } from '../datasets/dataset-files.ts';
import { puppetTrainer } from './puppet-trainer.ts';

/** A request that is accepted without any file: the dataset lies nowhere near this machine. */
export const farRequest = { model: 'bars', dataset: { uri: 's3://bucket/bars.csv' } } as const;

/** A repository with the one version bars/1. */
async function checkVersion(model: string, version: number): Promise<void> {
  if (model !== 'bars' || version !== 1) throw new errors.GLIMPSE_VERSION_NOT_FOUND(model, version);
}

/** A folder for jobs; `open` starts a queue on it, as a server that starts would. */
export async function jobBench() {
  const folder = await temporaryFolder();
  const events: [id: string, event: JobEvent][] = [];
  const problems: string[] = [];
  const open = async (options: Partial<JobQueueOptions> = {}) => {
    const trainer = puppetTrainer();
    const queue = await openJobQueue({
      store: createJobStore({
        folder: join(folder, 'jobs'),
        onProblem: (problem) => problems.push(problem),
      }),
      launch: trainer.launch,
      accept: {
        datasets: openerOver(folder),
        defaultModel: 'digits',
        checkRoom: async () => {},
        checkVersion,
        versions: repositoryIn(folder),
        outputs: noOutputs,
        searches: { maxTrials: 20 },
      },
      maxQueued: 3,
      keep: 10,
      onEvent: (record: JobRecord, event: JobEvent) => events.push([record.id, event]),
      onProblem: (problem) => problems.push(problem),
      ...options,
    });
    onTestFinished(async () => {
      for (const { end } of trainer.started) end({ type: 'interrupted' });
      await queue.close();
    });
    return { queue, trainer };
  };
  return { folder, events, problems, open };
}
