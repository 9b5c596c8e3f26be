import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { isTrainerCommand, isTrainerReport } from '../../src/jobs/messages.ts';
import { createJobStore, type JobStore } from '../../src/jobs/store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { farRequest, jobBench } from './job-bench.ts';
import { succeeded } from './puppet-trainer.ts';

/** A queue over a store of which some calls are changed. */
async function benchWith(change: (store: JobStore) => Partial<JobStore>) {
  const bench = await jobBench();
  const store = createJobStore({ folder: join(bench.folder, 'jobs') });
  return { ...bench, ...(await bench.open({ store: { ...store, ...change(store) } })) };
}

const broken = (): Promise<never> => Promise.reject(new Error('out of order'));

describe('a job whose store is in trouble', () => {
  it('fails when its work folder cannot be had, and the next one runs', async () => {
    let isBroken = true;
    const { queue, trainer } = await benchWith((store) => ({
      openWork: (job) => (isBroken ? broken() : store.openWork(job)),
    }));
    const { job } = await queue.submit('train', farRequest);
    await vi.waitFor(() => expect(queue.get(job.id).state).toBe('failed'));
    expect(queue.get(job.id).error).toMatchObject({
      code: 'GLIMPSE_INTERNAL',
      details: { reason: 'out of order' },
    });
    expect(await queue.logs(job.id)).toContain('attempt 1 ended: failed: GLIMPSE_INTERNAL');
    isBroken = false;
    await queue.submit('train', farRequest);
    (await trainer.next()).end(succeeded);
  });

  it('is told of when it cannot be put away, and the next one runs', async () => {
    const { queue, trainer, problems } = await benchWith(() => ({ clearWork: broken }));
    await queue.submit('train', farRequest);
    const { job } = await queue.submit('train', farRequest);
    (await trainer.next()).end(succeeded);
    expect((await trainer.next()).job.id).toBe(job.id);
    expect(problems).toEqual([expect.stringContaining('out of order')]);
  });

  it('is cancelled or put aside without a process when that is asked before it has one', async () => {
    const goOn: (() => void)[] = [];
    const { queue, trainer } = await benchWith((store) => ({
      async openWork(job) {
        await new Promise<void>((resolve) => goOn.push(resolve));
        return store.openWork(job);
      },
    }));
    const first = await queue.submit('train', farRequest);
    const second = await queue.submit('train', farRequest);
    await vi.waitFor(() => expect(goOn).toHaveLength(1));
    await queue.cancel(first.job.id);
    goOn[0]!();
    await vi.waitFor(() => expect(goOn).toHaveLength(2));
    const drained = queue.drain();
    goOn[1]!();
    await drained;
    const stateOf = ({ job }: { job: { id: string } }) => queue.get(job.id).state;
    expect([first, second].map(stateOf)).toEqual(['cancelled', 'interrupted']);
    expect(await queue.logs(first.job.id)).toContain('attempt 1 ended: cancelled\n');
    expect(await queue.logs(second.job.id)).toContain('attempt 1 ended: interrupted\n');
    expect(trainer.started).toEqual([]);
  });
});

describe('the store of jobs', () => {
  it.skipIf(!existsSync('/dev/shm'))('takes uploads from another disk', async () => {
    const elsewhere = await mkdtemp('/dev/shm/glimpse-test-');
    onTestFinished(() => rm(elsewhere, { recursive: true, force: true }));
    const file = join(elsewhere, 'part');
    await writeFile(file, 'a,1\n');
    const store = createJobStore({ folder: await temporaryFolder() });
    await store.adopt('0'.repeat(16), [{ part: 'file', name: 'x.csv', file }]);
    const [upload] = (
      await store.openWork({
        record: { id: '0'.repeat(16) },
        uploads: [{ part: 'file', name: 'x.csv' }],
      } as Parameters<JobStore['openWork']>[0])
    ).uploads;
    expect(await readFile(upload!.file, 'utf8')).toBe('a,1\n');
    expect(existsSync(file)).toBe(false);
    await expect(
      store.adopt('1'.repeat(16), [{ part: 'file', name: 'x.csv', file }]),
    ).rejects.toMatchObject({ code: 'GLIMPSE_DATA_DIR_UNUSABLE' });
  });
});

describe('messages between a server and a training process', () => {
  it('are known by their form', () => {
    const stop = { type: 'stop', how: 'cancel' };
    const memory = { type: 'memory', residentBytes: 1 };
    expect([isTrainerCommand(stop), isTrainerReport(stop)]).toEqual([true, false]);
    expect([isTrainerCommand(memory), isTrainerReport(memory)]).toEqual([false, true]);
    expect(isTrainerCommand({ ...stop, how: 'now' })).toBe(false);
    expect(isTrainerReport({ ...memory, residentBytes: -1 })).toBe(false);
  });
});
