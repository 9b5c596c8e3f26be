import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createBatcher } from '../../src/batching/batcher.ts';
import type { RejectEvent, RejectReason } from '../../src/batching/batching-options.ts';
import { errors } from '../../src/errors.ts';
import { createPuppetRun, outcome, turn } from '../support/puppet-run.ts';
import { collectWarnings } from '../support/warnings.ts';

function createRig(overrides: { maxQueueDelayMs?: number } = {}) {
  const puppet = createPuppetRun();
  const rejects: RejectReason[] = [];
  const batcher = createBatcher<number, number>({
    ...version,
    maxBatchSize: 4,
    maxQueueDelayMs: 0,
    maxQueueSize: 8,
    ...overrides,
    run: (batch) => puppet.run(batch),
    onReject: ({ reason }) => rejects.push(reason),
  });
  return { puppet, rejects, batcher };
}

const version = { model: 'digits', version: 3 };
const echo = (batch: number[]): Promise<number[]> => Promise.resolve(batch);

afterEach(() => {
  vi.useRealTimers();
});

describe('the batcher under abuse', () => {
  it('drops a caller who left before dispatch, and siblings get their own answers', async () => {
    const { puppet, batcher, rejects } = createRig();
    const leaving = new AbortController();
    const first = batcher.submit([1]);
    const gone = outcome(batcher.submit([2, 3], { signal: leaving.signal }));
    const last = batcher.submit([4]);
    leaving.abort();
    expect(batcher.depth).toBe(2);
    const batch = await puppet.batch(0);
    expect(batch.inputs).toEqual([1, 4]);
    await batch.succeed();
    expect(await gone).toEqual({ code: 'GLIMPSE_CLIENT_CLOSED' });
    expect((await first).outputs).toEqual([10]);
    expect((await last).outputs).toEqual([40]);
    expect(rejects).toEqual(['aborted']);
  });

  it('lets a caller go whose batch already runs, at once and without harm to its siblings', async () => {
    const { puppet, batcher } = createRig();
    const leaving = new AbortController();
    const gone = outcome(batcher.submit([1], { signal: leaving.signal }));
    const stays = batcher.submit([2]);
    const batch = await puppet.batch(0);
    leaving.abort();
    expect(await gone).toEqual({ code: 'GLIMPSE_CLIENT_CLOSED' });
    await batch.succeed();
    expect((await stays).outputs).toEqual([20]);
  });

  it('says how long a late caller was ready to wait', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    vi.advanceTimersByTime(5000);
    const { puppet, batcher } = createRig();
    const first = batcher.submit([1]);
    await puppet.batch(0);
    const late = batcher.submit([2], { deadline: performance.now() + 50 });
    const refused = expect(late).rejects.toThrow('within 50 ms');
    vi.advanceTimersByTime(50);
    await puppet.batches[0]!.succeed();
    await refused;
    await first;
    await turn();
    expect(puppet.batches, 'nothing is run for nobody').toHaveLength(1);
  });

  it('takes the word of a signal that aborts with an error of the catalogue', async () => {
    const { batcher, rejects } = createRig();
    const leaving = new AbortController();
    const gone = outcome(batcher.submit([1], { signal: leaving.signal }));
    leaving.abort(new errors.GLIMPSE_DEADLINE_EXCEEDED(30));
    expect(await gone).toEqual({ code: 'GLIMPSE_DEADLINE_EXCEEDED' });
    expect(await outcome(batcher.submit([1], { signal: leaving.signal }))).toEqual({
      code: 'GLIMPSE_DEADLINE_EXCEEDED',
    });
    expect(rejects, 'counted as what it is').toEqual(['deadline', 'deadline']);
  });

  it('refuses a caller who has left already, or whose deadline has passed already, at once', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { puppet, batcher, rejects } = createRig();
    const gone = outcome(batcher.submit([1], { signal: AbortSignal.abort() }));
    const late = outcome(batcher.submit([1], { deadline: performance.now() }));
    expect(batcher.depth).toBe(0);
    expect(await gone).toEqual({ code: 'GLIMPSE_CLIENT_CLOSED' });
    expect(await late).toEqual({ code: 'GLIMPSE_DEADLINE_EXCEEDED' });
    await turn();
    expect(puppet.batches).toHaveLength(0);
    expect(rejects).toEqual(['aborted', 'deadline']);
  });

  it('drops a caller whose deadline passed in the queue before paying for it', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { puppet, batcher, rejects } = createRig();
    const first = batcher.submit([1]);
    await puppet.batch(0);
    const late = outcome(batcher.submit([2], { deadline: performance.now() + 50 }));
    const patient = batcher.submit([3], { deadline: performance.now() + 5000 });
    vi.advanceTimersByTime(51);
    await puppet.batches[0]!.succeed();
    const second = await puppet.batch(1);
    expect(second.inputs).toEqual([3]);
    await second.succeed();
    expect(await late).toEqual({ code: 'GLIMPSE_DEADLINE_EXCEEDED' });
    expect((await patient).outputs).toEqual([30]);
    expect((await first).outputs).toEqual([10]);
    expect(rejects).toEqual(['deadline']);
  });

  it('makes room for the living by dropping those whose deadline passed in a full queue', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { puppet, batcher } = createRig();
    const first = batcher.submit([0]);
    await puppet.batch(0);
    const dead = outcome(
      batcher.submit([1, 2, 3, 4, 5, 6, 7, 8], { deadline: performance.now() + 10 }),
    );
    vi.advanceTimersByTime(11);
    const alive = batcher.submit([9]);
    expect(await dead).toEqual({ code: 'GLIMPSE_DEADLINE_EXCEEDED' });
    await puppet.batches[0]!.succeed();
    await (await puppet.batch(1)).succeed();
    expect((await alive).outputs).toEqual([90]);
    await first;
  });

  it('stops paying for a split request whose caller left half way', async () => {
    const { puppet, batcher } = createRig();
    const leaving = new AbortController();
    const gone = outcome(batcher.submit([1, 2, 3, 4, 5, 6], { signal: leaving.signal }));
    const next = batcher.submit([7]);
    const first = await puppet.batch(0);
    leaving.abort();
    await first.succeed();
    const second = await puppet.batch(1);
    expect(second.inputs).toEqual([7]);
    await second.succeed();
    expect(await gone).toEqual({ code: 'GLIMPSE_CLIENT_CLOSED' });
    expect((await next).outputs).toEqual([70]);
    expect(batcher.depth).toBe(0);
  });

  it('runs the parts of a failed batch again, each alone, so that poison harms its own request only', async () => {
    const { puppet, batcher } = createRig();
    const answers = [1, 666, 3].map((value) => outcome(batcher.submit([value])));
    await (await puppet.batch(0)).fail();
    await (await puppet.batch(1)).succeed();
    await (await puppet.batch(2)).fail(new errors.GLIMPSE_RUNTIME_FAILED('poison'));
    await (await puppet.batch(3)).succeed();
    expect(puppet.batches.map(({ inputs }) => inputs)).toEqual([[1, 666, 3], [1], [666], [3]]);
    expect(await Promise.all(answers)).toMatchObject([
      { outputs: [10] },
      { code: 'GLIMPSE_RUNTIME_FAILED' },
      { outputs: [30] },
    ]);
  });

  it('does not repeat a failed batch of one request, and goes on with the next', async () => {
    const { puppet, batcher } = createRig();
    const failing = outcome(batcher.submit([1, 2, 3, 4]));
    const next = batcher.submit([5]);
    await (await puppet.batch(0)).fail(new errors.GLIMPSE_RUNTIME_FAILED('out of memory'));
    expect(await failing).toEqual({ code: 'GLIMPSE_RUNTIME_FAILED' });
    await (await puppet.batch(1)).succeed();
    expect((await next).outputs).toEqual([50]);
    expect(puppet.batches).toHaveLength(2);
  });

  it('does not repeat the part of a caller who left during the failure', async () => {
    const { puppet, batcher } = createRig();
    const leaving = new AbortController();
    const answers = [
      outcome(batcher.submit([1])),
      outcome(batcher.submit([2], { signal: leaving.signal })),
    ];
    const batch = await puppet.batch(0);
    leaving.abort();
    await batch.fail();
    await (await puppet.batch(1)).succeed();
    expect(await Promise.all(answers)).toMatchObject([
      { outputs: [10] },
      { code: 'GLIMPSE_CLIENT_CLOSED' },
    ]);
    await batcher.drain();
    expect(puppet.batches).toHaveLength(2);
  });

  it('drops the rest of a split request when one of its batches failed', async () => {
    const { puppet, batcher } = createRig();
    const failing = outcome(batcher.submit([1, 2, 3, 4, 5, 6, 7, 8]));
    await (await puppet.batch(0)).fail(new errors.GLIMPSE_RUNTIME_FAILED('broken'));
    expect(await failing).toEqual({ code: 'GLIMPSE_RUNTIME_FAILED' });
    await batcher.drain();
    expect(puppet.batches).toHaveLength(1);
  });

  it('refuses a runtime that miscounts instead of mixing up its callers', async () => {
    const { puppet, batcher } = createRig();
    const refused = expect(batcher.submit([1, 2])).rejects.toMatchObject({
      code: 'GLIMPSE_RUNTIME_FAILED',
      message: expect.stringContaining('1 answers to 2 inputs') as string,
    });
    await (await puppet.batch(0)).answer([10]);
    await refused;
  });

  it('survives a runtime that throws before it returns a promise', async () => {
    const batcher = createBatcher<number, number>({
      ...version,
      maxBatchSize: 4,
      maxQueueDelayMs: 0,
      maxQueueSize: 8,
      run: (batch) => {
        if (batch.includes(13)) throw new errors.GLIMPSE_RUNTIME_FAILED('superstition');
        return Promise.resolve(batch);
      },
    });
    expect(await outcome(batcher.submit([13]))).toEqual({ code: 'GLIMPSE_RUNTIME_FAILED' });
    expect((await batcher.submit([14])).outputs).toEqual([14]);
  });

  it('survives a reporter that throws: a warning, and everybody is answered', async () => {
    const { warnings, stop } = collectWarnings();
    onTestFinished(stop);
    const batcher = createBatcher<number, number>({
      ...version,
      maxBatchSize: 4,
      maxQueueDelayMs: 0,
      maxQueueSize: 8,
      run: echo,
      onBatch: () => {
        throw new Error('no such metric');
      },
    });
    expect((await batcher.submit([1])).outputs).toEqual([1]);
    expect((await batcher.submit([2])).outputs).toEqual([2]);
    await turn();
    expect(warnings.map(({ message }) => message)).toEqual(['no such metric', 'no such metric']);
  });

  it('tells who was refused and who left, with all their items', async () => {
    const told: RejectEvent[] = [];
    const puppet = createPuppetRun();
    const batcher = createBatcher<number, number>({
      ...version,
      maxBatchSize: 4,
      maxQueueDelayMs: 0,
      maxQueueSize: 2,
      run: (batch) => puppet.run(batch),
      onReject: (event) => told.push(event),
    });
    const leaving = new AbortController();
    const gone = outcome(batcher.submit([1, 2], { signal: leaving.signal }));
    await outcome(batcher.submit([3, 4, 5]));
    leaving.abort();
    await gone;
    expect(told).toEqual([
      { ...version, reason: 'full', items: 3 },
      { ...version, reason: 'aborted', items: 2 },
    ]);
  });

  it('tells a failed batch as failed, and the runs of its parts as what they were', async () => {
    const told: boolean[] = [];
    const batcher = createBatcher<number, number>({
      ...version,
      maxBatchSize: 4,
      maxQueueDelayMs: 0,
      maxQueueSize: 8,
      run: async (batch) => {
        if (batch.includes(666)) throw new Error('poison');
        return batch;
      },
      onBatch: ({ failed }) => told.push(failed),
    });
    await Promise.all([1, 666].map((value) => outcome(batcher.submit([value]))));
    expect(told).toEqual([true, false, true]);
  });

  it('needs nobody who listens: without reporters there is no warning either', async () => {
    const { warnings, stop } = collectWarnings();
    onTestFinished(stop);
    const batcher = createBatcher<number, number>({
      ...version,
      maxBatchSize: 4,
      maxQueueDelayMs: 0,
      maxQueueSize: 8,
      run: echo,
    });
    expect((await batcher.submit([1])).outputs).toEqual([1]);
    await outcome(batcher.submit([2], { signal: AbortSignal.abort() }));
    await turn();
    expect(warnings).toEqual([]);
  });

  it('is not put off by callers who come in every turn of the event loop', async () => {
    const { puppet, batcher } = createRig();
    const answers: Promise<unknown>[] = [];
    await new Promise<void>((resolve) => {
      const arrive = (): void => {
        if (answers.length === 3) return resolve();
        setImmediate(arrive);
        answers.push(batcher.submit([answers.length]));
      };
      arrive();
    });
    expect(puppet.batches.map(({ inputs }) => inputs)).toEqual([[0, 1]]);
    for (const index of [0, 1]) await (await puppet.batch(index)).succeed();
    await Promise.all(answers);
  });

  it('runs one batch at a time, also when the first who came has left in the same turn', async () => {
    const { puppet, batcher } = createRig();
    const leaving = new AbortController();
    const gone = outcome(batcher.submit([1], { signal: leaving.signal }));
    leaving.abort();
    const answers = [batcher.submit([2])];
    await puppet.batch(0);
    answers.push(batcher.submit([3]));
    await turn();
    expect(puppet.batches.map(({ inputs }) => inputs)).toEqual([[2]]);
    for (const index of [0, 1]) await (await puppet.batch(index)).succeed();
    await Promise.all([gone, ...answers]);
  });

  it('answers a request without items with no outputs and runs nothing', async () => {
    const { puppet, batcher } = createRig();
    expect((await batcher.submit([])).outputs).toEqual([]);
    await turn();
    expect(puppet.batches).toHaveLength(0);
  });

  it('leaves no listener on the signal of a caller who stayed', async () => {
    const { puppet, batcher } = createRig();
    const { signal } = new AbortController();
    const answer = batcher.submit([1], { signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await (await puppet.batch(0)).succeed();
    await answer;
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('leaves no timer behind when everybody in the window leaves', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const { puppet, batcher } = createRig({ maxQueueDelayMs: 1000 });
    const leaving = new AbortController();
    const gone = outcome(batcher.submit([1], { signal: leaving.signal }));
    expect(vi.getTimerCount()).toBe(1);
    leaving.abort();
    expect(vi.getTimerCount()).toBe(0);
    await gone;
    await batcher.drain();
    expect(puppet.batches).toHaveLength(0);
  });

  it('refuses limits below one', () => {
    const limits = { run: echo, maxQueueDelayMs: 0 };
    expect(() =>
      createBatcher({ ...version, ...limits, maxBatchSize: 0, maxQueueSize: 1 }),
    ).toThrow('batch');
    expect(() =>
      createBatcher({ ...version, ...limits, maxBatchSize: 1, maxQueueSize: 0 }),
    ).toThrow('queue');
  });
});
