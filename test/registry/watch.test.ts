import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRandom } from '../../src/random.ts';
import { createWatch, nextLookMs, type LookKind } from '../../src/registry/watch.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function createRig(intervals: { pollIntervalMs?: number; rescanIntervalMs?: number } = {}) {
  const looks: LookKind[] = [];
  const rig = {
    looks,
    error: undefined as Error | undefined,
    lookMs: 0,
    watch: createWatch({
      pollIntervalMs: 1000,
      rescanIntervalMs: 10_000,
      ...intervals,
      random: createRandom(1),
      onLooked: () => {},
      look: async (kind, signal) => {
        looks.push(kind);
        if (rig.lookMs > 0) await new Promise((resolve) => setTimeout(resolve, rig.lookMs));
        signal.throwIfAborted();
        if (rig.error) throw rig.error;
      },
    }),
  };
  return rig;
}

describe('the watch', () => {
  it('looks at everything first, then at labels every interval, then at everything again', async () => {
    const { watch, looks } = createRig();
    await watch.nudge();
    expect(looks).toEqual(['everything']);
    expect(watch.hasSeenAll).toBe(true);
    await vi.advanceTimersByTimeAsync(8000);
    expect(looks.length).toBeGreaterThanOrEqual(6);
    expect(looks.length).toBeLessThanOrEqual(11);
    expect(new Set(looks.slice(1))).toEqual(new Set(['labels']));
    await vi.advanceTimersByTimeAsync(4000);
    expect(looks.filter((kind) => kind === 'everything')).toHaveLength(2);
    await watch.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('spreads a fleet: intervals differ by chance, within a fifth', () => {
    const delays = [0, 0.5, 0.999999].map((chance) =>
      nextLookMs({ baseMs: 1000, failures: 0, hasSeenAll: true, chance }),
    );
    expect(delays.map(Math.round)).toEqual([800, 1000, 1200]);
  });

  it('stretches the interval while the store does not answer, to twice its length and no further', () => {
    const delays = [1, 2, 3, 4, 5, 50].map((failures) =>
      nextLookMs({ baseMs: 1000, failures, hasSeenAll: true, chance: 0.5 }),
    );
    expect(delays).toEqual([2000, 2000, 2000, 2000, 2000, 2000]);
  });

  it('tries sooner while it has seen nothing at all', () => {
    const delays = [1, 2, 3, 6, 50].map((failures) =>
      nextLookMs({ baseMs: 300_000, failures, hasSeenAll: false, chance: 0.5 }),
    );
    expect(delays).toEqual([1000, 2000, 4000, 30_000, 30_000]);
  });

  it('never waits longer than two intervals, also while it has seen nothing at all', () => {
    const delays = [1, 2, 3, 6, 50].map((failures) =>
      nextLookMs({ baseMs: 1_500, failures, hasSeenAll: false, chance: 0.5 }),
    );
    expect(delays).toEqual([1000, 2000, 3000, 3000, 3000]);
  });

  it('looks again within two intervals of the end of an outage of a minute, wherever in its wait that comes', async () => {
    for (const outageMs of [60_000, 61_300, 62_900]) {
      const rig = createRig({ pollIntervalMs: 1000, rescanIntervalMs: 300_000 });
      await rig.watch.nudge();
      rig.error = new Error('down');
      await vi.advanceTimersByTimeAsync(outageMs);
      expect(rig.watch.failure).toBeDefined();
      rig.error = undefined;
      // Two intervals, and the fifth that chance may add.
      await vi.advanceTimersByTimeAsync(2400);
      expect(rig.watch.failure).toBeUndefined();
      await rig.watch.close();
    }
  });

  it('never waits longer than a timer can', () => {
    const when = { baseMs: 2 ** 31, failures: 9, hasSeenAll: true, chance: 1 };
    expect(nextLookMs(when)).toBe(2 ** 31 - 1);
  });

  it('goes on by itself after failures, and remembers the last one until a look succeeds', async () => {
    const rig = createRig({ pollIntervalMs: 0, rescanIntervalMs: 0 });
    rig.error = new Error('down');
    await rig.watch.nudge();
    expect(rig.watch.failure?.message).toBe('down');
    expect(rig.watch.hasSeenAll).toBe(false);
    rig.error = undefined;
    await vi.advanceTimersByTimeAsync(1300);
    expect(rig.watch.failure).toBeUndefined();
    expect(rig.watch.hasSeenAll).toBe(true);
    expect(vi.getTimerCount(), 'with intervals of 0 it then only waits for nudges').toBe(0);
    await rig.watch.close();
  });

  it('lets overlapping nudges share a look that began after all of them', async () => {
    const rig = createRig();
    rig.lookMs = 50;
    const first = rig.watch.nudge();
    const others = [rig.watch.nudge(), rig.watch.nudge(), rig.watch.nudge()];
    await vi.advanceTimersByTimeAsync(50);
    await first;
    expect(rig.looks).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(50);
    await Promise.all(others);
    expect(rig.looks).toHaveLength(2);
    await rig.watch.close();
  });

  it('closes in the middle of a look, which it ends', async () => {
    const rig = createRig();
    rig.lookMs = 50;
    const looks = [rig.watch.nudge(), rig.watch.nudge()];
    const closing = rig.watch.close();
    await vi.advanceTimersByTimeAsync(50);
    await Promise.all([...looks, closing]);
    expect(rig.looks).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});
