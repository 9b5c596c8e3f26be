import { afterEach, describe, expect, it, vi } from 'vitest';
import { createBatcher } from '../../src/batching/batcher.ts';
import type { BatchEvent } from '../../src/batching/batching-options.ts';
import { createPuppetRun, outcome, turn } from '../support/puppet-run.ts';

function createRig() {
  const puppet = createPuppetRun();
  const reports: BatchEvent[] = [];
  const batcher = createBatcher<number, number>({
    model: 'digits',
    version: 3,
    maxBatchSize: 2,
    maxInFlight: 2,
    maxQueueDelayMs: 0,
    maxQueueSize: 64,
    run: (batch) => puppet.run(batch),
    onBatch: (event) => reports.push(event),
  });
  return { puppet, reports, batcher };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('two batches in flight', () => {
  it('are the one that runs and a full one behind it; the queue keeps the rest', async () => {
    const { puppet, batcher } = createRig();
    const answers = [batcher.submit([1, 2, 3, 4, 5])];
    await turn();
    expect(puppet.batches.map(({ inputs }) => inputs)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(batcher.depth).toBe(1);
    answers.push(batcher.submit([6, 7]));
    await turn();
    expect(puppet.batches).toHaveLength(2);
    await puppet.batches[0]!.succeed();
    expect((await puppet.batch(2)).inputs).toEqual([5, 6]);
    for (const index of [1, 2, 3]) await (await puppet.batch(index)).succeed();
    const outputs = (await Promise.all(answers)).map((answer) => answer.outputs);
    expect(outputs).toEqual([
      [10, 20, 30, 40, 50],
      [60, 70],
    ]);
  });

  it('leaves what fills no batch to gather, until the runtime is idle', async () => {
    const { puppet, batcher } = createRig();
    const answers = [batcher.submit([1]), batcher.submit([2])];
    await puppet.batch(0);
    answers.push(batcher.submit([3]));
    await turn();
    expect(puppet.batches).toHaveLength(1);
    answers.push(batcher.submit([4]));
    expect((await puppet.batch(1)).inputs).toEqual([3, 4]);
    for (const batch of puppet.batches) await batch.succeed();
    await Promise.all(answers);
  });

  it('tells the time of the second from the end of the first, and its wait until then', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    vi.advanceTimersByTime(5000);
    const { puppet, batcher, reports } = createRig();
    const [first, second] = [batcher.submit([1, 2]), batcher.submit([3, 4])];
    await puppet.batch(1);
    vi.advanceTimersByTime(100);
    await puppet.batches[0]!.succeed();
    vi.advanceTimersByTime(30);
    await puppet.batches[1]!.succeed();
    expect(await first).toMatchObject({ inferMs: 100, queueMs: 0 });
    expect(await second).toMatchObject({ inferMs: 30, queueMs: 100 });
    expect(reports.map(({ waitMs, inferMs }) => [waitMs, inferMs])).toEqual([
      [[0], 100],
      [[100], 30],
    ]);
  });

  it('says how long the queue needs by what a batch takes, not by how long it lay ready', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    vi.advanceTimersByTime(5000);
    const { puppet, batcher } = createRig();
    const answers = [batcher.submit([1, 2, 3, 4])];
    await puppet.batch(1);
    for (const batch of puppet.batches) {
      vi.advanceTimersByTime(40);
      await batch.succeed();
    }
    answers.push(batcher.submit([5, 6, 7, 8]));
    await puppet.batch(3);
    answers.push(batcher.submit(Array.from({ length: 64 }, (_, index) => index)));
    const refused = batcher.submit([9]);
    await expect(refused).rejects.toMatchObject({ details: { waiting: 64, retryAfterMs: 1280 } });
    for (let index = 2; index < 36; index += 1) await (await puppet.batch(index)).succeed();
    await Promise.all(answers);
  });

  it('runs the second again, as it was, when it fell with the first', async () => {
    const { puppet, batcher } = createRig();
    const poisonous = outcome(batcher.submit([1, 2]));
    const innocent = batcher.submit([3]);
    const other = batcher.submit([4]);
    await puppet.batch(1);
    void puppet.batches[0]!.fail(new Error('killed'));
    await puppet.batches[1]!.fail(new Error('killed'));
    expect((await puppet.batch(2)).inputs).toEqual([3, 4]);
    expect(await poisonous).toEqual({ code: 'Error: killed' });
    await puppet.batches[2]!.succeed();
    expect([(await innocent).outputs, (await other).outputs]).toEqual([[30], [40]]);
    expect(puppet.batches).toHaveLength(3);
  });

  it('tries again what failed with nothing beside it, so that only the poisonous request is blamed', async () => {
    const { puppet, batcher } = createRig();
    const [poisonous, sibling] = [outcome(batcher.submit([666])), batcher.submit([1])];
    const innocent = batcher.submit([2, 3]);
    const later = batcher.submit([4, 5]);
    await puppet.batch(1);
    void puppet.batches[0]!.fail();
    await puppet.batches[1]!.fail();
    for (const inputs of [[666], [1], [2, 3]]) {
      await turn();
      const newest = puppet.batches.at(-1)!;
      expect(newest.inputs).toEqual(inputs);
      await (inputs[0] === 666 ? newest.fail(new Error('killed again')) : newest.succeed());
    }
    expect(await poisonous).toEqual({ code: 'Error: killed again' });
    expect([(await sibling).outputs, (await innocent).outputs]).toEqual([[10], [20, 30]]);
    expect(puppet.batches).toHaveLength(6);
    await puppet.batches[5]!.succeed();
    expect((await later).outputs).toEqual([40, 50]);
  });

  it('runs nothing again for callers who have left by then', async () => {
    const { puppet, batcher } = createRig();
    const leaving = new AbortController();
    const poisonous = outcome(batcher.submit([1, 2]));
    const gone = outcome(batcher.submit([3, 4], { signal: leaving.signal }));
    await puppet.batch(1);
    leaving.abort();
    void puppet.batches[0]!.fail();
    await puppet.batches[1]!.fail();
    await turn();
    expect(puppet.batches).toHaveLength(2);
    expect(await gone).toEqual({ code: 'GLIMPSE_CLIENT_CLOSED' });
    await poisonous;
    await batcher.drain();
  });

  it('blames a batch that fails by itself, whatever became of the one before it', async () => {
    const { puppet, batcher } = createRig();
    const [good, bad] = [batcher.submit([1, 2]), outcome(batcher.submit([3, 4]))];
    await puppet.batch(1);
    await puppet.batches[0]!.succeed();
    await puppet.batches[1]!.fail(new Error('poison'));
    expect(await bad).toEqual({ code: 'Error: poison' });
    expect((await good).outputs).toEqual([10, 20]);
    expect(puppet.batches).toHaveLength(2);
  });

  it('drains both', async () => {
    const { puppet, batcher } = createRig();
    const answer = batcher.submit([1, 2, 3, 4]);
    await puppet.batch(1);
    let isDrained = false;
    const drained = batcher.drain().then(() => (isDrained = true));
    await puppet.batches[0]!.succeed();
    expect(isDrained).toBe(false);
    await puppet.batches[1]!.succeed();
    await drained;
    expect((await answer).outputs).toEqual([10, 20, 30, 40]);
  });
});
