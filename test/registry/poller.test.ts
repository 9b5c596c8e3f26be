import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRandom, type Random } from '../../src/random.ts';
import { createPoller, nextPollMs, type PollKind } from '../../src/registry/polling/poller.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function createRig(
  intervals: { pollIntervalMs?: number; rescanIntervalMs?: number } = {},
  random: Partial<Random> = {},
) {
  const polls: PollKind[] = [];
  const outcomes: (string | undefined)[] = [];
  const rig = {
    polls,
    outcomes,
    error: undefined as Error | undefined,
    pollMs: 0,
    poller: createPoller({
      pollIntervalMs: 1000,
      rescanIntervalMs: 10_000,
      ...intervals,
      random: { ...createRandom(1), ...random },
      onPolled: (error) => void outcomes.push(error?.message),
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

/** An even chance, with which every interval has its own length to the millisecond. */
const even = { next: () => 0.5 };

describe('the times of polls', () => {
  it.each([
    [1_000, 3_000, 'everything labels labels everything labels labels everything'],
    [1_000, 0, 'everything labels labels labels labels labels labels'],
    [0, 3_000, 'everything everything everything'],
    [0, 0, 'everything'],
    [3_000, 1_000, 'everything everything everything everything everything everything everything'],
  ])(
    'of an interval of %i and a rescan after %i',
    async (pollIntervalMs, rescanIntervalMs, kinds) => {
      const { poller, polls, outcomes } = createRig({ pollIntervalMs, rescanIntervalMs }, even);
      await poller.pollNow();
      await vi.advanceTimersByTimeAsync(6_000);
      expect(polls.join(' ')).toBe(kinds);
      expect(outcomes).toEqual(polls.map(() => undefined));
      await poller.close();
    },
  );

  it('are those of everything until that has been read, sooner than the interval', async () => {
    const rig = createRig({ pollIntervalMs: 60_000, rescanIntervalMs: 0 }, even);
    rig.error = new Error('down');
    await rig.poller.pollNow();
    await vi.advanceTimersByTimeAsync(2_999);
    expect(rig.polls).toEqual(['everything', 'everything']);
    rig.error = undefined;
    await vi.advanceTimersByTimeAsync(1);
    expect(rig.polls).toEqual(['everything', 'everything', 'everything']);
    expect(rig.outcomes).toEqual(['down', 'down', undefined]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(rig.polls.at(-1)).toBe('labels');
    await rig.poller.close();
  });

  it('stay those of everything when a rescan fails, and not when a poll of labels does', async () => {
    const rig = createRig({ pollIntervalMs: 1_000, rescanIntervalMs: 3_000 }, even);
    await rig.poller.pollNow();
    rig.error = new Error('down');
    await vi.advanceTimersByTimeAsync(1_000);
    rig.error = undefined;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(rig.polls).toEqual(['everything', 'labels', 'everything']);
    await vi.advanceTimersByTimeAsync(2_000);
    rig.error = new Error('down');
    await vi.advanceTimersByTimeAsync(1_000);
    rig.error = undefined;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(rig.polls.slice(3)).toEqual(['labels', 'labels', 'everything', 'everything']);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(rig.polls.at(-1)).toBe('labels');
    await rig.poller.close();
  });

  it('are those of everything without an interval for labels, also when chance makes them early', async () => {
    const intervals = { pollIntervalMs: 0, rescanIntervalMs: 3_000 };
    const { poller, polls } = createRig(intervals, { next: () => 0 });
    await poller.pollNow();
    await vi.advanceTimersByTimeAsync(4_800);
    expect(polls).toEqual(['everything', 'everything', 'everything']);
    await poller.close();
  });

  it('are counted from a poll that was asked for', async () => {
    const rig = createRig({ pollIntervalMs: 1_000, rescanIntervalMs: 0 }, even);
    await rig.poller.pollNow();
    await vi.advanceTimersByTimeAsync(500);
    await rig.poller.pollNow();
    await vi.advanceTimersByTimeAsync(999);
    expect(rig.polls).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(rig.polls).toHaveLength(3);
    expect(vi.getTimerCount()).toBe(1);
    await rig.poller.close();
  });
});

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
    expect(rig.polls).toEqual(['everything', 'everything']);
    await rig.poller.close();
  });

  it('closes in the middle of a poll, which it ends', async () => {
    const rig = createRig();
    rig.pollMs = 50;
    const polls = [rig.poller.pollNow(), rig.poller.pollNow()];
    let isClosed = false;
    const closing = rig.poller.close().then(() => (isClosed = true));
    await vi.advanceTimersByTimeAsync(49);
    expect(isClosed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await Promise.all([...polls, closing]);
    await rig.poller.pollNow();
    expect(rig.polls).toHaveLength(1);
    expect(rig.outcomes, 'nobody is told any more').toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
