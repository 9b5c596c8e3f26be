import { afterEach, describe, expect, it } from 'vitest';
import { createRegistryRig, whoAnswers, type RegistryRig } from '../support/registry-rig.ts';

let rig: RegistryRig;
afterEach(() => rig.registry.close());

const states = (model = 'digits'): Record<number, string> =>
  Object.fromEntries(
    rig.registry.describeModel(model).versions.map(({ version, state }) => [version, state]),
  );

const refusal = (code: string, words = '') =>
  expect.objectContaining({ code, message: expect.stringContaining(words) });

const openByCalls = async (policy: Parameters<typeof createRegistryRig>[0] = {}) => {
  rig = await createRegistryRig({
    control: 'explicit',
    ...policy,
    policy: { byCalls: true, isPreloaded: (model) => model === 'digits', ...policy.policy },
  });
  for (const model of ['digits', 'cats']) {
    await rig.publish({ model, label: 'production' });
    await rig.publish({ model });
  }
  await rig.registry.start();
};

describe('a registry that is controlled by calls', () => {
  it('loads at its start what is preloaded, and then what calls say, whatever is published', async () => {
    await openByCalls();
    expect([states(), states('cats')]).toEqual([
      { 1: 'READY', 2: 'READY' },
      { 1: 'UNLOADED', 2: 'UNLOADED' },
    ]);
    await rig.publish({ label: 'production' });
    await rig.registry.reconcile();
    expect(states()).toEqual({ 1: 'READY', 2: 'READY', 3: 'UNLOADED' });
    expect(await whoAnswers(rig.registry, 'digits')).toBe(1);
    await rig.registry.control.load('digits', 3);
    expect(await whoAnswers(rig.registry, 'digits')).toBe(3);
    await rig.registry.control.load('cats');
    expect(states('cats')).toEqual({ 1: 'READY', 2: 'READY' });
    await rig.registry.control.unload('cats', 2);
    await expect(rig.registry.lease('cats', { version: 2 })).rejects.toEqual(
      refusal('GLIMPSE_MODEL_NOT_READY', 'only calls load versions here'),
    );
    await rig.registry.control.unload('cats');
    expect(states('cats')).toEqual({ 1: 'UNLOADED', 2: 'UNLOADED' });
    await expect(rig.registry.lease('cats')).rejects.toEqual(refusal('GLIMPSE_MODEL_NOT_READY'));
  });

  it('says why what a call wants is not loaded', async () => {
    await openByCalls({ policy: { maxLoadedBytes: 3 * 8_500_000 } });
    await expect(rig.registry.control.load('cats')).rejects.toEqual(
      refusal('GLIMPSE_LOADED_BYTES_FULL', 'Version 2 of "cats"'),
    );
    await rig.registry.control.load('cats', 1);
    await expect(rig.registry.control.load('none')).rejects.toEqual(
      refusal('GLIMPSE_MODEL_NOT_FOUND'),
    );
    await expect(rig.registry.control.unload('cats', 7)).rejects.toEqual(
      refusal('GLIMPSE_VERSION_NOT_FOUND'),
    );
  });
});

it('a registry that is not controlled by calls takes none', async () => {
  rig = await createRegistryRig();
  await rig.publish();
  await rig.registry.start();
  for (const call of [rig.registry.control.load('digits'), rig.registry.control.unload('digits')]) {
    await expect(call).rejects.toEqual(
      refusal('GLIMPSE_NOT_BY_CALLS', 'GLIMPSE_MODEL_CONTROL=poll'),
    );
  }
});

it('a registry that nothing controls stays as it was at its start', async () => {
  rig = await createRegistryRig({ control: 'none' });
  await rig.publish({ label: 'production' });
  await rig.registry.start();
  await rig.publish({ label: 'production' });
  await rig.registry.reconcile();
  await rig.registry.setLabel({ model: 'digits', label: 'beta', version: 2 });
  const cause = { by: { kind: 'key', id: 'k1' } } as const;
  const rules = { canary: { version: 1, steps: [{ share: 1, bakeSeconds: 1 }] } };
  await rig.registry.traffic.set('digits', { rules, cause });
  await rig.registry.policies.set('digits', { promote: 'never', load: { specific: [2] } });
  expect(rig.registry.traffic.canaries(), 'servers that follow carry it on').toEqual([]);
  expect(rig.registry.route('digits', undefined, () => 'x')).toBeUndefined();
  await rig.registry.traffic.rollBack('digits', { cause });
  await rig.registry.traffic.rollBack('digits', { cause });
  expect(rig.registry.describeModel('digits').labels).toMatchObject({ production: 1 });
  expect(states()).toEqual({ 1: 'READY' });
  expect(await whoAnswers(rig.registry, 'digits')).toBe(1);
  await expect(rig.registry.refresh('digits')).rejects.toEqual(
    refusal('GLIMPSE_NOT_BY_CALLS', 'none'),
  );
});

describe('the policy of a model', () => {
  it('says what is loaded of it: here at once, elsewhere when the repository is listed', async () => {
    rig = await createRegistryRig();
    for (let version = 1; version <= 4; version += 1) await rig.publish({ label: 'production' });
    await rig.repository.releases.setPolicy('digits', { promote: 'never', load: 'all' });
    await rig.registry.start();
    expect(states()).toEqual({ 1: 'READY', 2: 'READY', 3: 'READY', 4: 'READY' });
    await rig.registry.policies.set('digits', { promote: 'never', load: { specific: [2] } });
    await expect
      .poll(() => states())
      .toEqual({
        1: 'UNLOADED',
        2: 'READY',
        3: 'UNLOADED',
        4: 'READY',
      });
    await rig.repository.releases.setPolicy('digits', { promote: 'never', load: { latest: 1 } });
    await rig.registry.reconcile();
    await expect.poll(() => states()[2]).toBe('UNLOADED');
  });
});

it('a model that was deleted elsewhere is unloaded, and is back when it is taken back', async () => {
  rig = await createRegistryRig();
  await rig.publish({ label: 'production' });
  await rig.registry.start();
  await rig.repository.deletions.deleteModel('digits');
  await rig.registry.reconcile();
  await expect(rig.registry.lease('digits')).rejects.toEqual(refusal('GLIMPSE_MODEL_NOT_FOUND'));
  expect(rig.puppets.opened.every(({ isClosed }) => isClosed)).toBe(true);
  await rig.repository.deletions.restoreModel('digits');
  await rig.registry.reconcile();
  expect(await whoAnswers(rig.registry, 'digits')).toBe(1);
});

describe('many models in one repository', () => {
  it('stay within the bytes for them, however they are asked for, and the least recently used goes', async () => {
    const maxLoadedBytes = 3 * 8_500_000;
    rig = await createRegistryRig({ policy: { maxLoadedBytes, isPreloaded: () => false } });
    const names = Array.from({ length: 12 }, (_, index) => `model-${index}`);
    for (const model of names) await rig.publish({ model, label: 'production' });
    await rig.registry.start();
    expect(rig.puppets.loads, 'nobody has asked').toBe(0);
    const open = () => rig.puppets.opened.filter(({ isClosed }) => !isClosed).length;
    let most = 0;
    await Promise.all(
      names.flatMap((model) =>
        [1, 2, 3].map(async () => {
          expect(await whoAnswers(rig.registry, model)).toBe(1);
          most = Math.max(most, open());
        }),
      ),
    );
    expect(most).toBe(3);
    for (const model of names.slice(0, 4)) await whoAnswers(rig.registry, model);
    const loaded = names.filter((model) => states(model)[1] === 'READY');
    expect(loaded).toEqual(['model-1', 'model-2', 'model-3']);
  });

  it('are ready when those that must be are, and say which is not', async () => {
    rig = await createRegistryRig({
      requiredModels: ['cats', 'dogs'],
      policy: { isRequired: (model) => model === 'cats', isPreloaded: (model) => model !== 'dogs' },
    });
    await rig.publish({ label: 'production' });
    await rig.registry.start();
    expect(rig.registry.readiness()).toMatchObject({
      ready: false,
      reasons: ['There is no model "cats" in memory:.', 'There is no model "dogs" in memory:.'],
    });
    for (const model of ['cats', 'dogs']) await rig.publish({ model, label: 'production' });
    await rig.registry.reconcile();
    expect(rig.registry.readiness()).toEqual({
      ready: false,
      reasons: ['Model "dogs": label "production" points at version 1, which is UNLOADED.'],
    });
    expect(rig.registry.describeModel('dogs').reasons, 'it is loaded when asked for').toEqual([]);
    await whoAnswers(rig.registry, 'dogs');
    expect(rig.registry.readiness()).toEqual({ ready: true, reasons: [] });
  });
});
