import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createLocalExecutor } from '../../src/jobs/local-executor.ts';
import { createJobStore } from '../../src/jobs/store.ts';
import { openJobTracker } from '../../src/jobs/tracker.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { executorContract } from './executor-contract.ts';
import { puppetTrainer } from './puppet-trainer.ts';
import { storedJob } from './made-job.ts';

executorContract(async () => {
  const store = createJobStore({ folder: join(await temporaryFolder(), 'jobs') });
  const tracker = await openJobTracker({ store, keep: 10, onEvent: () => {}, onProblem: () => {} });
  const trainer = puppetTrainer();
  const executor = createLocalExecutor({
    tracker,
    store,
    launch: trainer.launch,
    awaitServing: async () => {},
    now: () => new Date(),
    onProblem: () => {},
  });
  onTestFinished(async () => {
    for (const { end } of trainer.started) end({ type: 'interrupted' });
    await executor.drain();
    await tracker.close();
  });
  return {
    executor,
    async job(kind) {
      const job = storedJob(kind);
      await tracker.add(job);
      return job.record;
    },
    attempt: () => trainer.next(),
  };
});
