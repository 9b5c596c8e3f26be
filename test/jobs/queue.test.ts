import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { JobEvent } from '../../src/jobs/record.ts';
import { farRequest, jobBench } from './job-bench.ts';
import { epochEvent, succeeded } from './puppet-trainer.ts';

const never = new AbortController().signal;

async function collect(events: AsyncIterable<JobEvent>): Promise<string[]> {
  const told: string[] = [];
  for await (const event of events) {
    told.push(
      event.type === 'epoch'
        ? `epoch ${event.epoch.epoch}`
        : event.type === 'state'
          ? event.state
          : event.type,
    );
  }
  return told;
}

describe('a job', () => {
  it('is queued, runs, and keeps what its run told and made', async () => {
    const { queue, trainer } = await (await jobBench()).open();
    const { job, created } = await queue.submit('train', farRequest);
    expect(created).toBe(true);
    expect(job).toMatchObject({
      state: 'queued',
      attempts: 0,
      history: [],
      request: { model: 'bars', epochs: 50 },
    });
    const puppet = await trainer.next();
    expect(puppet.job).toMatchObject({ id: job.id, request: job.request, uploads: [] });
    expect(queue.get(job.id)).toMatchObject({
      state: 'running',
      attempts: 1,
      startedAt: expect.any(String),
    });
    puppet.tell({ type: 'stage', stage: 'training' });
    puppet.tell(epochEvent(1));
    puppet.tell({ type: 'note', note: 'by the way' });
    expect(queue.get(job.id)).toMatchObject({
      stage: 'training',
      history: [{ epoch: 1 }],
      notes: ['by the way'],
    });
    puppet.end(succeeded);
    await vi.waitFor(() => expect(queue.get(job.id).state).toBe('succeeded'));
    expect(queue.get(job.id)).toMatchObject({
      version: 7,
      metrics: { accuracy: 0.9 },
      timings: { train: 1 },
      endedAt: expect.any(String),
    });
  });

  it('runs alone, and the others follow in the order they came', async () => {
    const { queue, trainer } = await (await jobBench()).open();
    const ids: string[] = [];
    for (let i = 0; i < 3; i += 1)
      ids.push((await queue.submit('train', { ...farRequest, seed: i })).job.id);
    for (const id of ids) {
      const puppet = await trainer.next();
      expect(puppet.job.id).toBe(id);
      expect(queue.states()).toMatchObject({ running: 1 });
      puppet.end(succeeded);
    }
    await vi.waitFor(() => expect(queue.states()).toMatchObject({ succeeded: 3, running: 0 }));
    expect(queue.list().map(({ id }) => id)).toEqual(ids.toReversed());
  });

  it('that failed keeps its code and reason, and the next one runs', async () => {
    const { queue, trainer } = await (await jobBench()).open();
    const { job } = await queue.submit('train', farRequest);
    await queue.submit('train', farRequest);
    const error = { code: 'GLIMPSE_DATASET_EMPTY', message: 'nothing', details: { a: 1 } };
    (await trainer.next()).end({ type: 'failed', error });
    await trainer.next();
    expect(queue.get(job.id)).toMatchObject({ state: 'failed', error });
  });

  it('is refused when the queue is full, and not when its place is free again', async () => {
    const { queue, trainer } = await (await jobBench()).open();
    for (let i = 0; i < 4; i += 1) await queue.submit('train', farRequest);
    await expect(queue.submit('train', farRequest)).rejects.toMatchObject({
      code: 'GLIMPSE_TRAINING_QUEUE_FULL',
    });
    (await trainer.next()).end(succeeded);
    await trainer.next();
    expect((await queue.submit('train', farRequest)).created).toBe(true);
  });

  it.each([
    ['a field nobody knows', { dataset: { uri: 'x', colour: 'red' } }, 'GLIMPSE_INVALID_REQUEST'],
    ['a dataset that is not there', { dataset: { uri: 'none.csv' } }, 'GLIMPSE_DATASET_NOT_FOUND'],
    [
      'a dataset outside the root',
      { dataset: { uri: '/etc/passwd' } },
      'GLIMPSE_DATASET_FORBIDDEN',
    ],
    [
      'an evaluation dataset that is not there',
      { ...farRequest, evaluation: { uri: 'none.csv' } },
      'GLIMPSE_DATASET_NOT_FOUND',
    ],
    [
      'layers that do not fit a known shape',
      {
        dataset: {
          uri: 's3://b/x.csv',
          shape: { width: 8, height: 8, channels: 1 },
          classes: ['a', 'b'],
        },
        architecture: { layers: [{ type: 'flatten' }, { type: 'dense', units: 3 }] },
      },
      'GLIMPSE_ARCHITECTURE_INVALID',
    ],
    ['no dataset where neither MNIST nor the samples are', {}, 'GLIMPSE_DATASET_NOT_FOUND'],
  ])('is refused at once with %s', async (_, request: object, code) => {
    const { queue } = await (await jobBench()).open();
    await expect(queue.submit('train', request)).rejects.toMatchObject({ code });
    expect(queue.list()).toEqual([]);
  });
});

describe('cancelling', () => {
  it('takes a queued job out at once', async () => {
    const { queue, trainer } = await (await jobBench()).open();
    const first = await queue.submit('train', farRequest);
    const second = await queue.submit('train', farRequest);
    expect(await queue.cancel(second.job.id)).toMatchObject({
      state: 'cancelled',
      endedAt: expect.any(String),
    });
    (await trainer.next()).end(succeeded);
    await vi.waitFor(() => expect(queue.get(first.job.id).state).toBe('succeeded'));
    expect(trainer.started).toHaveLength(1);
  });

  it.each([
    [{ type: 'cancelled' }],
    [{ type: 'died', reason: 'SIGKILL' }],
    [{ type: 'interrupted' }],
  ] as const)('stops a running job, however its process ends: %j', async (end) => {
    const { queue, trainer } = await (await jobBench()).open();
    const { job } = await queue.submit('train', farRequest);
    const puppet = await trainer.next();
    expect((await queue.cancel(job.id)).state).toBe('running');
    expect(puppet.stops).toEqual(['cancel']);
    puppet.end(end);
    await vi.waitFor(() => expect(queue.get(job.id).state).toBe('cancelled'));
  });

  it('counts also when the process was told by somebody else', async () => {
    const { queue, trainer } = await (await jobBench()).open();
    const { job } = await queue.submit('train', farRequest);
    (await trainer.next()).end({ type: 'cancelled' });
    await vi.waitFor(() => expect(queue.get(job.id).state).toBe('cancelled'));
    expect(trainer.started).toHaveLength(1);
  });

  it('comes too late for a job that has ended, and finds no job that never was', async () => {
    const { queue, trainer } = await (await jobBench()).open();
    const { job } = await queue.submit('train', farRequest);
    (await trainer.next()).end(succeeded);
    await vi.waitFor(() => expect(queue.get(job.id).state).toBe('succeeded'));
    await expect(queue.cancel(job.id)).rejects.toMatchObject({ code: 'GLIMPSE_JOB_FINISHED' });
    await expect(queue.cancel('0123456789abcdef')).rejects.toMatchObject({
      code: 'GLIMPSE_JOB_NOT_FOUND',
    });
  });
});

describe('an idempotency key', () => {
  it('answers the same request with the job it made, also when both come at once', async () => {
    const { queue } = await (await jobBench()).open();
    const again = { dataset: { uri: 's3://bucket/bars.csv' }, model: 'bars' };
    const [first, second] = await Promise.all([
      queue.submit('train', farRequest, { idempotencyKey: 'k' }),
      queue.submit('train', again, { idempotencyKey: 'k' }),
    ]);
    expect([first.created, second.created]).toEqual([true, false]);
    expect(second.job.id).toBe(first.job.id);
    expect(queue.list()).toHaveLength(1);
  });

  it('is refused for another request, or other uploaded bytes', async () => {
    const { folder, open } = await jobBench();
    const { queue } = await open();
    const submit = async (text: string) => {
      const file = join(folder, 'part');
      await writeFile(file, text);
      return queue.submit(
        'train',
        { model: 'bars' },
        { idempotencyKey: 'k', uploads: [{ part: 'file', name: 'x.csv', file }] },
      );
    };
    expect((await submit('a,1\n')).created).toBe(true);
    expect((await submit('a,1\n')).created).toBe(false);
    await expect(submit('b,1\n')).rejects.toMatchObject({ code: 'GLIMPSE_IDEMPOTENCY_CONFLICT' });
    await expect(queue.submit('train', farRequest, { idempotencyKey: 'k' })).rejects.toMatchObject({
      code: 'GLIMPSE_IDEMPOTENCY_CONFLICT',
    });
  });

  it('is remembered over a restart', async () => {
    const { open } = await jobBench();
    const before = await open();
    const { job } = await before.queue.submit('train', farRequest, { idempotencyKey: 'k' });
    (await before.trainer.next()).end(succeeded);
    await before.queue.close();
    const after = await open();
    expect(await after.queue.submit('train', farRequest, { idempotencyKey: 'k' })).toMatchObject({
      created: false,
      job: { id: job.id },
    });
  });
});

describe('uploaded files', () => {
  it('move into the job and go when it has ended', async () => {
    const { folder, open } = await jobBench();
    const { queue, trainer } = await open();
    const file = join(folder, 'temporary');
    await writeFile(file, 'a,1\n');
    const { job } = await queue.submit(
      'train',
      {},
      { uploads: [{ part: 'file', name: '../../x.csv', file }] },
    );
    const puppet = await trainer.next();
    const [upload] = puppet.job.uploads;
    expect(upload).toMatchObject({ part: 'file', name: '../../x.csv' });
    expect(upload!.file.startsWith(puppet.job.folder)).toBe(true);
    expect(await readFile(upload!.file, 'utf8')).toBe('a,1\n');
    expect(await readdir(folder)).toEqual(['jobs']);
    puppet.end(succeeded);
    await vi.waitFor(async () =>
      expect(await readdir(join(folder, 'jobs', job.id))).toEqual(['job.json', 'log-0.txt']),
    );
  });

  it('are removed when the request is refused', async () => {
    const { folder, open } = await jobBench();
    const { queue } = await open();
    const file = join(folder, 'temporary');
    await writeFile(file, 'a,1\n');
    const upload = [{ part: 'file', name: 'x.csv', file }];
    await expect(queue.submit('train', { epochs: 0 }, { uploads: upload })).rejects.toMatchObject({
      code: 'GLIMPSE_INVALID_REQUEST',
    });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('events', () => {
  it('tell the past, then what happens, and end with the job', async () => {
    const { queue, trainer } = await (await jobBench()).open();
    const { job } = await queue.submit('train', farRequest);
    const puppet = await trainer.next();
    puppet.tell(epochEvent(1));
    const late = collect(queue.events(job.id, { signal: never }));
    await vi.waitFor(() => puppet.tell(epochEvent(2)));
    puppet.tell({ type: 'stage', stage: 'evaluating' });
    puppet.end(succeeded);
    const told = await late;
    expect(told.slice(0, 2)).toEqual(['epoch 1', 'running']);
    expect(told.slice(-3)).toEqual(['epoch 2', 'stage', 'succeeded']);
    expect(await collect(queue.events(job.id, { signal: never }))).toEqual([
      'epoch 1',
      'epoch 2',
      'succeeded',
    ]);
    expect(await collect(queue.events(job.id, { signal: never, after: 1 }))).toEqual([
      'epoch 2',
      'succeeded',
    ]);
  });

  it('tell no epoch twice when a resumed process repeats some', async () => {
    const { queue, trainer } = await (await jobBench()).open();
    const { job } = await queue.submit('train', farRequest);
    const first = await trainer.next();
    const told = collect(queue.events(job.id, { signal: never }));
    await vi.waitFor(() => expect(queue.get(job.id).state).toBe('running'));
    for (const epoch of [1, 2, 3]) first.tell(epochEvent(epoch));
    first.end({ type: 'died', reason: 'SIGKILL' });
    const second = await trainer.next();
    const history = [epochEvent(1).epoch];
    second.tell({ type: 'net', parameters: 1, stepsPerEpoch: 1, history });
    expect(queue.get(job.id).history.map(({ epoch }) => epoch)).toEqual([1]);
    for (const epoch of [2, 3, 4]) second.tell(epochEvent(epoch));
    second.end(succeeded);
    expect((await told).filter((one) => one.startsWith('epoch'))).toEqual([
      'epoch 1',
      'epoch 2',
      'epoch 3',
      'epoch 4',
    ]);
    expect(queue.get(job.id).history.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
  });

  it('end for a listener who leaves, while others go on', async () => {
    const { queue, trainer } = await (await jobBench()).open();
    const { job } = await queue.submit('train', farRequest);
    const puppet = await trainer.next();
    const leave = new AbortController();
    const [short, long] = [leave.signal, never].map((signal) =>
      collect(queue.events(job.id, { signal })),
    );
    leave.abort();
    expect((await short!).at(-1)).toBe('running');
    puppet.end(succeeded);
    expect((await long!).at(-1)).toBe('succeeded');
  });

  it('hold only the newest progress for a listener who does not read', async () => {
    const { queue, trainer } = await (await jobBench()).open();
    const { job } = await queue.submit('train', farRequest);
    const puppet = await trainer.next();
    const listener = queue.events(job.id, { signal: never });
    await listener.next();
    for (let step = 1; step <= 1000; step += 1)
      puppet.tell({ type: 'progress', epoch: 1, step, steps: 1000 });
    puppet.end(succeeded);
    await vi.waitFor(() => expect(queue.get(job.id).state).toBe('succeeded'));
    const rest: JobEvent[] = [];
    for await (const event of listener) rest.push(event);
    expect(rest).toMatchObject([
      { type: 'progress', step: 1000 },
      { type: 'state', state: 'succeeded' },
    ]);
  });

  it('of a job that never was are refused at once', async () => {
    const { queue } = await (await jobBench()).open();
    expect(() => queue.events('nothing', { signal: never })).toThrow(
      expect.objectContaining({ code: 'GLIMPSE_JOB_NOT_FOUND' }),
    );
  });
});
