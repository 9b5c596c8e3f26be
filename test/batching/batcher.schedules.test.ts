import { afterEach, describe, expect, it, vi } from 'vitest';
import { createBatcher } from '../../src/batching/batcher.ts';
import type { RejectReason } from '../../src/batching/batching-options.ts';
import { errors } from '../../src/errors.ts';
import { createRandom, type Random } from '../../src/random.ts';
import { outcome } from '../support/puppet-run.ts';

/** One item: who owns it, its place, and whether the model chokes on it. */
interface Item {
  readonly owner: number;
  readonly index: number;
  readonly isPoison: boolean;
}

interface Caller {
  readonly items: Item[];
  readonly leavesAt: number;
  readonly deadline: number;
  readonly result: Promise<unknown>;
}

/** Plays one random schedule on fake time and checks everything the batcher promises on the way. */
async function play(random: Random) {
  const maxBatchSize = 1 + random.integer(6);
  const maxQueueSize = 1 + random.integer(20);
  const maxInFlight = 1 + random.integer(2);
  const maxQueueDelayMs = random.next() < 0.5 ? 0 : random.integer(30);
  const rejects: RejectReason[] = [];
  const callers: Caller[] = [];
  let inFlight = 0;
  let runs = 0;
  /** A runtime takes its batches one after the other. */
  let free: Promise<void> = Promise.resolve();
  let largest = 0;

  const batcher = createBatcher<Item, string>({
    model: 'digits',
    version: 3,
    maxBatchSize,
    maxInFlight,
    maxQueueSize,
    maxQueueDelayMs,
    onReject: ({ reason }) => rejects.push(reason),
    run: async (batch) => {
      expect(inFlight, 'no more at a time than it may have').toBeLessThan(maxInFlight);
      expect(batch.length).toBeGreaterThan(0);
      expect(batch.length).toBeLessThanOrEqual(maxBatchSize);
      for (const { owner } of batch) {
        const { leavesAt, deadline } = callers[owner]!;
        expect(performance.now(), 'nobody pays for the dead').toBeLessThan(
          Math.min(leavesAt, deadline),
        );
      }
      inFlight += 1;
      runs += 1;
      free = free.then(() => new Promise((resolve) => setTimeout(resolve, random.integer(40))));
      await free;
      inFlight -= 1;
      if (batch.some(({ isPoison }) => isPoison)) throw new errors.GLIMPSE_RUNTIME_FAILED('poison');
      return batch.map(({ owner, index }) => `${owner}/${index}`);
    },
  });

  const arrive = (): void => {
    const now = performance.now();
    const owner = callers.length;
    const isPoisoned = random.next() < 0.1;
    const count = 1 + random.integer(random.next() < 0.2 ? maxBatchSize * 3 : 3);
    const items = Array.from({ length: count }, (_, index) => ({
      owner,
      index,
      isPoison: isPoisoned && index === count - 1,
    }));
    const leaving = new AbortController();
    const leavesAt = random.next() < 0.2 ? now + random.integer(60) + 1 : Infinity;
    const deadline = random.next() < 0.3 ? now + random.integer(100) + 1 : Infinity;
    if (leavesAt < Infinity) setTimeout(() => leaving.abort(), leavesAt - now);
    const result = outcome(batcher.submit(items, { signal: leaving.signal, deadline }));
    largest = Math.max(largest, count);
    expect(batcher.depth, 'the queue is bounded').toBeLessThanOrEqual(
      Math.max(maxQueueSize, largest),
    );
    callers.push({ items, leavesAt, deadline, result });
  };

  const arrivals = 40;
  for (let i = 0; i < arrivals; i += 1) {
    arrive();
    if (random.next() < 0.7) await vi.advanceTimersByTimeAsync(random.integer(30));
  }
  const drained = batcher.drain();
  await vi.runAllTimersAsync();
  await drained;
  expect(batcher.depth).toBe(0);
  expect(vi.getTimerCount(), 'drain leaves no timer').toBe(0);
  return { callers, rejects, runs };
}

const seeds = Array.from({ length: 60 }, (_, seed) => seed);

describe('the batcher on random schedules', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each(seeds)('keeps every promise on schedule %i', async (seed) => {
    vi.useFakeTimers();
    const { callers, rejects, runs } = await play(createRandom(seed));
    const codes: Record<string, number> = {};
    for (const { items, leavesAt, deadline, result } of callers) {
      const settled = await result;
      const code = hasCode(settled) ? settled.code : 'answered';
      codes[code] = (codes[code] ?? 0) + 1;
      const isPoisoned = items.some(({ isPoison }) => isPoison);
      if (code === 'answered') {
        expect(settled).toMatchObject({
          outputs: items.map(({ owner, index }) => `${owner}/${index}`),
        });
        expect(isPoisoned).toBe(false);
      }
      if (code === 'GLIMPSE_RUNTIME_FAILED') expect(isPoisoned).toBe(true);
      if (code === 'GLIMPSE_CLIENT_CLOSED') expect(leavesAt).toBeLessThan(Infinity);
      if (code === 'GLIMPSE_DEADLINE_EXCEEDED') expect(deadline).toBeLessThan(Infinity);
    }
    const counted = (reason: RejectReason) => rejects.filter((each) => each === reason).length;
    expect(counted('full')).toBe(codes['GLIMPSE_QUEUE_FULL'] ?? 0);
    expect(counted('deadline')).toBe(codes['GLIMPSE_DEADLINE_EXCEEDED'] ?? 0);
    expect(counted('aborted')).toBe(codes['GLIMPSE_CLIENT_CLOSED'] ?? 0);
    expect(counted('draining')).toBe(0);
    const items = callers.reduce((sum, { items }) => sum + items.length, 0);
    expect(runs, 'retries are bounded').toBeLessThanOrEqual(items * 2);
  });
});

function hasCode(value: unknown): value is { code: string } {
  return typeof value === 'object' && value !== null && 'code' in value;
}
