import { afterEach, describe, expect, it, vi } from 'vitest';
import { outcome } from '../support/puppet-run.ts';
import { createRegistryRig, whoAnswers, type RegistryRig } from '../support/registry-rig.ts';

let rig: RegistryRig;
afterEach(async () => {
  vi.useRealTimers();
  await rig.registry.close();
});

const states = () =>
  rig.registry
    .describe()
    .flatMap(({ model, versions }) =>
      versions.map(({ version, state }) => `${model}/${version} ${state}`),
    );

describe('the registry', () => {
  it('loads what is at rest and answers with the highest READY version when no label says otherwise', async () => {
    rig = await createRegistryRig();
    await rig.publish();
    await rig.publish();
    await rig.registry.start();
    expect(states()).toEqual(['digits/1 READY', 'digits/2 READY']);
    expect(await whoAnswers(rig.registry, 'digits')).toBe(2);
    expect(rig.registry.readiness()).toEqual({ ready: true, reasons: [] });
  });

  it('answers with the version its label production points at', async () => {
    rig = await createRegistryRig();
    await rig.publish({ label: 'production' });
    await rig.publish({ label: 'candidate' });
    await rig.registry.start();
    expect(await whoAnswers(rig.registry, 'digits')).toBe(1);
    expect(await whoAnswers(rig.registry, 'digits', { label: 'candidate' })).toBe(2);
    expect(await whoAnswers(rig.registry, 'digits', { label: 'latest' })).toBe(2);
    expect(await whoAnswers(rig.registry, 'digits', { version: 2 })).toBe(2);
  });

  it('keeps the newest versions and the labelled ones loaded, and no others', async () => {
    rig = await createRegistryRig();
    await rig.publish({ label: 'production' });
    for (let i = 0; i < 4; i += 1) await rig.publish();
    await rig.registry.start();
    expect(states()).toEqual([
      'digits/1 READY',
      'digits/2 UNLOADED',
      'digits/3 UNLOADED',
      'digits/4 READY',
      'digits/5 READY',
    ]);
  });

  it('loads a version that is asked for outright, and shares the load among all who ask', async () => {
    rig = await createRegistryRig();
    for (let i = 0; i < 4; i += 1) await rig.publish();
    await rig.registry.start();
    expect(rig.puppets.loads).toBe(2);
    const answers = [1, 2, 3, 4].map(() => whoAnswers(rig.registry, 'digits', { version: 1 }));
    expect(await Promise.all(answers)).toEqual([1, 1, 1, 1]);
    expect(rig.puppets.loads).toBe(3);
    await rig.registry.reconcile();
    expect(states()[0], 'and it stays').toBe('digits/1 READY');
  });

  it('makes room for a version on demand by unloading the one used least recently', async () => {
    rig = await createRegistryRig({ policy: { keepVersions: 1, maxLoadedVersions: 3 } });
    for (let i = 0; i < 5; i += 1) await rig.publish();
    await rig.registry.start();
    for (const version of [1, 2, 1, 3]) await whoAnswers(rig.registry, 'digits', { version });
    await rig.registry.reconcile();
    expect(states()).toEqual([
      'digits/1 READY',
      'digits/2 UNLOADED',
      'digits/3 READY',
      'digits/4 UNLOADED',
      'digits/5 READY',
    ]);
  });

  it('loads a version on demand though labelled versions take every place', async () => {
    rig = await createRegistryRig({ policy: { maxLoadedVersions: 1 } });
    await rig.publish();
    await rig.publish({ label: 'production' });
    await rig.registry.start();
    expect(await whoAnswers(rig.registry, 'digits', { version: 1 })).toBe(1);
    expect(await whoAnswers(rig.registry, 'digits')).toBe(2);
  });

  it('says what there is not: model, version, label', async () => {
    rig = await createRegistryRig();
    await rig.publish();
    await rig.registry.start();
    const { registry } = rig;
    expect(await outcome(registry.lease('cats'))).toEqual({ code: 'GLIMPSE_MODEL_NOT_FOUND' });
    expect(await outcome(registry.lease('digits', { version: 9 }))).toEqual({
      code: 'GLIMPSE_VERSION_NOT_FOUND',
    });
    expect(await outcome(registry.lease('digits', { label: 'beta' }))).toEqual({
      code: 'GLIMPSE_LABEL_NOT_FOUND',
    });
    expect(() => registry.describeModel('cats')).toThrow('There is no model "cats"');
    expect(await outcome(registry.describeVersion('digits', 9))).toEqual({
      code: 'GLIMPSE_VERSION_NOT_FOUND',
    });
  });

  it('is not ready, and says so, before it has polled', async () => {
    rig = await createRegistryRig();
    await rig.publish();
    expect(rig.registry.readiness()).toEqual({
      ready: false,
      reasons: ['The repository memory: is being read for the first time.'],
    });
    expect(await outcome(rig.registry.lease('digits'))).toEqual({
      code: 'GLIMPSE_MODEL_NOT_READY',
    });
  });

  it('is ready as soon as the labelled version answers, whatever is still on its way', async () => {
    const seconds = new Map<string, number>();
    rig = await createRegistryRig({
      on: { onLoad: (load) => seconds.set(`${load.model}/${load.version}`, load.seconds) },
    });
    await rig.publish({ label: 'production' });
    await rig.publish();
    await rig.publish();
    const releases = [1, 3].map((version) => rig.puppets.hold(version));
    const started = rig.registry.start();
    await expect.poll(() => rig.puppets.loads).toBe(1);
    expect(rig.registry.readiness().ready).toBe(false);
    const heldAt = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 300));
    releases[0]!();
    await expect.poll(() => rig.registry.readiness().ready).toBe(true);
    expect(await whoAnswers(rig.registry, 'digits')).toBe(1);
    const ofThree = () =>
      rig.registry.describeModel('digits').versions.find(({ version }) => version === 3);
    expect(ofThree()?.state).toBe('LOADING');
    const heldSeconds = (performance.now() - heldAt) / 1000;
    releases[1]!();
    await started;
    expect(ofThree()?.state).toBe('READY');
    // Of each the time it took itself: the last one waited for all before it.
    expect(seconds.get('digits/1')).toBeGreaterThan(0.25);
    expect(seconds.get('digits/2')).toBeLessThan(heldSeconds);
  });

  it('is not ready by an older version while the labelled one is on its way, nor when that has failed', async () => {
    rig = await createRegistryRig();
    await rig.publish();
    await rig.publish({ label: 'production' });
    const release = rig.puppets.hold(2);
    const started = rig.registry.start();
    await expect.poll(() => rig.puppets.loads).toBe(1);
    expect(rig.registry.readiness().ready).toBe(false);
    rig.puppets.refuse(2, new Error('broken'));
    release();
    await started;
    expect(rig.registry.readiness()).toMatchObject({
      ready: false,
      reasons: [
        'Model "digits": label "production" points at version 2, which cannot be loaded: broken',
        'Model "digits": label "latest" points at version 2, which cannot be loaded: broken',
      ],
    });
  });

  it('is not ready without the default model, whatever else is there', async () => {
    rig = await createRegistryRig();
    await rig.publish({ model: 'cats' });
    await rig.registry.start();
    expect(rig.registry.readiness()).toEqual({
      ready: false,
      reasons: ['There is no model "digits" in memory:.'],
    });
    expect(await whoAnswers(rig.registry, 'cats')).toBe(1);
  });

  it('describes models and versions, at rest and loaded', async () => {
    rig = await createRegistryRig();
    await rig.publish({ label: 'production' });
    for (let i = 0; i < 3; i += 1) await rig.publish();
    await rig.registry.start();
    const { etag } = rig.registry.describeModel('digits');
    expect(etag).toEqual(expect.any(String));
    expect(rig.registry.describeModel('digits')).toMatchObject({
      model: 'digits',
      labels: { production: 1, latest: 4 },
      serving: 1,
      reasons: [],
    });
    const loaded = await rig.registry.describeVersion('digits', 1);
    expect(loaded).toMatchObject({
      model: 'digits',
      version: 1,
      state: 'READY',
      labels: ['production'],
      serves: ['production'],
      place: 'inline',
      leases: 0,
      manifest: { version: 1, runtime: 'onnx' },
    });
    const atRest = await rig.registry.describeVersion('digits', 2);
    expect(atRest).toMatchObject({ state: 'UNLOADED', labels: [], manifest: { version: 2 } });
    expect(atRest.reason, 'not being loaded is no fault').toBeUndefined();
  });

  it('moves a label through the repository, and serves it from then on', async () => {
    rig = await createRegistryRig();
    await rig.publish({ label: 'production' });
    for (let i = 0; i < 3; i += 1) await rig.publish();
    await rig.registry.start();
    const { labels } = await rig.registry.setLabel({
      model: 'digits',
      label: 'production',
      version: 2,
    });
    expect(labels['production']).toBe(2);
    expect(await whoAnswers(rig.registry, 'digits')).toBe(2);
    expect(await rig.repository.labels('digits')).toMatchObject({ labels });
    expect(rig.events).toContain('reload digits 1 -> 2');
    const stale = { model: 'digits', label: 'production', version: 1, ifMatch: '"old"' };
    expect(await outcome(rig.registry.setLabel(stale))).toEqual({ code: 'GLIMPSE_LABEL_CONFLICT' });
  });

  it('refuses everything once it is closed, and has closed every version', async () => {
    rig = await createRegistryRig();
    await rig.publish();
    await rig.registry.start();
    const lease = await rig.registry.lease('digits');
    const closing = rig.registry.close();
    expect(rig.registry.readiness().ready).toBe(false);
    expect(await outcome(rig.registry.lease('digits'))).toEqual({ code: 'GLIMPSE_DRAINING' });
    const { outputs } = await lease.submit([new Float32Array(4)]);
    expect(outputs[0]![0], 'a lease that is out is served to its end').toBe(1);
    lease.release();
    await closing;
    expect(rig.puppets.opened.every(({ isClosed }) => isClosed)).toBe(true);
    expect(states()).toEqual(['digits/1 UNLOADED']);
  });
});
