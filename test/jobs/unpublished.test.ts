import { access } from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import type { RunEnd } from '../../src/jobs/launch.ts';
import { farRequest, jobBench } from './job-bench.ts';
import { succeeded } from './puppet-trainer.ts';

const notPublished: RunEnd = {
  type: 'failed',
  error: { code: 'GLIMPSE_NOT_PUBLISHED', message: 'The store did not answer.' },
};
const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

/** A job that has failed with its net kept. */
async function failed() {
  const bench = await jobBench();
  const opened = await bench.open();
  const { job } = await opened.queue.submit('train', farRequest);
  const process = await opened.trainer.next();
  process.tell({ type: 'finished' });
  process.end(notPublished);
  await vi.waitFor(() => expect(opened.queue.get(job.id).state).toBe('failed'));
  return { bench, ...opened, id: job.id, folder: process.job.folder };
}

describe('a job whose net is not published', () => {
  it('keeps its folder and says that it can be published; then the same job is done', async () => {
    const { bench, queue, trainer, id, folder } = await failed();
    expect(queue.get(id)).toMatchObject({ publishable: true, error: notPublished.error });
    expect(bench.events.at(-1)).toEqual([
      id,
      { type: 'state', state: 'failed', error: notPublished.error, publishable: true },
    ]);
    expect(await isThere(folder)).toBe(true);
    expect(await queue.publish(id)).toMatchObject({ id, publishable: true });
    const again = await trainer.next();
    expect(again.job).toMatchObject({ id, folder });
    expect(queue.get(id)).not.toHaveProperty('error');
    // Asked twice, it is published once.
    expect((await queue.publish(id)).state).toBe('running');
    again.end(succeeded);
    await vi.waitFor(() => expect(queue.get(id).state).toBe('succeeded'));
    expect(queue.get(id)).not.toHaveProperty('publishable');
    await vi.waitFor(async () => expect(await isThere(folder)).toBe(false));
    expect(await queue.publish(id)).toMatchObject({ state: 'succeeded', version: 7 });
    expect(trainer.started).toHaveLength(2);
  });

  it('can be published by the next server, which died before', async () => {
    const { bench, queue, id } = await failed();
    await queue.close();
    const next = await bench.open();
    await next.queue.publish(id);
    const again = await next.trainer.next();
    again.end({ type: 'died', reason: 'killed' });
    // Its own deaths count from the beginning.
    (await next.trainer.next()).end({ type: 'died', reason: 'killed' });
    (await next.trainer.next()).end(succeeded);
    await vi.waitFor(() => expect(next.queue.get(id).state).toBe('succeeded'));
  });

  it('gives its net up when it is cancelled', async () => {
    const { queue, trainer, id, folder } = await failed();
    await queue.publish(id);
    const again = await trainer.next();
    await queue.cancel(id);
    again.end({ type: 'cancelled' });
    await vi.waitFor(async () => expect(await isThere(folder)).toBe(false));
    await expect(queue.publish(id)).rejects.toMatchObject({ code: 'GLIMPSE_NOTHING_TO_PUBLISH' });
  });

  it('gives its net up when somebody cancels it after it has failed', async () => {
    const { queue, id, folder } = await failed();
    expect(await queue.cancel(id)).toMatchObject({ state: 'cancelled' });
    expect(queue.get(id)).not.toHaveProperty('publishable');
    expect(await isThere(folder)).toBe(false);
    await expect(queue.cancel(id)).rejects.toMatchObject({ code: 'GLIMPSE_JOB_FINISHED' });
  });

  it('is not forgotten for others that have ended since', async () => {
    const { bench, queue, id } = await failed();
    await queue.close();
    const { queue: small, trainer } = await bench.open({ keep: 1 });
    for (let times = 0; times < 2; times += 1) {
      const { job } = await small.submit('train', farRequest);
      (await trainer.next()).end(succeeded);
      await vi.waitFor(() => expect(small.get(job.id).state).toBe('succeeded'));
    }
    await vi.waitFor(() => expect(small.list()).toHaveLength(2));
    expect(small.get(id).publishable).toBe(true);
  });

  it('is refused where there is no net, and where there is no job', async () => {
    const { open } = await jobBench();
    const { queue, trainer } = await open();
    const { job } = await queue.submit('train', farRequest);
    await expect(queue.publish(job.id)).rejects.toMatchObject({
      code: 'GLIMPSE_NOTHING_TO_PUBLISH',
      statusCode: 409,
    });
    (await trainer.next()).end(notPublished);
    await vi.waitFor(() => expect(queue.get(job.id).state).toBe('failed'));
    await expect(queue.publish(job.id)).rejects.toMatchObject({
      code: 'GLIMPSE_NOTHING_TO_PUBLISH',
    });
    await expect(queue.publish('0'.repeat(16))).rejects.toMatchObject({
      code: 'GLIMPSE_JOB_NOT_FOUND',
    });
  });
});
