import { describe, expect, it } from 'vitest';
import { unloadedVersion, type KnownVersion } from '../../src/registry/known-version.ts';
import { createGate } from '../support/puppet-runtime.ts';
import { invalid, lifecycleBench, quarantined } from './lifecycle-bench.ts';

/** A version in a state that changes as the test says, each time that its change is waited for. */
const knownIn = (
  state: KnownVersion['state'],
  loaded: unknown,
  changing: (round: number, known: KnownVersion) => void = () => {},
) => {
  let rounds = 0;
  const known: KnownVersion = Object.defineProperty(unloadedVersion('digits', 1), 'change', {
    get() {
      rounds += 1;
      changing(rounds, known);
      return Promise.resolve();
    },
  });
  Object.assign(known, { state, loaded });
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

  it('that is READY is leased at once', async () => {
    const { known, rounds } = knownIn('READY', loaded);
    expect(await lifecycleBench([]).open().leaseOnDemand(known)).toBe('a lease');
    expect(rounds()).toBe(0);
  });

  it('that is gone from the repository is refused, and was not asked for', async () => {
    const { open, known, loads } = lifecycleBench([1]);
    const lifecycle = open();
    const gone = known(1);
    gone.missedListings = 2;
    await expect(lifecycle.leaseOnDemand(gone)).rejects.toMatchObject({
      code: 'GLIMPSE_MODEL_NOT_READY',
      message: expect.stringContaining('it is no longer in the repository.'),
    });
    expect([gone.isOnDemand, loads]).toEqual([false, []]);
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

const refused = (code: string, said: string): unknown =>
  expect.objectContaining({ code, message: expect.stringContaining(said) });

describe('the version that answers', () => {
  it('is leased for a label or by default, and was used then', async () => {
    const { open, known, model } = lifecycleBench([1, 2], { keepVersions: 2 });
    model.setLabels({ labels: { beta: 1 }, etag: 'e' });
    const lifecycle = open();
    await lifecycle.converge();
    expect(await lifecycle.leaseServing(model, undefined)).toEqual({ version: 2 });
    expect(await lifecycle.leaseServing(model, 'beta')).toEqual({ version: 1 });
    expect([known(1).lastUsed, known(2).lastUsed]).toEqual([2, 1]);
    await lifecycle.close();
  });

  it('is none, and why, for a label that is none, one whose version is not there, and by default', async () => {
    const { open, model, known, clock } = lifecycleBench([1]);
    model.setLabels({ labels: { beta: 7 }, etag: 'e' });
    const lifecycle = open();
    const lease = (label?: string) => expect(lifecycle.leaseServing(model, label)).rejects;
    await lease('gamma').toEqual(refused('GLIMPSE_LABEL_NOT_FOUND', 'gamma'));
    const beta = 'label "beta" points at version 7, which is not in the repository.';
    await lease('beta').toEqual(refused('GLIMPSE_MODEL_NOT_READY', beta));
    known(1).failure = { ...quarantined('print'), retryAt: clock.now + 1 };
    await lease().toEqual(refused('GLIMPSE_MODEL_NOT_READY', 'version 1 cannot be loaded: '));
    Object.assign(known(1), { failure: undefined, state: 'LOADING' });
    await lease().toEqual(refused('GLIMPSE_MODEL_NOT_READY', 'version 1 is LOADING.'));
  });

  it('is loaded when it was unloaded, and waited for by all who ask meanwhile: it is loaded once', async () => {
    const { open, model, known, loads, allow } = lifecycleBench([1, 2], {
      isPreloaded: () => false,
    });
    model.setLabels({ labels: { production: 1, beta: 2 }, etag: 'e' });
    const gate = createGate();
    allow(1, () => gate.promise.then(() => ({})));
    const lifecycle = open();
    await lifecycle.converge();
    expect(loads, 'nobody has asked yet').toEqual([]);
    const asked = Array.from({ length: 100 }, () => lifecycle.leaseServing(model, undefined));
    await new Promise((resolve) => setImmediate(resolve));
    expect([loads, known(1).state]).toEqual([[1], 'LOADING']);
    gate.open();
    expect(new Set((await Promise.all(asked)).map(({ version }) => version))).toEqual(new Set([1]));
    expect(loads).toEqual([1]);
    expect(await lifecycle.leaseServing(model, 'beta')).toEqual({ version: 2 });
    expect(loads).toEqual([1, 2]);
    await lifecycle.close();
  });

  it('is the one before while that which shall answer cannot be loaded, also after it made room for others', async () => {
    const { open, model, known, loads, refuse } = lifecycleBench([1, 2], {
      isPreloaded: () => false,
    });
    model.setLabels({ labels: { production: 1 }, etag: 'e' });
    const lifecycle = open();
    expect(await lifecycle.leaseServing(model, undefined)).toEqual({ version: 1 });
    refuse(2, invalid);
    model.setLabels({ labels: { production: 2 }, etag: 'f' });
    await lifecycle.converge();
    expect(loads).toEqual([1, 2]);
    expect(await lifecycle.leaseServing(model, undefined)).toEqual({ version: 1 });
    Object.assign(known(1), { state: 'UNLOADED', loaded: undefined, isOnDemand: false });
    model.updateServing();
    expect(model.serving()).toBeUndefined();
    expect(await lifecycle.leaseServing(model, undefined)).toEqual({ version: 1 });
    expect(loads).toEqual([1, 2, 1]);
    await lifecycle.close();
  });
});
