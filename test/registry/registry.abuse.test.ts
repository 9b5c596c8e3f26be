import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { errors } from '../../src/errors.ts';
import { outcome } from '../support/puppet-run.ts';
import { createRegistryRig, whoAnswers, type RegistryRig } from '../support/registry-rig.ts';
import { collectWarnings } from '../support/warnings.ts';

let rig: RegistryRig;
afterEach(async () => {
  await rig.registry.close();
});

const invalid = () => new errors.GLIMPSE_MODEL_INVALID('its graph has no output.');
const status = (version: number) =>
  rig.registry.describeModel('digits').versions.find((each) => each.version === version);

/** Version 1 serves as production; version 2 is broken, and production has been moved to it. */
async function breakVersionTwo(breakIt: () => Promise<void> | void): Promise<void> {
  rig = await createRegistryRig();
  await rig.publish({ label: 'production' });
  await rig.registry.start();
  await rig.publish({ label: 'production' });
  await breakIt();
  await rig.registry.reconcile();
}

const vanish = () => rig.faulty.store.remove('digits/2/manifest.json');
const shout = (): never => {
  throw new Error('no such metric');
};
async function spoil(key: string, text: string): Promise<void> {
  await rig.faulty.store.write(key, Buffer.from(text));
}

describe('a bad version', () => {
  const breakages: [string, string, () => Promise<void> | void][] = [
    ['its model cannot be opened', 'GLIMPSE_MODEL_INVALID', () => rig.puppets.refuse(2, invalid())],
    [
      'its bytes are not those of its manifest',
      'GLIMPSE_CHECKSUM_MISMATCH',
      () => spoil('digits/2/model.onnx', 'the bytes of a poppet'),
    ],
    [
      'a file is missing',
      'GLIMPSE_FILE_MISSING',
      () => rig.faulty.store.remove('digits/2/model.onnx'),
    ],
    [
      'its manifest is not valid',
      'GLIMPSE_MANIFEST_INVALID',
      () => spoil('digits/2/manifest.json', '{}'),
    ],
    [
      'its runtime is not installed',
      'GLIMPSE_RUNTIME_MISSING',
      () => rig.puppets.refuse(2, new errors.GLIMPSE_RUNTIME_MISSING('tensorflow', 'npm i')),
    ],
    ['its loader throws anything', 'GLIMPSE_INTERNAL', () => rig.puppets.refuse(2, new Error('?'))],
  ];

  it.each(breakages)(
    'is quarantined because %s, while the old one serves on',
    async (_, code, act) => {
      await breakVersionTwo(act);
      expect(await whoAnswers(rig.registry, 'digits')).toBe(1);
      expect(await whoAnswers(rig.registry, 'digits', { label: 'production' })).toBe(1);
      expect(status(2)).toMatchObject({ state: 'UNAVAILABLE', reason: { code }, serves: [] });
      expect(status(1)).toMatchObject({ state: 'READY', serves: ['latest', 'production'] });
      expect(rig.events).toContain(`quarantine digits/2 ${code}`);
      const { ready, reasons } = rig.registry.readiness();
      expect(ready).toBe(true);
      expect(reasons.join()).toContain('label "production" points at version 2, which cannot be');
      expect(reasons.join()).toContain('Version 1 goes on serving.');
    },
  );

  it('is quarantined because it does not answer its golden samples as recorded', async () => {
    rig = await createRegistryRig();
    await rig.publish({ label: 'production' });
    await rig.registry.start();
    await rig.publish({
      label: 'production',
      files: new Map([
        ['model.onnx', Buffer.from('puppet')],
        ['golden.png', Buffer.from([1, 1, 1, 1])],
      ]),
      golden: [{ file: 'golden.png', label: 'bright', scores: [0.1, 0.1, 0.8] }],
    });
    await rig.registry.reconcile();
    expect(status(2)).toMatchObject({ reason: { code: 'GLIMPSE_SELF_TEST_FAILED' } });
    expect(await whoAnswers(rig.registry, 'digits')).toBe(1);
    expect(rig.puppets.opened.find(({ version }) => version === 2)!.isClosed).toBe(true);
  });

  it('is not loaded again and again: only when its time has come or its manifest has changed', async () => {
    await breakVersionTwo(() => rig.puppets.refuse(2, invalid()));
    const { loads } = rig.puppets;
    rig.puppets.refuse(2, undefined);
    await rig.registry.reconcile();
    expect(rig.puppets.loads).toBe(loads);
    const manifest = await rig.repository.manifest('digits', 2);
    await spoil('digits/2/manifest.json', JSON.stringify({ ...manifest, lineage: { seed: 8 } }));
    await rig.registry.reconcile();
    expect(rig.puppets.loads).toBe(loads + 1);
    expect(await whoAnswers(rig.registry, 'digits')).toBe(2);
  });

  it('is tried again when somebody points a label at it', async () => {
    await breakVersionTwo(() => rig.puppets.refuse(2, invalid()));
    rig.puppets.refuse(2, undefined);
    await rig.registry.setLabel({ model: 'digits', label: 'candidate', version: 2 });
    expect(status(2)).toMatchObject({
      state: 'READY',
      serves: ['latest', 'production', 'candidate'],
    });
  });

  it('is tried again by itself after a while', async () => {
    let now = 1_000_000;
    rig = await createRegistryRig({ now: () => now });
    await rig.publish();
    rig.puppets.refuse(1, invalid());
    await rig.registry.start();
    rig.puppets.refuse(1, undefined);
    now += 5 * 60_000;
    await rig.registry.reconcile();
    expect(status(1)!.state).toBe('READY');
  });

  it('makes a server that never served anything unready, with the reason', async () => {
    rig = await createRegistryRig();
    await rig.publish();
    await rig.publish({ label: 'production' });
    rig.puppets.refuse(2, invalid());
    await rig.registry.start();
    const { ready, reasons } = rig.registry.readiness();
    expect(ready).toBe(false);
    expect(reasons[0]).toBe(
      'Model "digits": label "production" points at version 2, which cannot be loaded: The model cannot be served: its graph has no output.',
    );
    await expect(rig.registry.lease('digits')).rejects.toMatchObject({
      code: 'GLIMPSE_MODEL_NOT_READY',
      statusCode: 503,
    });
    expect(await whoAnswers(rig.registry, 'digits', { version: 1 })).toBe(1);
  });

  it('that is the newest of its model leaves the good one to answer, however many models there are', async () => {
    rig = await createRegistryRig({ policy: { maxLoadedVersions: 16 } });
    const models = Array.from({ length: 23 }, (_, index) => `model-${index}`);
    for (const model of models) {
      await rig.publish({ model });
      await rig.publish({ model });
    }
    rig.puppets.refuse(2, invalid());
    await rig.registry.start();
    const answers = models.map((model) => whoAnswers(rig.registry, model));
    expect(await Promise.all(answers)).toEqual(models.map(() => 1));
  });

  it('asked for outright is refused with what is wrong with it, without another load', async () => {
    await breakVersionTwo(() => rig.puppets.refuse(2, invalid()));
    const { loads } = rig.puppets;
    await expect(rig.registry.lease('digits', { version: 2 })).rejects.toMatchObject({
      code: 'GLIMPSE_MODEL_NOT_READY',
      details: { reason: { code: 'GLIMPSE_MODEL_INVALID' }, retryAt: expect.any(String) as string },
    });
    expect(rig.puppets.loads).toBe(loads);
  });

  it('fails everybody who waits for its load on demand, once', async () => {
    rig = await createRegistryRig({ policy: { keepVersions: 1 } });
    await rig.publish();
    await rig.publish();
    await rig.registry.start();
    rig.puppets.refuse(1, invalid());
    const asks = [1, 2, 3].map(() => outcome(rig.registry.lease('digits', { version: 1 })));
    const refused = { code: 'GLIMPSE_MODEL_NOT_READY' };
    expect(await Promise.all(asks)).toEqual([refused, refused, refused]);
    expect(rig.puppets.loads).toBe(2);
  });
});

describe('a label', () => {
  it('of a name that every object has is not found, like any other', async () => {
    rig = await createRegistryRig();
    await rig.publish();
    await rig.registry.start();
    for (const label of ['constructor', '__proto__', 'toString']) {
      expect(await outcome(rig.registry.lease('digits', { label }))).toEqual({
        code: 'GLIMPSE_LABEL_NOT_FOUND',
      });
    }
  });

  it('that points at a version which is not there is refused with that reason', async () => {
    rig = await createRegistryRig();
    await rig.publish();
    await spoil('digits/labels.json', '{"production": 7}');
    await rig.registry.start();
    await expect(rig.registry.lease('digits')).rejects.toThrow(
      'label "production" points at version 7, which is not in the repository.',
    );
    expect(rig.registry.readiness().ready).toBe(false);
  });

  it('file that is garbage leaves the model as it was, and says so', async () => {
    rig = await createRegistryRig();
    await rig.publish({ label: 'production' });
    await rig.registry.start();
    await spoil('digits/labels.json', 'garbage');
    await rig.registry.reconcile();
    expect(await whoAnswers(rig.registry, 'digits', { label: 'production' })).toBe(1);
    const { ready, reasons } = rig.registry.readiness();
    expect(ready).toBe(true);
    expect(reasons.join()).toContain('labels.json');
  });

  it('file of one model that is garbage does not hide the other models', async () => {
    rig = await createRegistryRig();
    await rig.publish({ model: 'cats' });
    await rig.publish();
    await spoil('cats/labels.json', 'garbage');
    await rig.registry.start();
    expect(await whoAnswers(rig.registry, 'digits')).toBe(1);
    expect(await outcome(rig.registry.lease('cats'))).toEqual({ code: 'GLIMPSE_MODEL_NOT_READY' });
  });
});

describe('a store that does not answer', () => {
  it('lets what is loaded serve on, and shows as a warning', async () => {
    rig = await createRegistryRig();
    await rig.publish();
    await rig.registry.start();
    rig.faulty.fail();
    await rig.registry.reconcile();
    expect(await whoAnswers(rig.registry, 'digits')).toBe(1);
    const { ready, reasons } = rig.registry.readiness();
    expect(ready).toBe(true);
    expect(reasons.join()).toContain('the network is down');
    rig.faulty.heal();
    await rig.registry.reconcile();
    expect(rig.registry.readiness()).toEqual({ ready: true, reasons: [] });
    expect(rig.events.filter((line) => line.startsWith('poll'))).toEqual([
      'poll ok',
      'poll failed',
      'poll ok',
    ]);
  });

  it('at the start does not keep the server from starting, nor from getting ready later by itself', async () => {
    rig = await createRegistryRig();
    await rig.publish();
    rig.faulty.fail();
    await rig.registry.start();
    const { ready, reasons } = rig.registry.readiness();
    expect(ready).toBe(false);
    expect(reasons.join()).toContain('the network is down');
    rig.faulty.heal();
    await expect.poll(() => rig.registry.readiness().ready, { timeout: 20_000 }).toBe(true);
  });

  it('during a download does not quarantine the version: it is tried again within seconds', async () => {
    rig = await createRegistryRig();
    await rig.publish();
    rig.faulty.fail('download');
    await rig.registry.start();
    expect(status(1)).toMatchObject({ reason: { code: 'GLIMPSE_STORE_UNAVAILABLE' } });
    expect(rig.events.join()).not.toContain('quarantine');
    rig.faulty.heal();
    await expect.poll(() => status(1)!.state, { timeout: 20_000 }).toBe('READY');
  });
});

describe('a version that vanishes from the repository', () => {
  it('is believed to be gone only when two polls in a row miss it', async () => {
    rig = await createRegistryRig();
    await rig.publish();
    await rig.publish();
    await rig.registry.start();
    await vanish();
    await rig.registry.reconcile();
    expect(await whoAnswers(rig.registry, 'digits')).toBe(2);
    await rig.registry.reconcile();
    expect(await whoAnswers(rig.registry, 'digits')).toBe(1);
    await expect.poll(() => status(2)).toBeUndefined();
  });

  it('goes on answering for the label that points at it, and is told of, until the label moves', async () => {
    rig = await createRegistryRig();
    await rig.publish();
    await rig.publish({ label: 'production' });
    await rig.registry.start();
    await vanish();
    for (let poll = 0; poll < 4; poll += 1) await rig.registry.reconcile();
    expect(await whoAnswers(rig.registry, 'digits')).toBe(2);
    expect(status(2)).toMatchObject({
      state: 'READY',
      isMissing: true,
      serves: ['latest', 'production'],
    });
    const { ready, reasons } = rig.registry.readiness();
    expect([ready, reasons.join()]).toEqual([true, expect.stringContaining('no longer in')]);
    await rig.registry.setLabel({ model: 'digits', label: 'production', version: 1 });
    expect(await whoAnswers(rig.registry, 'digits')).toBe(1);
    await expect.poll(() => status(2)?.state).not.toBe('READY');
  });

  it('goes on answering by default as long as nothing else could', async () => {
    rig = await createRegistryRig();
    await rig.publish();
    await rig.registry.start();
    await rig.faulty.store.remove('digits/1/manifest.json');
    await rig.faulty.store.remove('digits/labels.json');
    for (let poll = 0; poll < 4; poll += 1) await rig.registry.reconcile();
    expect(await whoAnswers(rig.registry, 'digits')).toBe(1);
    await rig.publish();
    for (let poll = 0; poll < 3; poll += 1) await rig.registry.reconcile();
    expect(await whoAnswers(rig.registry, 'digits')).toBe(2);
    await expect.poll(() => status(1)?.state).not.toBe('READY');
  });

  it('and comes back in between was never gone', async () => {
    rig = await createRegistryRig();
    await rig.publish();
    await rig.publish();
    await rig.registry.start();
    const found = await rig.faulty.store.read('digits/2/manifest.json');
    await vanish();
    await rig.registry.reconcile();
    if (typeof found === 'object') {
      await rig.faulty.store.write('digits/2/manifest.json', found.body);
    }
    for (let poll = 0; poll < 3; poll += 1) await rig.registry.reconcile();
    expect(await whoAnswers(rig.registry, 'digits')).toBe(2);
    expect(rig.puppets.loads).toBe(2);
  });
});

describe('an unhealthy runtime', () => {
  it('makes the server unready as long as it lasts, because its default model cannot answer', async () => {
    rig = await createRegistryRig();
    await rig.publish();
    await rig.registry.start();
    rig.puppets.runtime(1).unhealthyReason = 'its thread ended 2 times in a row: the beast';
    const { ready, reasons } = rig.registry.readiness();
    expect(ready).toBe(false);
    expect(reasons[0]).toContain('the beast');
    expect(status(1)!.reason?.message).toContain('the beast');
    expect(await outcome(rig.registry.lease('digits'))).toEqual({
      code: 'GLIMPSE_MODEL_NOT_READY',
    });
    rig.puppets.runtime(1).unhealthyReason = undefined;
    expect(rig.registry.readiness().ready).toBe(true);
  });
});

describe('a listener that throws', () => {
  it('costs a warning and nothing else', async () => {
    const { warnings, stop } = collectWarnings();
    onTestFinished(stop);
    rig = await createRegistryRig({
      on: { onState: shout, onLoad: shout, onPoll: shout, onReload: shout },
    });
    await rig.publish();
    await rig.registry.start();
    expect(await whoAnswers(rig.registry, 'digits')).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings.map(({ message }) => message)).toContain('no such metric');
  });
});
