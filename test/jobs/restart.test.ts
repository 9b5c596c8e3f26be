import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { createJobStore } from '../../src/jobs/store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { farRequest, jobBench } from './job-bench.ts';
import { epochEvent, succeeded } from './puppet-trainer.ts';

it('a store of jobs writes no record that it could not read back', async () => {
  const folder = join(await temporaryFolder(), 'jobs');
  const store = createJobStore({ folder });
  const record = {
    id: '0'.repeat(16),
    kind: 'evaluate' as const,
    state: 'queued' as const,
    request: { model: 'digits', version: 0, dataset: {}, maxBadRows: 0 },
    createdAt: '2026-01-01T00:00:00.000Z',
    attempts: 0,
    history: [],
    notes: [],
  };
  await expect(store.save({ record, uploads: [] })).rejects.toMatchObject({
    code: 'GLIMPSE_INTERNAL',
    details: { reason: expect.stringContaining('could not be read back') as string },
  });
  expect(await store.load()).toEqual([]);
});

describe('a restart', () => {
  it('keeps ended jobs with all that is known of them', async () => {
    const { open } = await jobBench();
    const before = await open();
    const { job } = await before.queue.submit('train', farRequest);
    const puppet = await before.trainer.next();
    puppet.tell(epochEvent(1));
    puppet.end(succeeded);
    await vi.waitFor(() => expect(before.queue.get(job.id).state).toBe('succeeded'));
    const record = before.queue.get(job.id);
    await before.queue.close();
    expect((await open()).queue.get(job.id)).toEqual(record);
  });

  it('goes on with the job that was put aside, before those that waited', async () => {
    const { open } = await jobBench();
    const before = await open();
    const first = await before.queue.submit('train', farRequest);
    const second = await before.queue.submit('train', farRequest);
    const puppet = await before.trainer.next();
    const drained = before.queue.drain();
    await vi.waitFor(() => expect(puppet.stops).toEqual(['interrupt']));
    puppet.end({ type: 'interrupted' });
    await drained;
    expect(before.queue.get(first.job.id).state).toBe('interrupted');
    expect(before.queue.get(second.job.id).state).toBe('queued');
    await expect(before.queue.submit('train', farRequest)).rejects.toMatchObject({
      code: 'GLIMPSE_DRAINING',
    });
    await before.queue.close();

    const after = await open();
    for (const id of [first.job.id, second.job.id]) {
      const next = await after.trainer.next();
      expect(next.job.id).toBe(id);
      next.end(succeeded);
    }
    await vi.waitFor(() => expect(after.queue.states().succeeded).toBe(2));
    expect(after.queue.get(first.job.id).attempts).toBe(1);
  });

  it('counts a drained process that had to be killed as put aside, not as dead, and spends no attempt', async () => {
    const { open } = await jobBench();
    for (let round = 0; round < 5; round += 1) {
      const { queue, trainer } = await open();
      if (round === 0) await queue.submit('train', farRequest);
      const puppet = await trainer.next();
      const closed = queue.close();
      await vi.waitFor(() => expect(puppet.stops).toEqual(['interrupt']));
      puppet.end({ type: 'died', reason: 'SIGKILL' });
      await closed;
      expect(queue.list()[0]).toMatchObject({ state: 'interrupted', attempts: 1 });
    }
  });

  it('goes on with the job that was running when the server was killed, three times at most', async () => {
    const { folder, open } = await jobBench();
    const killed = await open();
    const { job } = await killed.queue.submit('train', farRequest);
    await killed.trainer.next();
    // A killed server writes nothing more: each next one finds the record of a running job.
    const file = join(folder, 'jobs', job.id, 'job.json');
    await vi.waitFor(async () => expect(await readFile(file, 'utf8')).toContain('"running"'));
    for (const attempts of [2, 3]) {
      const { queue, trainer } = await open();
      await trainer.next();
      expect(queue.get(job.id)).toMatchObject({ state: 'running', attempts });
    }
    const { queue } = await open();
    expect(queue.get(job.id)).toMatchObject({
      state: 'failed',
      error: { code: 'GLIMPSE_TRAINER_DIED' },
    });
  });
});

describe('a process that dies', () => {
  it('is started again, and after three deaths its job fails and says why', async () => {
    const { open, problems } = await jobBench();
    const { queue, trainer } = await open();
    const { job } = await queue.submit('train', farRequest);
    for (const attempts of [1, 2, 3]) {
      const puppet = await trainer.next();
      expect(queue.get(job.id).attempts).toBe(attempts);
      puppet.end({ type: 'died', reason: `it was ended by SIGKILL ${attempts}` });
    }
    await vi.waitFor(() => expect(queue.get(job.id).state).toBe('failed'));
    expect(queue.get(job.id).error).toMatchObject({
      code: 'GLIMPSE_TRAINER_DIED',
      message: expect.stringContaining('SIGKILL 3'),
    });
    expect(problems).toHaveLength(3);
  });
});

describe('a process that puts its job aside', () => {
  it('though the server goes on has not died: the job goes on, however often, in the same attempt', async () => {
    const { open, problems } = await jobBench();
    const { queue, trainer } = await open();
    const { job } = await queue.submit('train', farRequest);
    for (let round = 0; round < 4; round += 1) {
      const puppet = await trainer.next();
      expect(queue.get(job.id)).toMatchObject({ state: 'running', attempts: 1 });
      puppet.end({ type: 'interrupted' });
    }
    (await trainer.next()).end(succeeded);
    await vi.waitFor(() => expect(queue.get(job.id).state).toBe('succeeded'));
    expect(problems).toEqual([]);
  });
});

describe('records on disk', () => {
  it('are bounded: the oldest ended job is forgotten with its folder', async () => {
    const { folder, open } = await jobBench();
    const { queue, trainer } = await open({ keep: 2 });
    const ids: string[] = [];
    for (let i = 0; i < 4; i += 1) {
      ids.push((await queue.submit('train', farRequest)).job.id);
      (await trainer.next()).end(succeeded);
      await vi.waitFor(() => expect(queue.states()).toMatchObject({ running: 0, queued: 0 }));
    }
    await vi.waitFor(async () =>
      expect((await readdir(join(folder, 'jobs'))).sort()).toEqual(ids.slice(2).sort()),
    );
    expect(() => queue.get(ids[0]!)).toThrow(
      expect.objectContaining({ code: 'GLIMPSE_JOB_NOT_FOUND' }),
    );
  });

  it('that nobody can read are told and left where they are', async () => {
    const { folder, open, problems } = await jobBench();
    const broken = join(folder, 'jobs', '0123456789abcdef');
    await mkdir(broken, { recursive: true });
    await writeFile(join(broken, 'job.json'), '{"record": {}');
    await mkdir(join(folder, 'jobs', 'lost+found'));
    const { queue } = await open();
    expect(queue.list()).toEqual([]);
    expect(problems).toEqual([expect.stringContaining('0123456789abcdef')]);
    expect(await readdir(broken)).toEqual(['job.json']);
  });

  it('of a job whose submission was cut off leave nothing', async () => {
    const { folder, open } = await jobBench();
    await mkdir(join(folder, 'jobs', '0123456789abcdef', 'work'), { recursive: true });
    await open();
    expect(await readdir(join(folder, 'jobs'))).toEqual([]);
  });

  it('that cannot be written refuse a new job and do not stop the others', async () => {
    const { folder, open, problems } = await jobBench();
    const { queue, trainer } = await open();
    const { job } = await queue.submit('train', farRequest);
    const puppet = await trainer.next();
    await rename(join(folder, 'jobs'), join(folder, 'away'));
    await writeFile(join(folder, 'jobs'), 'no folder');
    await expect(queue.submit('train', farRequest)).rejects.toThrow(/EEXIST|ENOTDIR/);
    expect(queue.list()).toHaveLength(1);
    puppet.end(succeeded);
    await vi.waitFor(() => expect(queue.get(job.id).state).toBe('succeeded'));
    expect(problems).not.toEqual([]);
    await rm(join(folder, 'jobs'));
    await rename(join(folder, 'away'), join(folder, 'jobs'));
    expect((await queue.submit('train', farRequest)).created).toBe(true);
  });
});
