import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { houseAccount } from '../../src/account.ts';
import { createBatcher } from '../../src/batching/batcher.ts';
import type { BatchEvent, RejectReason } from '../../src/batching/batching-options.ts';
import { createPuppetRun, outcome, turn } from '../support/puppet-run.ts';

const limits = { maxBatchSize: 4, maxQueueDelayMs: 0, maxQueueSize: 8 };

function createRig(overrides: Partial<typeof limits> = {}) {
  const puppet = createPuppetRun();
  const reports: BatchEvent[] = [];
  const rejects: RejectReason[] = [];
  const batcher = createBatcher<number, number>({
    model: 'digits',
    version: 3,
    ...limits,
    ...overrides,
    run: (batch) => puppet.run(batch),
    onBatch: (event) => reports.push(event),
    onReject: ({ reason }) => rejects.push(reason),
  });
  return { puppet, reports, rejects, batcher };
}

afterEach(() => {
  vi.useRealTimers();
});

/** From here on time passes only when the test says so; it has begun long ago. */
function fakeClock(...timers: ('setTimeout' | 'clearTimeout')[]) {
  vi.useFakeTimers({ toFake: ['performance', ...timers] });
  vi.advanceTimersByTime(5000);
  return (ms: number) => void vi.advanceTimersByTime(ms);
}

describe('the batcher', () => {
  it('answers a request with as many outputs as inputs, in order, with its two times', async () => {
    const { puppet, batcher } = createRig();
    const answer = batcher.submit([1, 2, 3]);
    await (await puppet.batch(0)).succeed();
    const { outputs, queueMs, inferMs } = await answer;
    expect(outputs).toEqual([10, 20, 30]);
    expect(queueMs).toBeGreaterThanOrEqual(0);
    expect(inferMs).toBeGreaterThanOrEqual(0);
  });

  it('names the batches that held the items of a request, and how many it shared them with', async () => {
    const { puppet, batcher } = createRig();
    const first = batcher.submit([1]);
    await puppet.batch(0);
    const [split, last] = [batcher.submit([2, 3, 4, 5, 6]), batcher.submit([7])];
    for (const at of [0, 1, 2]) await (await puppet.batch(at)).succeed();
    const [one, both, other] = [await first, await split, await last].map(({ batches }) => batches);
    expect(one).toEqual([{ id: expect.stringMatching(/^b[0-9a-f]{8}-1$/), size: 1, items: 1 }]);
    expect(both!.map(({ items }) => items).reduce((sum, items) => sum + items)).toBe(5);
    expect([...both!, ...other!].reduce((sum, { items }) => sum + items, 0)).toBe(6);
    expect(both!.map(({ size }) => size)).toEqual([4, 2]);
    expect(new Set([...one!, ...both!, ...other!].map(({ id }) => id)).size).toBe(3);
  });

  it('tells the time in all batches of a request, and all the rest of its time', async () => {
    const passTime = fakeClock();
    const { puppet, batcher, reports } = createRig();
    const first = batcher.submit([1]);
    await puppet.batch(0);
    passTime(20);
    const split = batcher.submit([2, 3, 4, 5, 6]);
    passTime(30);
    await puppet.batches[0]!.succeed();
    for (const [index, ms] of [200, 100].entries()) {
      await puppet.batch(index + 1);
      passTime(ms);
      await puppet.batches[index + 1]!.succeed();
    }
    expect(await first).toMatchObject({ inferMs: 50, queueMs: 0 });
    expect(await split).toMatchObject({ inferMs: 300, queueMs: 30 });
    expect(reports.map(({ waitMs, inferMs }) => ({ waitMs, inferMs }))).toEqual([
      { waitMs: [0], inferMs: 50 },
      { waitMs: [30], inferMs: 200 },
      { waitMs: [230], inferMs: 100 },
    ]);
  });

  it('runs what arrived in one turn of the event loop as one batch', async () => {
    const { puppet, batcher, reports } = createRig();
    const answers = [batcher.submit([1]), batcher.submit([2, 3])];
    const batch = await puppet.batch(0);
    expect(batch.inputs).toEqual([1, 2, 3]);
    await batch.succeed();
    expect((await Promise.all(answers)).map(({ outputs }) => outputs)).toEqual([[10], [20, 30]]);
    expect(reports).toEqual([
      {
        model: 'digits',
        version: 3,
        size: 3,
        failed: false,
        inferMs: expect.any(Number) as number,
        spans: [],
        waitMs: [expect.any(Number), expect.any(Number)],
      },
    ]);
  });

  it('with delay 0 needs no timer to start an idle runtime', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const { puppet, batcher } = createRig();
    const answer = batcher.submit([1]);
    await turn();
    expect(vi.getTimerCount()).toBe(0);
    expect(puppet.batches).toHaveLength(1);
    await puppet.batches[0]!.succeed();
    await answer;
  });

  it('gathers what arrives while a batch runs, and counts items, not requests', async () => {
    const { puppet, batcher } = createRig();
    const answers = [batcher.submit([1])];
    await puppet.batch(0);
    for (const value of [2, 3, 4, 5, 6]) answers.push(batcher.submit([value]));
    await turn();
    expect(puppet.batches).toHaveLength(1);
    expect(batcher.depth).toBe(5);
    await puppet.batches[0]!.succeed();
    const second = await puppet.batch(1);
    expect(second.inputs).toEqual([2, 3, 4, 5]);
    expect(batcher.depth).toBe(1);
    await second.succeed();
    await (await puppet.batch(2)).succeed();
    expect((await Promise.all(answers)).flatMap(({ outputs }) => outputs)).toEqual([
      10, 20, 30, 40, 50, 60,
    ]);
  });

  it('splits a request larger than a batch and rejoins it in order', async () => {
    const { puppet, batcher } = createRig();
    const answer = batcher.submit([1, 2, 3, 4, 5, 6, 7]);
    const neighbour = batcher.submit([8]);
    const first = await puppet.batch(0);
    expect(first.inputs).toEqual([1, 2, 3, 4]);
    await first.succeed();
    const second = await puppet.batch(1);
    expect(second.inputs).toEqual([5, 6, 7, 8]);
    await second.succeed();
    expect((await answer).outputs).toEqual([10, 20, 30, 40, 50, 60, 70]);
    expect((await neighbour).outputs).toEqual([80]);
  });

  it('closes a batch on delay when it stays small', async () => {
    vi.useFakeTimers();
    const { puppet, batcher } = createRig({ maxQueueDelayMs: 20 });
    const answers = [batcher.submit([1])];
    await vi.advanceTimersByTimeAsync(15);
    answers.push(batcher.submit([2]));
    expect(puppet.batches).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(6);
    expect(puppet.batches.map(({ inputs }) => inputs)).toEqual([[1, 2]]);
    vi.useRealTimers();
    await puppet.batches[0]!.succeed();
    await Promise.all(answers);
  });

  it('counts the delay from the arrival of the oldest, also while a batch ran', async () => {
    const passTime = fakeClock('setTimeout', 'clearTimeout');
    const { puppet, batcher } = createRig({ maxQueueDelayMs: 100 });
    const answers = [batcher.submit([1])];
    passTime(100);
    await puppet.batch(0);
    answers.push(batcher.submit([2]));
    passTime(30);
    await puppet.batches[0]!.succeed();
    passTime(69);
    await turn();
    expect(puppet.batches).toHaveLength(1);
    passTime(1);
    await (await puppet.batch(1)).succeed();
    await Promise.all(answers);
  });

  it('sets one timer for a window, however many arrive in it', async () => {
    fakeClock('setTimeout', 'clearTimeout');
    const setTimer = vi.spyOn(globalThis, 'setTimeout');
    onTestFinished(() => setTimer.mockRestore());
    const { puppet, batcher } = createRig({ maxQueueDelayMs: 100 });
    const answers = [1, 2, 3].map((value) => batcher.submit([value]));
    expect(setTimer).toHaveBeenCalledOnce();
    const drained = batcher.drain();
    await (await puppet.batch(0)).succeed();
    await Promise.all([...answers, drained]);
  });

  it('closes a batch on size before the delay is over', async () => {
    vi.useFakeTimers();
    const { puppet, batcher } = createRig({ maxQueueDelayMs: 10_000 });
    const answers = [batcher.submit([1, 2]), batcher.submit([3, 4, 5])];
    await vi.advanceTimersByTimeAsync(1);
    expect(puppet.batches.map(({ inputs }) => inputs)).toEqual([[1, 2, 3, 4]]);
    vi.useRealTimers();
    await puppet.batches[0]!.succeed();
    const drained = batcher.drain();
    await (await puppet.batch(1)).succeed();
    await Promise.all([...answers, drained]);
  });

  it('refuses a full queue at once with GLIMPSE_QUEUE_FULL, all of a request or none of it', async () => {
    const { puppet, batcher, rejects } = createRig();
    const answers = [batcher.submit([0])];
    await puppet.batch(0);
    answers.push(batcher.submit([1, 2, 3, 4, 5, 6]));
    expect(await outcome(batcher.submit([7, 8, 9]))).toEqual({ code: 'GLIMPSE_QUEUE_FULL' });
    expect(batcher.depth).toBe(6);
    expect(rejects).toEqual(['full']);
    answers.push(batcher.submit([7, 8]));
    expect(batcher.depth).toBe(8);
    for (const index of [0, 1, 2]) await (await puppet.batch(index)).succeed();
    await Promise.all(answers);
  });

  it('says with GLIMPSE_QUEUE_FULL how long the queue needs, as measured', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { puppet, batcher } = createRig();
    const answers = [batcher.submit([1, 2, 1, 2])];
    const first = await puppet.batch(0);
    vi.advanceTimersByTime(400);
    await first.succeed();
    answers.push(batcher.submit([3]));
    await puppet.batch(1);
    answers.push(batcher.submit([4, 5, 6, 7, 8, 9, 10, 11]));
    const refused = batcher.submit([12]);
    await expect(refused).rejects.toMatchObject({
      code: 'GLIMPSE_QUEUE_FULL',
      statusCode: 429,
      details: { waiting: 8, limit: 8, retryAfterMs: 800 },
    });
    for (const index of [1, 2, 3]) await (await puppet.batch(index)).succeed();
    await Promise.all(answers);
  });

  it('says by the last batches how long the queue needs, the newest for a tenth', async () => {
    const passTime = fakeClock();
    const { puppet, batcher } = createRig({ maxQueueSize: 1 });
    const answers = [batcher.submit([1])];
    for (const [index, ms] of [100, 300, 0].entries()) {
      await puppet.batch(index);
      passTime(ms);
      answers.push(batcher.submit([1]));
      if (index === 2) break;
      await puppet.batches[index]!.succeed();
    }
    const refused = batcher.submit([1]);
    await expect(refused).rejects.toMatchObject({ details: { retryAfterMs: 120 } });
    for (const index of [2, 3]) await (await puppet.batch(index)).succeed();
    await Promise.all(answers);
  });

  it('takes a request larger than the whole queue when nobody else waits', async () => {
    const { puppet, batcher } = createRig({ maxQueueSize: 2 });
    const answer = batcher.submit([1, 2, 3]);
    expect(await outcome(batcher.submit([4]))).toEqual({ code: 'GLIMPSE_QUEUE_FULL' });
    await (await puppet.batch(0)).succeed();
    expect((await answer).outputs).toEqual([10, 20, 30]);
  });

  it('finishes accepted work on drain, refuses new work, and leaves no timer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { puppet, batcher, rejects } = createRig({ maxQueueDelayMs: 60_000 });
    const answers = [batcher.submit([1]), batcher.submit([2])];
    const drained = batcher.drain();
    expect(await outcome(batcher.submit([3]))).toEqual({ code: 'GLIMPSE_DRAINING' });
    await (await puppet.batch(0)).succeed();
    await drained;
    expect((await Promise.all(answers)).flatMap(({ outputs }) => outputs)).toEqual([10, 20]);
    expect(vi.getTimerCount()).toBe(0);
    expect(rejects).toEqual(['draining']);
  });

  it('drains at once when it is idle, and as often as it is asked', async () => {
    const { batcher } = createRig();
    await Promise.all([batcher.drain(), batcher.drain()]);
    await batcher.drain();
  });
});

const account = (id: string) => ({ ...houseAccount, flow: { id, weight: 1 } });
const numbers = (from: number): number[] => Array.from({ length: 12 }, (_, i) => from + i);

describe('a batcher shared by callers', () => {
  it('puts items of each into every batch, full, each caller in order and whole', async () => {
    const { puppet, batcher, reports } = createRig({ maxBatchSize: 4, maxQueueSize: 100 });
    const first = batcher.submit([0]);
    await puppet.batch(0);
    const many = batcher.submit([1, 2, 3, 4, 5, 6, 7, 8], { account: account('many') });
    const more = batcher.submit([9], { account: account('many') });
    const one = batcher.submit([100], { account: account('one') });
    await puppet.batches[0]!.succeed();
    expect((await puppet.batch(1)).inputs).toEqual([1, 2, 3, 100]);
    await puppet.batches[1]!.succeed();
    expect((await one).outputs).toEqual([1000]);
    expect((await puppet.batch(2)).inputs).toEqual([4, 5, 6, 7]);
    await puppet.batches[2]!.succeed();
    expect((await puppet.batch(3)).inputs).toEqual([8, 9]);
    await puppet.batches[3]!.succeed();
    expect((await many).outputs).toEqual([10, 20, 30, 40, 50, 60, 70, 80]);
    expect((await more).outputs).toEqual([90]);
    expect((await first).outputs).toEqual([0]);
    expect(reports.map(({ size, waitMs }) => [size, waitMs.length])).toEqual([
      [1, 1],
      [4, 2],
      [4, 1],
      [2, 2],
    ]);
  });

  it('gives each the same where both always want more', async () => {
    const { puppet, batcher } = createRig({ maxBatchSize: 4, maxQueueSize: 100 });
    const first = batcher.submit([0]);
    await puppet.batch(0);
    const both = [
      batcher.submit(numbers(100), { account: account('a') }),
      batcher.submit(numbers(200), { account: account('b') }),
    ];
    await puppet.batches[0]!.succeed();
    for (let batch = 1; batch <= 6; batch += 1) {
      const { inputs } = await puppet.batch(batch);
      expect(inputs.filter((input) => input < 200)).toHaveLength(2);
      await puppet.batches[batch]!.succeed();
    }
    await Promise.all([first, ...both]);
  });

  it('takes a caller with less than an even share into a full queue', async () => {
    const { puppet, batcher } = createRig({ maxQueueSize: 4 });
    const first = batcher.submit([0]);
    await puppet.batch(0);
    const many = batcher.submit([1, 2, 3, 4], { account: account('many') });
    await expect(batcher.submit([5], { account: account('many') })).rejects.toMatchObject({
      code: 'GLIMPSE_QUEUE_FULL',
    });
    const one = batcher.submit([6, 7], { account: account('one') });
    await expect(batcher.submit([8], { account: account('one') })).rejects.toMatchObject({
      code: 'GLIMPSE_QUEUE_FULL',
    });
    for (let batch = 0; batch <= 2; batch += 1) await (await puppet.batch(batch)).succeed();
    await Promise.all([first, many, one]);
  });
});
