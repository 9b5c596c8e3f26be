import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { VersionLifecycle } from '../../src/registry/lifecycle.ts';
import { failureAfter } from '../../src/registry/quarantine.ts';
import { createGate } from '../support/puppet-runtime.ts';
import { collectWarnings } from '../support/warnings.ts';
import { away, invalid, lifecycleBench, quarantined } from './lifecycle-bench.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const digits = (version: number) => ({ model: 'digits', version });

describe('what is told of loads', () => {
  it('is each outcome with its time and its error, and each change of what serves', async () => {
    const { open, refuse, allow, known, model } = lifecycleBench([1, 2], { keepVersions: 2 });
    const told: unknown[] = [];
    refuse(2, invalid);
    allow(1, async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return {};
    });
    const begunAt = performance.now();
    const lifecycle = open({
      onLoad: (event) => told.push(event),
      onQuarantine: (event) => told.push(event),
      onReload: (event) => told.push(event),
    });
    await lifecycle.converge();
    const seconds = expect.any(Number) as number;
    expect(told).toEqual([
      {
        ...digits(2),
        reason: {
          code: 'GLIMPSE_MODEL_INVALID',
          message: 'The model cannot be served: no.',
        },
      },
      { ...digits(2), outcome: 'failed', seconds, error: invalid },
      { ...digits(1), outcome: 'loaded', seconds },
    ]);
    const took = (told[2] as { seconds: number }).seconds;
    expect(took).toBeGreaterThan(0.015);
    expect(took).toBeLessThanOrEqual((performance.now() - begunAt) / 1000);
    expect((told[1] as { seconds: number }).seconds).toBeLessThanOrEqual(took);

    known(2).failure = undefined;
    allow(2);
    await lifecycle.converge();
    expect(told.slice(3)).toEqual([
      { ...digits(2), outcome: 'loaded', seconds },
      { model: 'digits', before: 1, after: 2 },
    ]);
    model.setLabels({ labels: { production: 7 }, etag: 'e' });
    await lifecycle.close();
    expect(told.slice(5), 'nothing serves after it').toEqual([]);
  });

  it('is each state, and no time that a load waited for others', async () => {
    const { open, allow, known } = lifecycleBench([1]);
    allow(1, async (onWaited) => {
      for (const ms of [60_000, 40_000]) onWaited(ms);
      return {};
    });
    known(1).isReplaced = true;
    const states: unknown[] = [];
    const seconds: number[] = [];
    const lifecycle = open({
      onState: (event) => states.push(event),
      onLoad: (event) => seconds.push(event.seconds),
    });
    await lifecycle.converge();
    expect(known(1).isReplaced, 'what was read is what is there').toBe(false);
    await lifecycle.close();
    expect(states).toEqual(
      ['LOADING', 'READY', 'UNLOADING', 'UNLOADED'].map((state) => ({ ...digits(1), state })),
    );
    expect(seconds).toEqual([expect.closeTo(-100, -1)]);
  });

  it('is no version set aside when somebody was away', async () => {
    const { open, refuse } = lifecycleBench([1]);
    refuse(1, away);
    const onQuarantine = vi.fn();
    const lifecycle = open({ onQuarantine });
    await lifecycle.converge();
    await lifecycle.close();
    expect(onQuarantine).not.toHaveBeenCalled();
  });

  it('is no warning when nobody listens', async () => {
    const { warnings, stop } = collectWarnings();
    const { open, refuse, allow, known } = lifecycleBench([1, 2], { keepVersions: 2 });
    refuse(2, invalid);
    const lifecycle = open();
    await lifecycle.converge();
    known(2).failure = undefined;
    allow(2);
    await lifecycle.converge();
    await lifecycle.close();
    await stop();
    expect(warnings).toEqual([]);
  });

  it('is a warning when a version could not be closed, which is out of service all the same', async () => {
    const { warnings, stop } = collectWarnings();
    const { open, allow, known } = lifecycleBench([1]);
    allow(1, async () => ({ close: () => Promise.reject(new Error('it would not go')) }));
    const lifecycle = open();
    await lifecycle.converge();
    await lifecycle.close();
    await stop();
    expect(warnings.map(({ message }) => message)).toEqual(['it would not go']);
    expect(known(1)).toMatchObject({ state: 'UNLOADED', loaded: undefined });
  });
});

describe('closing', () => {
  it('waits for the load under way, then closes what it loaded', async () => {
    const { open, known, allow, closed } = lifecycleBench([1]);
    const gate = createGate();
    allow(1, () => gate.promise.then(() => ({})));
    const lifecycle = open();
    void lifecycle.converge();
    let isOver = false;
    const over = lifecycle.close().then(() => (isOver = true));
    await turn();
    expect([isOver, known(1).state]).toEqual([false, 'LOADING']);
    gate.open();
    await over;
    expect(closed).toEqual([1]);
    expect(known(1).state).toBe('UNLOADED');
  });

  it('waits for the unload under way', async () => {
    const { open, allow, known } = lifecycleBench([1]);
    const gate = createGate();
    allow(1, async () => ({ close: () => gate.promise }));
    const lifecycle = open();
    await lifecycle.converge();
    let isOver = false;
    const over = lifecycle.close().then(() => (isOver = true));
    await turn();
    expect([isOver, known(1).state]).toEqual([false, 'UNLOADING']);
    gate.open();
    await over;
    expect(known(1).state).toBe('UNLOADED');
  });

  it('sets no version aside whose load ended by it', async () => {
    const { open, known, allow } = lifecycleBench([1]);
    const gate = createGate();
    allow(1, () => gate.promise.then(() => Promise.reject(invalid)));
    const onQuarantine = vi.fn();
    const lifecycle = open({ onQuarantine });
    void lifecycle.converge();
    const over = lifecycle.close();
    gate.open();
    await over;
    expect(known(1)).toMatchObject({ state: 'UNAVAILABLE', failure: undefined });
    expect(onQuarantine).not.toHaveBeenCalled();
  });
});

describe('a version that was set aside', () => {
  it('is tried again when its manifest is another one, and not while that cannot be read', async () => {
    const { open, known, setFingerprint } = lifecycleBench([1, 2, 3]);
    const lifecycle = open();
    const { signal } = new AbortController();
    known(1).failure = quarantined('print');
    const busy = failureAfter(away, undefined, 0, 'other');
    known(2).failure = busy;
    await lifecycle.retryChanged(signal);
    expect(known(1).failure).toEqual(quarantined('print'));
    setFingerprint(undefined);
    await lifecycle.retryChanged(signal);
    expect(known(1).failure).toEqual(quarantined('print'));
    setFingerprint('another');
    await lifecycle.retryChanged(signal);
    expect(known(1).failure).toBeUndefined();
    expect(known(2).failure, 'it says nothing about the version').toBe(busy);
  });
});

describe('the timer of the next try', () => {
  let bench: ReturnType<typeof lifecycleBench>;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    bench = lifecycleBench([1, 2], { keepVersions: 2 });
  });
  const opened: VersionLifecycle[] = [];
  const openBench = async (): Promise<VersionLifecycle> => {
    const lifecycle = bench.open();
    opened.push(lifecycle);
    await lifecycle.converge();
    return lifecycle;
  };
  afterEach(async () => {
    for (const lifecycle of opened.splice(0)) await lifecycle.close();
  });

  it('is set for the first of them, to the millisecond', async () => {
    bench.refuse(1, away);
    bench.refuse(2, invalid);
    await openBench();
    expect(bench.loads).toEqual([2, 1]);
    expect(vi.getTimerCount()).toBe(1);
    bench.allow(1);
    bench.clock.now += 2_000;
    await vi.advanceTimersByTimeAsync(1_999);
    expect(bench.loads).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(bench.loads).toEqual([2, 1, 1]);
    expect(bench.known(1).state).toBe('READY');
    bench.allow(2);
    bench.clock.now += 298_000;
    await vi.advanceTimersByTimeAsync(298_000);
    expect(bench.loads).toEqual([2, 1, 1, 2]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('passes over no version whose time comes between the choice of what to load and the timer', async () => {
    bench.refuse(1, away);
    const lifecycle = await openBench();
    bench.allow(1);
    // A timer that fires a moment early: the choice is made before the version's time, and each later look after it.
    const start = bench.clock.now;
    const times = [start + 1_999];
    Object.defineProperty(bench.clock, 'now', { get: () => times.shift() ?? start + 2_000 });
    await lifecycle.converge();
    expect(bench.known(1).state).toBe('UNAVAILABLE');
    await vi.advanceTimersByTimeAsync(1);
    expect(bench.known(1).state).toBe('READY');
  });

  it('is not set when nothing is to be tried again', async () => {
    await openBench();
    expect(bench.loads).toEqual([2, 1]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is not set for a version whose time has come and that nobody wants', async () => {
    bench = lifecycleBench([1, 2]);
    bench.known(1).failure = { ...quarantined('print'), retryAt: bench.clock.now };
    await openBench();
    expect(bench.loads).toEqual([2]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is gone once all is closed, and not set again', async () => {
    bench.refuse(1, away);
    const lifecycle = await openBench();
    await lifecycle.close();
    expect(vi.getTimerCount()).toBe(0);
    await lifecycle.converge();
    expect(vi.getTimerCount()).toBe(0);
    expect(bench.loads).toEqual([2, 1]);
  });
});
