import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { errors } from '../../src/errors.ts';
import { KnownModel } from '../../src/registry/known-model.ts';
import { type KnownVersion } from '../../src/registry/known-version.ts';
import { createLifecycle, type VersionLifecycle } from '../../src/registry/lifecycle.ts';
import type { Lease, LoadedVersion } from '../../src/registry/loaded-version.ts';
import { failureAfter, type LoadFailure } from '../../src/registry/quarantine.ts';
import type { RegistryEvents } from '../../src/registry/registry-events.ts';
import type { VersionPolicy } from '../../src/registry/version-policy.ts';
import { createGate } from '../support/puppet-runtime.ts';
import { collectWarnings } from '../support/warnings.ts';

const invalid = new errors.GLIMPSE_MODEL_INVALID('no.');
const away = new errors.GLIMPSE_STORE_UNAVAILABLE('s3', 'x');
const quarantined = (fingerprint: string): LoadFailure =>
  failureAfter(invalid, undefined, 0, fingerprint);

type Loaded = Pick<LoadedVersion, 'lease' | 'close'>;

/** One model with these versions, and what becomes of each load: nothing is loaded before `converge`. */
function lifecycleBench(versions: readonly number[], changes: Partial<VersionPolicy> = {}) {
  const model = new KnownModel('digits');
  model.addVersions(versions);
  const clock = { now: 1_000_000 };
  const loads: number[] = [];
  const closed: number[] = [];
  const acts = new Map<number, () => Promise<Partial<Loaded>>>();
  let fingerprint: string | undefined = 'print';
  const open = (on: RegistryEvents = {}): VersionLifecycle =>
    createLifecycle({
      models: new Map([['digits', model]]),
      loader: {
        async load(_, version) {
          loads.push(version);
          const made = await acts.get(version)?.();
          const whole: Loaded = {
            lease: () => ({ version }) as unknown as Lease,
            close: async () => void closed.push(version),
          };
          return { ...whole, ...made } as LoadedVersion;
        },
        fingerprint: async () => fingerprint,
      },
      policy: { keepVersions: 1, maxLoadedVersions: 8, ...changes },
      on,
      now: () => clock.now,
    });
  return {
    model,
    clock,
    loads,
    closed,
    open,
    known: (version: number): KnownVersion => model.versions.get(version)!,
    refuse: (version: number, error: Error) => acts.set(version, () => Promise.reject(error)),
    allow: (version: number, act: () => Promise<Partial<Loaded>> = async () => ({})) =>
      acts.set(version, act),
    setFingerprint: (print: string | undefined) => (fingerprint = print),
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A version in a state that changes as the test says, each time that its change is waited for. */
const knownIn = (
  state: KnownVersion['state'],
  loaded: unknown,
  changing: (round: number, known: KnownVersion) => void = () => {},
) => {
  let rounds = 0;
  const known: KnownVersion = {
    model: 'digits',
    version: 1,
    state,
    loaded: loaded as LoadedVersion,
    get change() {
      rounds += 1;
      changing(rounds, known);
      return Promise.resolve();
    },
    failure: undefined,
    isOnDemand: false,
    lastUsed: 0,
    release: undefined,
    missedListings: 0,
    isKept: false,
    isReplaced: false,
  };
  return { known, rounds: () => rounds };
};

describe('a version on demand', () => {
  const loaded = { lease: () => 'a lease' };
  const atOnce = { message: expect.stringContaining('version 1: it was unloaded again at once.') };

  it.each([
    ['UNLOADING', loaded],
    ['READY', undefined],
    ['UNLOADING', undefined],
  ] as const)('that stays %s through three changes is given up', async (state, held) => {
    const { known, rounds } = knownIn(state, held);
    const asked = lifecycleBench([]).open().leaseOnDemand(known);
    await expect(asked).rejects.toMatchObject({ code: 'GLIMPSE_MODEL_NOT_READY', ...atOnce });
    expect(rounds()).toBe(3);
  });

  it('that is READY after the third change is leased', async () => {
    const { known } = knownIn('UNLOADING', loaded, (round, self) => {
      if (round === 3) self.state = 'READY';
    });
    expect(await lifecycleBench([]).open().leaseOnDemand(known)).toBe('a lease');
  });

  it('is loaded, and then stays as one that was asked for', async () => {
    const { open, known } = lifecycleBench([1, 2]);
    const lifecycle = open();
    await lifecycle.converge();
    expect(known(1).state).toBe('UNLOADED');
    expect(await lifecycle.leaseOnDemand(known(1))).toEqual({ version: 1 });
    expect([known(1).isOnDemand, known(2).isOnDemand]).toEqual([true, false]);
    expect(known(1).lastUsed).toBe(1);
    await lifecycle.close();
    expect(known(1)).toMatchObject({ state: 'UNLOADED', isOnDemand: false, loaded: undefined });
  });

  it('whose load was under way for another reason is no version on demand', async () => {
    const { open, known, allow } = lifecycleBench([1]);
    const gate = createGate();
    allow(1, () => gate.promise.then(() => ({})));
    const lifecycle = open();
    const converged = lifecycle.converge();
    const asked = lifecycle.leaseOnDemand(known(1));
    gate.open();
    await converged;
    expect(await asked).toEqual({ version: 1 });
    expect(known(1).isOnDemand).toBe(false);
  });

  it('that failed is tried again at the very moment of its next try, and not before', async () => {
    const { open, known, clock, loads, refuse, allow } = lifecycleBench([1, 2]);
    const lifecycle = open();
    await lifecycle.converge();
    refuse(1, invalid);
    await expect(lifecycle.leaseOnDemand(known(1))).rejects.toMatchObject({
      message: expect.stringContaining('version 1: The model cannot be served: no.'),
      details: { reason: { code: 'GLIMPSE_MODEL_INVALID' }, retryAt: '1970-01-01T00:21:40.000Z' },
    });
    expect(known(1).isOnDemand).toBe(false);
    allow(1);
    clock.now = known(1).failure!.retryAt - 1;
    await expect(lifecycle.leaseOnDemand(known(1))).rejects.toThrow('no.');
    expect(loads).toEqual([2, 1]);
    clock.now += 1;
    expect(await lifecycle.leaseOnDemand(known(1))).toEqual({ version: 1 });
    expect(known(1).failure).toBeUndefined();
    await lifecycle.close();
  });

  it('for which labelled versions leave no place gets one, until another is asked for', async () => {
    const { open, known, model, loads } = lifecycleBench([1, 2, 3], { maxLoadedVersions: 1 });
    model.setLabels({ labels: { production: 3 }, etag: 'e' });
    const lifecycle = open();
    await lifecycle.converge();
    for (const version of [1, 2]) await lifecycle.leaseOnDemand(known(version));
    await lifecycle.converge();
    await model.settled();
    expect([1, 2, 3].map((version) => known(version).state)).toEqual([
      'UNLOADED',
      'READY',
      'READY',
    ]);
    expect(loads).toEqual([3, 1, 2]);
    await lifecycle.close();
  });

  it('is refused once all is closed', async () => {
    const { open, known } = lifecycleBench([1]);
    const lifecycle = open();
    await lifecycle.close();
    await expect(lifecycle.leaseOnDemand(known(1))).rejects.toMatchObject({
      code: 'GLIMPSE_DRAINING',
    });
  });
});

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
    const { open, known, setFingerprint } = lifecycleBench([1, 2]);
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
