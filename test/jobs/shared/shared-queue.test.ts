import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { JobEvent } from '../../../src/jobs/record.ts';
import { farRequest } from '../job-bench.ts';
import { epochEvent, succeeded } from '../puppet-trainer.ts';
import { fleet } from './fleet.ts';

const never = new AbortController().signal;

async function upload(folder: string, text = 'label,image\n') {
  const file = join(folder, `upload-${Math.random()}`);
  await writeFile(file, text);
  return [{ part: 'dataset', name: 'bars.csv', file }];
}

describe('servers that share a store', () => {
  it('list, follow and cancel every job, whoever has taken it in', async () => {
    const { server, worker } = await fleet();
    const [one, other] = [server(), server()];
    const { job } = await one.submit('train', farRequest);
    await other.catchUp();
    expect(other.list()).toEqual([job]);
    expect(other.states()).toMatchObject({ queued: 1 });

    const told: JobEvent[] = [];
    const following = (async () => {
      for await (const event of other.events(job.id, { signal: never })) told.push(event);
    })();
    const { trainer, run } = worker();
    const running = run(job.id);
    const puppet = await trainer.next();
    puppet.tell({ type: 'stage', stage: 'training' });
    puppet.tell(epochEvent(1));
    await vi.waitFor(async () => {
      await other.catchUp(job.id);
      expect(other.get(job.id)).toMatchObject({ state: 'running', history: [{ epoch: 1 }] });
    });
    puppet.end(succeeded);
    expect(await running).toBe('done');
    await other.catchUp(job.id);
    await following;
    expect(told.map((event) => (event.type === 'state' ? event.state : event.type))).toEqual([
      'queued',
      'running',
      'stage',
      'epoch',
      'succeeded',
    ]);
    await one.catchUp(job.id);
    expect(await one.logs(job.id)).toContain('taken by worker 1 (Glimpse 0.0.0)');
  });

  it('cancel one that waits at once, and have one that is at work stopped', async () => {
    const { server, worker, tickets } = await fleet();
    const [one, other] = [server(), server()];
    const waiting = (await one.submit('train', farRequest)).job;
    await other.catchUp();
    expect(await other.cancel(waiting.id)).toMatchObject({ state: 'cancelled' });
    expect(await worker().run(waiting.id)).toBe('done');

    const { job } = await one.submit('train', farRequest);
    const { trainer, run } = worker();
    const running = run(job.id);
    const puppet = await trainer.next();
    await vi.waitFor(async () => {
      expect((await other.cancel(job.id)).state).toBe('running');
    });
    expect(tickets.cancelled).toContain(job.id);
    puppet.tell(epochEvent(1));
    await vi.waitFor(() => expect(puppet.stops).toEqual(['cancel']), { timeout: 20_000 });
    puppet.end({ type: 'cancelled' });
    expect(await running).toBe('done');
    await one.catchUp(job.id);
    expect(one.get(job.id).state).toBe('cancelled');
    await expect(one.cancel(job.id)).rejects.toMatchObject({ code: 'GLIMPSE_JOB_FINISHED' });
  });

  it('make one job of the same request that comes to two of them at once', async () => {
    const { server, tickets } = await fleet();
    const options = { idempotencyKey: 'mine' };
    // In the same millisecond nothing but the submission itself tells the two records apart.
    const moment = new Date();
    const at = { now: () => moment };
    const both = await Promise.all([
      server(at).submit('train', farRequest, options),
      server(at).submit('train', farRequest, options),
    ]);
    expect(both.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(both.map(({ job }) => job.id)).size).toBe(1);
    expect(tickets.ids).toHaveLength(1);
    await expect(
      server().submit('train', { ...farRequest, seed: 9 }, options),
    ).rejects.toMatchObject({ code: 'GLIMPSE_IDEMPOTENCY_CONFLICT' });
  });

  it('refuse a job whose executor does not answer, and keep nothing of it', async () => {
    const { server, tickets, store, folder } = await fleet();
    const one = server();
    const away = { code: 'GLIMPSE_JOBS_UNAVAILABLE' };
    tickets.isAway = true;
    const uploads = await upload(folder);
    await expect(one.submit('train', { model: 'bars' }, { uploads })).rejects.toMatchObject(away);
    expect(await store.list('')).toEqual([]);

    // It answers when it is asked whether it is there, and not any more when it is given the job.
    tickets.isAway = false;
    const permit = (): void => void (tickets.isAway = true);
    const again = { uploads: await upload(folder), permit };
    await expect(one.submit('train', { model: 'bars' }, again)).rejects.toMatchObject(away);
    expect(await store.list('')).toEqual([]);
    expect(one.list()).toEqual([]);
  });

  it('give a job to the executor again that has lost it, and forget those of long ago', async () => {
    const { server, worker, tickets, store } = await fleet();
    const one = server({ keep: 1, tendMs: 20 });
    const { job } = await one.submit('train', farRequest);
    tickets.ids.length = 0;
    await vi.waitFor(() => expect(tickets.ids).toEqual([job.id]));
    for (const id of [job.id, (await one.submit('train', farRequest)).job.id]) {
      const { trainer, run } = worker();
      const running = run(id);
      (await trainer.next()).end(succeeded);
      await running;
    }
    await vi.waitFor(async () => {
      expect((await store.list('_jobs')).map(({ key }) => key)).toEqual([
        `_jobs/${one.list()[0]!.id}.json`,
      ]);
    });
    expect(one.list()[0]!.id).not.toBe(job.id);
    expect((await store.list(`_job-files/${job.id}`)).length).toBe(0);
  });

  it('publish the net that a job has kept, wherever it was trained', async () => {
    const { server, worker, tickets } = await fleet();
    const [one, other] = [server(), server()];
    const { job } = await one.submit('train', farRequest);
    const first = worker();
    const running = first.run(job.id);
    const puppet = await first.trainer.next();
    await writeFile(join(puppet.job.folder, 'finished-net'), 'a net');
    puppet.tell({ type: 'finished' });
    const error = { code: 'GLIMPSE_NOT_PUBLISHED', message: 'the store is away' };
    puppet.end({ type: 'failed', error });
    expect(await running).toBe('done');
    tickets.ids.length = 0;
    await other.catchUp();
    expect(other.get(job.id)).toMatchObject({ state: 'failed', publishable: true });
    expect(await other.publish(job.id)).toMatchObject({ state: 'queued' });
    expect(tickets.ids).toEqual([job.id]);
    const second = worker();
    const again = second.run(job.id);
    const publishing = await second.trainer.next();
    expect(await textAt(publishing.job.folder, 'finished-net')).toBe('a net');
    publishing.end(succeeded);
    expect(await again).toBe('done');
  });

  it('leave a record alone that another version of the code has written', async () => {
    const { server, worker, store, problems } = await fleet();
    const one = server();
    const { job } = await one.submit('train', farRequest);
    const foreign = { record: { ...job, kind: 'dream' }, uploads: [] };
    const key = `_jobs/${'a'.repeat(16)}.json`;
    await store.write(key, Buffer.from(JSON.stringify(foreign)));
    for (let look = 0; look < 2; look += 1) await one.catchUp();
    expect(one.list()).toEqual([job]);
    expect(problems).toEqual([expect.stringContaining('another version of Glimpse')]);
    await expect(worker().run('a'.repeat(16))).rejects.toMatchObject({
      code: 'GLIMPSE_JOB_FOREIGN',
    });
    expect(await textOf(store, key)).toBe(JSON.stringify(foreign));
  });

  it.each([
    ['whose id is a path to a folder of the worker', { id: '../precious' }, {}],
    ['whose id is that of another job', { id: 'b'.repeat(16) }, {}],
    ['whose uploads lie at a path', {}, { uploadsUnder: '/../../b' }],
  ])('leave a record alone %s', async (_what, inRecord, beside) => {
    const { server, worker, store, folder, problems } = await fleet();
    await mkdir(join(folder, 'precious'));
    const one = server();
    const { job } = await one.submit('train', farRequest);
    const id = 'a'.repeat(16);
    const hostile = { record: { ...job, id, ...inRecord }, uploads: [], ...beside };
    await store.write(`_jobs/${id}.json`, Buffer.from(JSON.stringify(hostile)));
    await one.catchUp();
    expect(one.list()).toEqual([job]);
    expect(problems).toHaveLength(1);
    await expect(worker().run(id)).rejects.toMatchObject({ code: 'GLIMPSE_JOB_FOREIGN' });
    expect(await readdir(folder)).toContain('precious');
  });
});

async function textAt(folder: string, name: string): Promise<string> {
  return readFile(join(folder, name), 'utf8');
}

async function textOf(store: Awaited<ReturnType<typeof fleet>>['store'], key: string) {
  const found = await store.read(key);
  return typeof found === 'object' ? Buffer.from(found.body).toString('utf8') : undefined;
}
