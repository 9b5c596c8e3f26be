import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { epochEvent, succeeded } from '../puppet-trainer.ts';
import { fleet } from './fleet.ts';

/** A job at work, whose worker has got to the first epoch. */
async function busyFleet() {
  const all = await fleet();
  const queue = all.server();
  const file = join(all.folder, 'an-upload');
  await writeFile(file, 'the bytes of the upload');
  const uploads = [{ part: 'dataset', name: 'bars.csv', file }];
  const { job } = await queue.submit('train', { model: 'bars' }, { uploads });
  const first = all.worker();
  const running = first.run(job.id);
  const puppet = await first.trainer.next();
  const present = async () => {
    await queue.catchUp(job.id);
    return queue.get(job.id);
  };
  return { ...all, id: job.id, first, running, puppet, present };
}

describe('a worker', () => {
  it('has the uploads of its job on its own machine', async () => {
    const { puppet, running } = await busyFleet();
    const [upload] = puppet.job.uploads;
    expect(upload).toMatchObject({ part: 'dataset', name: 'bars.csv' });
    expect(await readFile(upload!.file, 'utf8')).toBe('the bytes of the upload');
    puppet.end(succeeded);
    await running;
  });

  it('goes on where another one was when it vanished, which then writes nothing any more', async () => {
    const { id, puppet, worker, running, present, files } = await busyFleet();
    puppet.tell(epochEvent(1));
    await writeFile(join(puppet.job.folder, 'checkpoint'), 'after epoch 1');
    await vi.waitFor(async () => expect(await files.names(id)).toContain('checkpoint'), {
      timeout: 20_000,
    });
    await vi.waitFor(async () => expect((await present()).history).toHaveLength(1));

    const second = worker();
    const again = second.run(id);
    const taken = await second.trainer.next();
    expect(await readFile(join(taken.job.folder, 'checkpoint'), 'utf8')).toBe('after epoch 1');
    expect(await readFile(taken.job.uploads[0]!.file, 'utf8')).toBe('the bytes of the upload');
    expect(await present()).toMatchObject({ state: 'running', attempts: 2 });

    // The first one was not dead; it only had not been heard of.
    puppet.tell(epochEvent(2));
    await vi.waitFor(() => expect(puppet.stops).toEqual(['cancel']), { timeout: 20_000 });
    puppet.end(succeeded);
    expect(await running).toBe('lost');
    expect(await present()).toMatchObject({ state: 'running', history: [{ epoch: 1 }] });
    taken.tell({ type: 'net', parameters: 1, stepsPerEpoch: 1, history: [epochEvent(1).epoch] });
    taken.tell(epochEvent(2));
    taken.end(succeeded);
    expect(await again).toBe('done');
    expect(await present()).toMatchObject({ state: 'succeeded', version: 7 });
    expect((await present()).history.map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect(await files.names(id)).toEqual(['log-0.txt']);
  });

  it('puts a job aside when it is asked to, which costs the job no attempt', async () => {
    const { id, first, puppet, running, worker, present } = await busyFleet();
    first.drain.abort();
    await vi.waitFor(() => expect(puppet.stops).toEqual(['interrupt']));
    await writeFile(join(puppet.job.folder, 'checkpoint'), 'where it was');
    puppet.end({ type: 'interrupted' });
    expect(await running).toBe('put aside');
    expect(await present()).toMatchObject({ state: 'interrupted', attempts: 1 });
    const second = worker();
    const again = second.run(id);
    const taken = await second.trainer.next();
    expect(await readFile(join(taken.job.folder, 'checkpoint'), 'utf8')).toBe('where it was');
    expect(await present()).toMatchObject({ state: 'running', attempts: 1 });
    taken.end(succeeded);
    expect(await again).toBe('done');
  });

  it('gives a job up when three in a row have vanished and got no further', async () => {
    const { id, worker, present } = await busyFleet();
    for (let vanished = 0; vanished < 2; vanished += 1) {
      const next = worker();
      void next.run(id).catch(() => {});
      await next.trainer.next();
    }
    expect(await worker().run(id)).toBe('done');
    expect(await present()).toMatchObject({
      state: 'failed',
      error: { code: 'GLIMPSE_TRAINER_DIED' },
    });
  });

  it('does not give it up as long as each gets further', async () => {
    const { id, worker, present, puppet } = await busyFleet();
    let last = puppet;
    for (let epoch = 1; epoch <= 3; epoch += 1) {
      last.tell(epochEvent(epoch));
      await vi.waitFor(async () => expect((await present()).history).toHaveLength(epoch), {
        timeout: 20_000,
      });
      const next = worker();
      void next.run(id).catch(() => {});
      last = await next.trainer.next();
    }
    expect(await present()).toMatchObject({ state: 'running', attempts: 4 });
  });

  it('does not begin a job that was cancelled meanwhile, or that is done', async () => {
    const { id, puppet, running, worker } = await busyFleet();
    puppet.end(succeeded);
    await running;
    const late = worker();
    expect(await late.run(id)).toBe('done');
    expect(late.trainer.started).toEqual([]);
    await expect(late.run('b'.repeat(16))).rejects.toMatchObject({ code: 'GLIMPSE_JOB_NOT_FOUND' });
  });

  it('runs the job again itself when only its process has died', async () => {
    const { puppet, first, running, present } = await busyFleet();
    puppet.end({ type: 'died', reason: 'SIGKILL' });
    (await first.trainer.next()).end(succeeded);
    expect(await running).toBe('done');
    expect(await present()).toMatchObject({ state: 'succeeded', attempts: 2 });
  });

  it('fails it when its process has died three times and got no further, and not before', async () => {
    const { puppet, first, running, present } = await busyFleet();
    let last = puppet;
    for (let death = 1; death <= 4; death += 1) {
      if (death <= 2) last.tell(epochEvent(death));
      last.end({ type: 'died', reason: 'SIGKILL' });
      if (death < 4) last = await first.trainer.next();
    }
    expect(await running).toBe('done');
    expect(await present()).toMatchObject({ state: 'failed', attempts: 4 });
  });

  it('tries a job again whose process found the store away', async () => {
    const { puppet, first, running, present } = await busyFleet();
    const error = { code: 'GLIMPSE_STORE_UNAVAILABLE', message: 'it did not answer' };
    puppet.end({ type: 'failed', error });
    (await first.trainer.next()).end(succeeded);
    expect(await running).toBe('done');
    expect(await present()).toMatchObject({ state: 'succeeded', attempts: 2 });
  });
});
