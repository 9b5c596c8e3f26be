import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRandom } from '../../src/random.ts';
import { createPoller, nextPollMs, type PollKind } from '../../src/registry/poller.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function createRig(intervals: { pollIntervalMs?: number; rescanIntervalMs?: number } = {}) {
  const polls: PollKind[] = [];
  const rig = {
    polls,
    error: undefined as Error | undefined,
    pollMs: 0,
    poller: createPoller({
      pollIntervalMs: 1000,
      rescanIntervalMs: 10_000,
      ...intervals,
      random: createRandom(1),
      onPolled: () => {},
      poll: async (kind, signal) => {
        polls.push(kind);
        if (rig.pollMs > 0) await new Promise((resolve) => setTimeout(resolve, rig.pollMs));
        signal.throwIfAborted();
        if (rig.error) throw rig.error;
      },
    }),
  };
  return rig;
}

describe('the poller', () => {
  it('polls everything first, then labels every interval, then everything again', async () => {
    const { poller, polls } = createRig();
    await poller.pollNow();
    expect(polls).toEqual(['everything']);
    expect(poller.hasPolledAll).toBe(true);
    await vi.advanceTimersByTimeAsync(8000);
    expect(polls.length).toBeGreaterThanOrEqual(6);
    expect(polls.length).toBeLessThanOrEqual(11);
    expect(new Set(polls.slice(1))).toEqual(new Set(['labels']));
    await vi.advanceTimersByTimeAsync(4000);
    expect(polls.filter((kind) => kind === 'everything')).toHaveLength(2);
    await poller.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('spreads a fleet: intervals differ by chance, within a fifth', () => {
    const delays = [0, 0.5, 0.999999].map((chance) =>
      nextPollMs({ baseMs: 1000, failures: 0, hasPolledAll: true, chance }),
    );
    expect(delays.map(Math.round)).toEqual([800, 1000, 1200]);
  });

  it('stretches the interval while the store does not answer, to twice its length and no further', () => {
    const delays = [1, 2, 3, 4, 5, 50].map((failures) =>
      nextPollMs({ baseMs: 1000, failures, hasPolledAll: true, chance: 0.5 }),
    );
    expect(delays).toEqual([2000, 2000, 2000, 2000, 2000, 2000]);
  });

  it('tries sooner while it has seen nothing at all', () => {
    const delays = [1, 2, 3, 6, 50].map((failures) =>
      nextPollMs({ baseMs: 300_000, failures, hasPolledAll: false, chance: 0.5 }),
    );
    expect(delays).toEqual([1000, 2000, 4000, 30_000, 30_000]);
  });

  it('never waits longer than two intervals, also while it has read nothing at all', () => {
    const delays = [1, 2, 3, 6, 50].map((failures) =>
      nextPollMs({ baseMs: 1_500, failures, hasPolledAll: false, chance: 0.5 }),
    );
    expect(delays).toEqual([1000, 2000, 3000, 3000, 3000]);
  });

  it('polls again within two intervals of the end of an outage of a minute, wherever in its wait that comes', async () => {
    for (const outageMs of [60_000, 61_300, 62_900]) {
      const rig = createRig({ pollIntervalMs: 1000, rescanIntervalMs: 300_000 });
      await rig.poller.pollNow();
      rig.error = new Error('down');
      await vi.advanceTimersByTimeAsync(outageMs);
      expect(rig.poller.failure).toBeDefined();
      rig.error = undefined;
      // Two intervals, and the fifth that chance may add.
      await vi.advanceTimersByTimeAsync(2400);
      expect(rig.poller.failure).toBeUndefined();
      await rig.poller.close();
    }
  });

  it('never waits longer than a timer can', () => {
    const when = { baseMs: 2 ** 31, failures: 9, hasPolledAll: true, chance: 1 };
    expect(nextPollMs(when)).toBe(2 ** 31 - 1);
  });

  it('goes on by itself after failures, and remembers the last one until a poll succeeds', async () => {
    const rig = createRig({ pollIntervalMs: 0, rescanIntervalMs: 0 });
    rig.error = new Error('down');
    await rig.poller.pollNow();
    expect(rig.poller.failure?.message).toBe('down');
    expect(rig.poller.hasPolledAll).toBe(false);
    rig.error = undefined;
    await vi.advanceTimersByTimeAsync(1300);
    expect(rig.poller.failure).toBeUndefined();
    expect(rig.poller.hasPolledAll).toBe(true);
    expect(vi.getTimerCount(), 'with intervals of 0 it then only waits for nudges').toBe(0);
    await rig.poller.close();
  });

  it('lets overlapping calls share a poll that began after all of them', async () => {
    const rig = createRig();
    rig.pollMs = 50;
    const first = rig.poller.pollNow();
    const others = [rig.poller.pollNow(), rig.poller.pollNow(), rig.poller.pollNow()];
    await vi.advanceTimersByTimeAsync(50);
    await first;
    expect(rig.polls).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(50);
    await Promise.all(others);
    expect(rig.polls).toHaveLength(2);
    await rig.poller.close();
  });

  it('closes in the middle of a poll, which it ends', async () => {
    const rig = createRig();
    rig.pollMs = 50;
    const polls = [rig.poller.pollNow(), rig.poller.pollNow()];
    const closing = rig.poller.close();
    await vi.advanceTimersByTimeAsync(50);
    await Promise.all([...polls, closing]);
    expect(rig.polls).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});
