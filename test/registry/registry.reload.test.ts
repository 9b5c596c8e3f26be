import { afterEach, describe, expect, it } from 'vitest';
import { createGate } from '../support/puppet-runtime.ts';
import { turn } from '../support/puppet-run.ts';
import { createRegistryRig, whoAnswers, type RegistryRig } from '../support/registry-rig.ts';

let rig: RegistryRig;
afterEach(async () => {
  await rig.registry.close();
});

const move = (version: number) =>
  rig.registry.setLabel({ model: 'digits', label: 'production', version });

describe('hot reload', () => {
  it('serves a version published by somebody else after the next poll', async () => {
    rig = await createRegistryRig();
    await rig.publish({ label: 'production' });
    await rig.registry.start();
    await rig.publish({ label: 'production' });
    expect(await whoAnswers(rig.registry, 'digits')).toBe(1);
    await rig.registry.reconcile();
    expect(await whoAnswers(rig.registry, 'digits')).toBe(2);
    expect(rig.events).toContain('reload digits 1 -> 2');
  });

  it('sees by itself what was published, from the labels alone', async () => {
    rig = await createRegistryRig({ polling: { pollIntervalMs: 5, rescanIntervalMs: 0 } });
    await rig.publish();
    await rig.registry.start();
    await rig.publish();
    await expect.poll(() => whoAnswers(rig.registry, 'digits')).toBe(2);
  });

  it('asks one conditional question per model and poll while nothing changes', async () => {
    rig = await createRegistryRig({ polling: { pollIntervalMs: 5, rescanIntervalMs: 0 } });
    await rig.publish({ model: 'cats' });
    await rig.publish();
    await rig.registry.start();
    rig.faulty.forget();
    await expect.poll(() => rig.faulty.calls.length).toBeGreaterThan(10);
    expect(new Set(rig.faulty.calls)).toEqual(
      new Set(['read cats/labels.json', 'read digits/labels.json']),
    );
  });

  it('serves the old version until the new one has proved itself, and closes the old one last', async () => {
    rig = await createRegistryRig({ policy: { keepVersions: 1 } });
    await rig.publish();
    await rig.registry.start();
    await rig.publish();
    const release = rig.puppets.hold(2);
    const reconciled = rig.registry.reconcile();
    await expect.poll(() => rig.puppets.loads).toBe(2);
    expect(await whoAnswers(rig.registry, 'digits')).toBe(1);
    release();
    await reconciled;
    expect(await whoAnswers(rig.registry, 'digits')).toBe(2);
    await expect.poll(() => rig.events.at(-1)).toBe('UNLOADED digits/1');
    expect(rig.events).toEqual([
      'poll ok',
      'LOADING digits/1',
      'loaded digits/1',
      'READY digits/1',
      'poll ok',
      'LOADING digits/2',
      'loaded digits/2',
      'READY digits/2',
      'reload digits 1 -> 2',
      'UNLOADING digits/1',
      'UNLOADED digits/1',
    ]);
  });

  it('keeps a version open as long as one lease on it is out', async () => {
    rig = await createRegistryRig({ policy: { keepVersions: 1 } });
    await rig.publish();
    await rig.registry.start();
    const lease = await rig.registry.lease('digits');
    await rig.publish();
    await rig.registry.reconcile();
    expect(await whoAnswers(rig.registry, 'digits')).toBe(2);
    const { outputs } = await lease.submit([new Float32Array(4)]);
    expect(outputs[0]![0]).toBe(1);
    expect(rig.puppets.runtime(1).isClosed).toBe(false);
    lease.release();
    await expect.poll(() => rig.events.at(-1)).toBe('UNLOADED digits/1');
  });

  it('loads a version afresh that is asked for while it is being unloaded', async () => {
    rig = await createRegistryRig({ policy: { keepVersions: 1 } });
    await rig.publish();
    await rig.registry.start();
    const lease = await rig.registry.lease('digits');
    await rig.publish();
    await rig.registry.reconcile();
    expect(rig.registry.describeModel('digits').versions[0]!.state).toBe('UNLOADING');
    const again = whoAnswers(rig.registry, 'digits', { version: 1 });
    await turn();
    lease.release();
    expect(await again).toBe(1);
    expect(rig.puppets.loads).toBe(3);
  });

  it('drops no request while labels move and versions come and go under load', async () => {
    rig = await createRegistryRig({ policy: { keepVersions: 1 } });
    await rig.publish({ label: 'production' });
    await rig.registry.start();
    const over = new AbortController();
    const answered = new Map<number, number>();
    const clients = Array.from({ length: 32 }, async () => {
      while (!over.signal.aborted) {
        const version = await whoAnswers(rig.registry, 'digits');
        answered.set(version, (answered.get(version) ?? 0) + 1);
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    for (let round = 2; round <= 12; round += 1) {
      if (round % 3 === 0) await rig.publish({ label: 'production' });
      else await rig.publish();
      await rig.registry.reconcile();
      if (round % 3 === 1) await move(round);
    }
    await move(1);
    over.abort();
    await Promise.all(clients);
    expect([...answered.keys()].sort((a, b) => a - b)).toEqual([1, 3, 4, 6, 7, 9, 10, 12]);
    expect(await whoAnswers(rig.registry, 'digits')).toBe(1);
  });

  it('never runs a batch on a closed model, however leases and unloads interleave', async () => {
    rig = await createRegistryRig({ policy: { keepVersions: 1, maxLoadedVersions: 2 } });
    for (let i = 0; i < 6; i += 1) await rig.publish();
    await rig.registry.start();
    const asks = Array.from({ length: 60 }, async (_, index) => {
      const version = 1 + ((index * 7) % 6);
      await new Promise((resolve) => setTimeout(resolve, index % 13));
      expect(await whoAnswers(rig.registry, 'digits', { version })).toBe(version);
    });
    await Promise.all(asks);
    const open = () => rig.puppets.opened.filter(({ isClosed }) => !isClosed).length;
    await expect.poll(open).toBe(2);
  });

  it('reconciles at once what was published during a reconcile', async () => {
    rig = await createRegistryRig();
    await rig.publish();
    const gate = createGate();
    const reconciles = [rig.registry.reconcile()];
    await rig.publish();
    reconciles.push(rig.registry.reconcile());
    gate.open();
    await Promise.all(reconciles);
    expect(await whoAnswers(rig.registry, 'digits')).toBe(2);
  });
});
