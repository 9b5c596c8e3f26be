import { afterEach, describe, expect, it, vi } from 'vitest';
import { houseAccount, type Account } from '../../src/account.ts';
import { createBatcher } from '../../src/batching/batcher.ts';
import { createPuppetRun } from '../support/puppet-run.ts';

function createRig() {
  const puppet = createPuppetRun();
  const batcher = createBatcher<number, number>({
    model: 'digits',
    version: 3,
    maxBatchSize: 8,
    maxQueueDelayMs: 0,
    maxQueueSize: 64,
    run: (batch) => puppet.run(batch),
  });
  return { puppet, batcher };
}

afterEach(() => {
  vi.useRealTimers();
});

const accountOf = (id: string): Account => ({ ...houseAccount, flow: { id, weight: 1 } });
const eight = (first: number): number[] => Array.from({ length: 8 }, (_, index) => first + index);

describe('callers who wait together', () => {
  it('share a batch evenly, each in the order it asked', async () => {
    const { puppet, batcher } = createRig();
    const answers = [10, 20, 30].map((first) =>
      batcher.submit(eight(first), { account: accountOf(`caller ${first}`) }),
    );
    const batch = await puppet.batch(0);
    expect(batch.inputs).toEqual([10, 11, 12, 20, 21, 22, 30, 31]);
    await batch.succeed();
    for (const index of [1, 2]) await (await puppet.batch(index)).succeed();
    for (const [index, first] of [10, 20, 30].entries())
      expect((await answers[index]!).outputs).toEqual(eight(first).map((item) => item * 10));
  });

  it('leave the rest of a batch to whoever has more', async () => {
    const { puppet, batcher } = createRig();
    const more = batcher.submit([1, 2, 3], { account: accountOf('more') });
    const less = batcher.submit([4], { account: accountOf('less') });
    const batch = await puppet.batch(0);
    expect(batch.inputs).toEqual([1, 2, 3, 4]);
    await batch.succeed();
    expect((await more).outputs).toEqual([10, 20, 30]);
    expect((await less).outputs).toEqual([40]);
  });
});

it('a request is expected to cost what batches have cost so far, of its size or the next smaller one', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const { puppet, batcher } = createRig();
  const expected: number[] = [];
  const account = { ...houseAccount, expect: (ms: number) => void expected.push(ms) };
  const first = batcher.submit([1, 2], { account });
  const batch = await puppet.batch(0);
  vi.advanceTimersByTime(20);
  await batch.succeed();
  await first;
  const second = batcher.submit([3, 4, 5], { account });
  await (await puppet.batch(1)).succeed();
  await second;
  expect(expected).toEqual([0, 20]);
});
