import { readdir, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openExclusiveQueue } from '../../src/jobs/exclusive-queue.ts';
import { farRequest, jobBench } from './job-bench.ts';
import { succeeded } from './puppet-trainer.ts';

/** Two queues on one folder, as of two servers; the first one has its jobs. */
async function twoQueues() {
  const bench = await jobBench();
  const told: (string | undefined)[] = [];
  const open = async () => {
    const trainers: Awaited<ReturnType<typeof bench.open>>['trainer'][] = [];
    const queue = await openExclusiveQueue({
      lockFolder: join(bench.folder, 'locks'),
      open: async () => {
        const opened = await bench.open();
        trainers.push(opened.trainer);
        return opened.queue;
      },
      onWaiting: (problem) => told.push(problem),
      timing: { beatMs: 10, strangerMs: 60_000 },
    });
    onTestFinished(() => queue.close());
    return { queue, trainers };
  };
  return { folder: bench.folder, told, first: await open(), second: await open() };
}

const signal = new AbortController().signal;
const inUse = { code: 'GLIMPSE_DATA_DIR_IN_USE' };

describe('a queue that another process has', () => {
  it('refuses every call, says who has it, and counts no jobs', async () => {
    const { folder, told, first, second } = await twoQueues();
    expect(await readdir(join(folder, 'locks'))).toEqual([expect.stringMatching(/^jobs\.\d$/)]);
    const { job } = await first.queue.submit('train', farRequest);
    expect(first.queue.problem).toBeUndefined();
    expect(second.queue.problem).toContain(`process ${process.pid}`);
    expect(told).toEqual([second.queue.problem]);
    for (const call of [
      () => second.queue.get(job.id),
      () => second.queue.list(),
      () => second.queue.events(job.id, { signal }),
    ])
      expect(call).toThrow(expect.objectContaining(inUse));
    await expect(second.queue.cancel(job.id)).rejects.toMatchObject(inUse);
    await expect(second.queue.logs(job.id)).rejects.toMatchObject(inUse);
    await expect(second.queue.submit('train', farRequest)).rejects.toMatchObject(inUse);
    expect(second.queue.states()).toEqual({
      queued: 0,
      running: 0,
      succeeded: 0,
      failed: 0,
      cancelled: 0,
      interrupted: 0,
    });
  });

  it('keeps nothing of an upload that it refuses', async () => {
    const { folder, first, second } = await twoQueues();
    const file = join(folder, 'part');
    await writeFile(file, 'a,1\n');
    const uploads = [{ part: 'file', name: 'x.csv', file }];
    await expect(second.queue.submit('train', {}, { uploads })).rejects.toMatchObject(inUse);
    expect(existsSync(file)).toBe(false);
    await writeFile(file, 'a,1\n');
    await first.queue.submit('train', {}, { uploads });
    const { job, end } = await first.trainers[0]!.next();
    expect(await readFile(job.uploads[0]!.file, 'utf8')).toBe('a,1\n');
    end(succeeded);
  });

  it('says that it is shutting down when it is, and waits no more', async () => {
    const { told, first, second } = await twoQueues();
    await second.queue.drain();
    const draining = expect.objectContaining({ code: 'GLIMPSE_DRAINING' });
    expect(() => second.queue.list()).toThrow(draining);
    await first.queue.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(() => second.queue.list()).toThrow(draining);
    expect(told).toHaveLength(1);
  });

  it('goes on with its jobs when the other one has closed it', async () => {
    const { told, first, second } = await twoQueues();
    const { job } = await first.queue.submit('train', farRequest);
    const puppet = await first.trainers[0]!.next();
    const closed = first.queue.close();
    await vi.waitFor(() => expect(puppet.stops).toEqual(['interrupt']));
    puppet.end({ type: 'interrupted' });
    await closed;
    await vi.waitFor(() => expect(second.queue.problem).toBeUndefined());
    expect(told).toEqual([expect.any(String), undefined]);
    (await second.trainers[0]!.next()).end(succeeded);
    await vi.waitFor(() => expect(second.queue.get(job.id).state).toBe('succeeded'));
    expect(second.queue.list()).toHaveLength(1);
    expect(second.queue.states()).toMatchObject({ succeeded: 1 });
    expect(await second.queue.logs(job.id, { lastLines: 1 })).toContain('succeeded');
    const types: string[] = [];
    for await (const event of second.queue.events(job.id, { signal })) types.push(event.type);
    expect(types).toEqual(['state']);
    await expect(second.queue.cancel(job.id)).rejects.toMatchObject({
      code: 'GLIMPSE_JOB_FINISHED',
    });
    expect((await second.queue.submit('train', farRequest)).created).toBe(true);
    const next = await second.trainers[0]!.next();
    const drained = second.queue.drain();
    await vi.waitFor(() => expect(next.stops).toEqual(['interrupt']));
    next.end({ type: 'interrupted' });
    await drained;
  });
});
