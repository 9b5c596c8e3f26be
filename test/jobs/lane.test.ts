import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createJobLane } from '../../src/jobs/lane.ts';
import { createJobStore } from '../../src/jobs/store.ts';
import type { StoredJob } from '../../src/jobs/stored-job.ts';
import { openJobTracker } from '../../src/jobs/tracker.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { farRequest } from './job-bench.ts';
import { puppetTrainer, succeeded } from './puppet-trainer.ts';

const toEvaluate = { model: 'bars', version: 1, dataset: farRequest.dataset, maxBadRows: 0 };

const queued = (id: string): StoredJob => ({
  record: {
    id,
    kind: 'evaluate',
    state: 'queued',
    request: toEvaluate,
    createdAt: '2026-01-01T00:00:00.000Z',
    attempts: 0,
    history: [],
    notes: [],
  },
  uploads: [],
});

it('a lane takes up a job that comes between its last look for one and its coming to rest', async () => {
  const store = createJobStore({ folder: join(await temporaryFolder(), 'jobs') });
  const tracker = await openJobTracker({ store, keep: 10, onEvent: () => {}, onProblem: () => {} });
  onTestFinished(() => tracker.close());
  const [first, late] = [queued('0'.repeat(16)), queued('1'.repeat(16))];
  await tracker.add(first);
  await tracker.add(late);

  const trainer = puppetTrainer();
  let hasCome = false;
  const lane = createJobLane({
    tracker: {
      ...tracker,
      all() {
        const jobs = tracker.all().filter(({ record }) => hasCome || record.id !== late.record.id);
        const isLastLook = jobs.every(({ record }) => record.state === 'succeeded');
        if (isLastLook && !hasCome) {
          queueMicrotask(() => {
            hasCome = true;
            lane.wake();
          });
        }
        return jobs;
      },
    },
    store,
    launch: trainer.launch,
    name: 'short',
    awaitServing: async () => {},
    report: () => {},
    now: () => new Date(),
    onProblem: () => {},
  });
  lane.wake();
  (await trainer.next()).end(succeeded);
  const second = await trainer.next();
  expect(second.job.id).toBe(late.record.id);
  second.end(succeeded);
  await lane.drain();
});
