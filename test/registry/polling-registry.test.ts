import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRepository } from '../../src/repository/model-repository.ts';
import type { Repository, VersionDraft } from '../../src/repository/repository.ts';
import { createMemoryStore } from '../../src/repository/stores/memory-store.ts';
import { aReleaseRecord } from '../support/drafts.ts';
import { createFaultyStore } from '../support/faulty-store.ts';
import { outcome } from '../support/puppet-run.ts';
import { createRegistryRig, tinyDraft, whoAnswers } from '../support/registry-rig.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { collectWarnings } from '../support/warnings.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function openRig(changes: Parameters<typeof createRegistryRig>[0] = {}) {
  const rig = await createRegistryRig(changes);
  closers.push(() => rig.registry.close());
  return { ...rig, publish: (draft?: Partial<VersionDraft>) => rig.publish(draft) };
}

/** A ledger that remembers only what it is asked to forget. */
function forgettingLedger() {
  const forgotten: string[] = [];
  return {
    forgotten,
    check: async () => {},
    enter: async () => async () => {},
    forget: async (model: string) => void forgotten.push(model),
    close: () => {},
  };
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('what a registry lists', () => {
  it('is in the order of the names, whenever each was found, without models that have no version', async () => {
    const { registry, publish, faulty } = await openRig();
    await publish({ model: 'zebra' });
    await faulty.store.write('empty/labels.json', Buffer.from('{}'));
    await faulty.store.write('garbage/labels.json', Buffer.from('garbage'));
    await registry.start();
    for (const model of ['ant', 'bee']) {
      await publish({ model });
      expect(await whoAnswers(registry, model)).toBe(1);
    }
    expect(registry.describe().map(({ model }) => model)).toEqual(['ant', 'bee', 'zebra']);
    expect(await outcome(registry.lease('empty'))).toEqual({ code: 'GLIMPSE_MODEL_NOT_FOUND' });
    expect(await outcome(registry.lease('garbage'))).toEqual({ code: 'GLIMPSE_MODEL_NOT_READY' });
  });

  it('is described by the manifest that is loaded, or by none when it cannot be read', async () => {
    const { registry, publish, faulty } = await openRig({ policy: { keepVersions: 1 } });
    for (let version = 1; version <= 2; version += 1) await publish();
    await registry.start();
    faulty.fail();
    expect((await registry.describeVersion('digits', 2)).manifest).toMatchObject({ version: 2 });
    await faulty.store.remove('digits/1/manifest.json').catch(() => {});
    faulty.heal();
    await faulty.store.remove('digits/1/manifest.json');
    expect((await registry.describeVersion('digits', 1)).manifest).toBeUndefined();
  });

  it('has what was decided about a version, read once, of versions no poll has found yet too', async () => {
    const { registry, repository, publish, faulty } = await openRig();
    await publish();
    await registry.start();
    await publish();
    await repository.releases.putRecord(aReleaseRecord({ version: 2 }));
    const { formatVersion: _, model: __, version: ___, ...decided } = aReleaseRecord();
    expect((await registry.describeVersion('digits', 2)).release).toEqual(decided);
    faulty.fail();
    expect((await registry.describeVersion('digits', 2)).release).toEqual(decided);
    expect((await registry.describeVersion('digits', 1)).release).toBeUndefined();
  });

  it('has the rule of a model that is there, whether a poll has found it or not', async () => {
    const { registry, publish } = await openRig();
    await publish();
    await registry.start();
    await publish({ model: 'cats' });
    const { policy } = await registry.policies.get('digits');
    expect(await registry.policies.get('cats')).toMatchObject({ policy });
    expect(await outcome(registry.policies.get('ants'))).toEqual({
      code: 'GLIMPSE_MODEL_NOT_FOUND',
    });
  });

  it('is being read for the first time until the default model can answer', async () => {
    const { registry, publish, puppets } = await openRig();
    await publish();
    const release = puppets.hold(1);
    const started = registry.start();
    await expect.poll(() => puppets.loads, { interval: 1 }).toBe(1);
    expect(registry.readiness().reasons[0]).toBe(
      'The repository memory: is being read for the first time.',
    );
    release();
    await started;
    expect(registry.readiness()).toEqual({ ready: true, reasons: [] });
  });
});

describe('what a registry asks of its repository', () => {
  it('is nothing for what it knows, before it has started, and after it was closed', async () => {
    const { registry, repository, publish, faulty } = await openRig();
    await publish();
    faulty.forget();
    await registry.lookUp('cats');
    expect(faulty.calls).toEqual([]);
    await registry.start();
    await repository.releases.putRecord(aReleaseRecord());
    await registry.describeVersion('digits', 1);
    faulty.forget();
    await registry.lookUp('digits');
    await registry.lookUp('digits', { version: 1 });
    await registry.lookUp('digits', { label: 'latest' });
    await registry.describeVersion('digits', 1);
    const closed = registry.close();
    await registry.lookUp('cats');
    expect(faulty.calls).toEqual([]);
    expect(registry.close()).toBe(closed);
  });

  it('is the manifest of no version by a poll of everything, when all is well', async () => {
    const { repository } = await openRig();
    await repository.publish(tinyDraft());
    const asked = vi.fn<Repository['manifest']>((...args) => repository.manifest(...args));
    const { registry } = await openRig({ repository: { ...repository, manifest: asked } });
    await registry.start();
    asked.mockClear();
    await registry.reconcile();
    expect(asked).not.toHaveBeenCalled();
  });

  it('is the manifest of a version that was set aside by a poll of everything, and by no other', async () => {
    const polling = { pollIntervalMs: 5, rescanIntervalMs: 0 };
    const { registry, publish, faulty, puppets } = await openRig({ polling });
    puppets.refuse(1, new Error('?'));
    await publish();
    await registry.start();
    faulty.forget();
    await vi.waitFor(() => expect(faulty.calls.length).toBeGreaterThan(3), { timeout: 20_000 });
    expect(new Set(faulty.calls)).toEqual(new Set(['read digits/labels.json']));
    await registry.reconcile();
    expect(faulty.calls).toContain('read digits/1/manifest.json');
  });
});

describe('a label that is moved', () => {
  it('gives its version another try, and the ledger of deaths forgets the model', async () => {
    const crashLedger = forgettingLedger();
    const { registry, publish, puppets } = await openRig({ crashLedger });
    await publish();
    await publish();
    puppets.refuse(2, new Error('?'));
    await registry.start();
    await registry.setLabel({ model: 'digits', label: 'beta', version: 2 });
    await expect(registry.lease('digits', { label: 'beta' })).rejects.toThrow(
      'label "beta" points at version 2, which cannot be loaded: ?',
    );
    crashLedger.forgotten.length = 0;
    puppets.refuse(2, undefined);
    await registry.setLabel({ model: 'digits', label: 'beta', version: 2 });
    expect(crashLedger.forgotten).toEqual(['digits']);
    expect(await whoAnswers(registry, 'digits', { label: 'beta' })).toBe(2);
  });

  it('away is known at once, and gives nothing another try', async () => {
    const crashLedger = forgettingLedger();
    const { registry, publish, repository } = await openRig({ crashLedger });
    await publish({ label: 'beta' });
    await registry.start();
    const { labels } = await registry.setLabel({ model: 'digits', label: 'beta', version: null });
    expect(labels).toEqual({ latest: 1 });
    expect(registry.describeModel('digits').labels).toEqual({ latest: 1 });
    expect(await repository.labels('digits')).toMatchObject({ labels: { latest: 1 } });
    expect(crashLedger.forgotten).toEqual([]);
  });

  it('of a model that no poll has found yet leads to that model', async () => {
    const { registry, publish } = await openRig();
    await registry.start();
    await publish({ model: 'cats' });
    await registry.setLabel({ model: 'cats', label: 'production', version: 1 });
    expect(await whoAnswers(registry, 'cats', { label: 'production' })).toBe(1);
  });

  it('is refused to a caller who names a label or a version that is not there, with the model', async () => {
    const { registry, publish } = await openRig();
    await publish({ label: 'beta' });
    await registry.start();
    await expect(registry.lease('digits', { label: 'gamma' })).rejects.toThrow('"gamma"');
    await expect(registry.lease('digits', { version: 4 })).rejects.toThrow('4');
  });
});

describe('a refresh', () => {
  it('of a registry that remembers no deaths is a poll like any other', async () => {
    const { registry, publish } = await openRig();
    await registry.start();
    await publish();
    await registry.refresh('digits');
    expect(registry.describe()).toHaveLength(1);
  });

  it('forgets what died of the model that is named, known or not', async () => {
    const crashLedger = forgettingLedger();
    const { registry } = await openRig({ crashLedger });
    await registry.refresh('cats');
    expect(crashLedger.forgotten).toEqual(['cats']);
  });
});

describe('what a registry tells', () => {
  it('of polls is why one failed, and nothing else when one did not', async () => {
    const told: unknown[] = [];
    const { registry, faulty } = await openRig({ on: { onPoll: (event) => told.push(event) } });
    await registry.start();
    faulty.fail();
    await registry.reconcile();
    expect(told).toEqual([
      { outcome: 'ok' },
      { outcome: 'failed', error: expect.objectContaining({ code: 'GLIMPSE_STORE_UNAVAILABLE' }) },
    ]);
  });
});

/** A store and a data folder with one version, which a server has seen that is gone. */
async function keptSite(): Promise<{
  faulty: ReturnType<typeof createFaultyStore>;
  open: () => Repository;
}> {
  const faulty = createFaultyStore(createMemoryStore());
  const cacheDir = await temporaryFolder();
  const open = () => createRepository({ store: faulty.store, cacheDir, maxArtifactBytes: 1e6 });
  await open().publish(tinyDraft());
  const { registry } = await openRig({ repository: open(), startWaitMs: 5_000 });
  await registry.start();
  await registry.close();
  return { faulty, open };
}

describe('a start from what is kept', () => {
  it('and the first answer after it are told, and no warning when nobody listens', async () => {
    const { warnings, stop } = collectWarnings();
    const { faulty, open } = await keptSite();
    const told: unknown[] = [];
    const started = [];
    for (const on of [{ onStale: (event: unknown) => told.push(event), onPoll: undefined }, {}]) {
      faulty.fail();
      const rig = await openRig({ repository: open(), startWaitMs: 5_000, on: on as never });
      await rig.registry.start();
      faulty.heal();
      await rig.registry.reconcile();
      started.push(rig);
    }
    expect(told).toEqual([{ since: expect.any(Date) }, { since: undefined }]);
    await wait(20);
    const polls = started[1]!.events.filter((line) => line.startsWith('poll'));
    expect(polls, 'nothing was replaced').toEqual(['poll failed', 'poll ok']);
    await stop();
    expect(warnings).toEqual([]);
  });

  it('is not made while the repository may still answer in time', async () => {
    const { open } = await keptSite();
    const repository = open();
    const slow: Repository = {
      ...repository,
      async models(signal) {
        await wait(30);
        return repository.models(signal);
      },
    };
    const onStale = vi.fn();
    const { registry } = await openRig({ repository: slow, startWaitMs: 60_000, on: { onStale } });
    await registry.start();
    expect(await whoAnswers(registry, 'digits')).toBe(1);
    expect(onStale).not.toHaveBeenCalled();
  });

  it('is made by nobody who keeps nothing, and keeps nothing', async () => {
    const { faulty, open } = await keptSite();
    const repository = open();
    const seenAt = (await repository.kept!.listing())!.seenAt;
    const { registry } = await openRig({ repository });
    await registry.start();
    await registry.close();
    expect((await repository.kept!.listing())!.seenAt).toBe(seenAt);
    faulty.fail();
    const onStale = vi.fn();
    const away = await openRig({ repository: open(), on: { onStale } });
    await away.registry.start();
    expect(away.registry.readiness().ready).toBe(false);
    expect(onStale).not.toHaveBeenCalled();
  });
});

describe('a version that the repository has lost', () => {
  it('answers for its label after a restart, from the copy of this machine, until the label moves', async () => {
    const { faulty, open } = await keptSite();
    await open().publish(tinyDraft({ label: 'production' }));
    const before = await openRig({ repository: open() });
    await before.registry.start();
    expect(await whoAnswers(before.registry, 'digits')).toBe(2);
    await before.registry.close();
    await faulty.store.remove('digits/2/manifest.json');
    const { registry } = await openRig({ repository: open() });
    await registry.start();
    expect(await whoAnswers(registry, 'digits')).toBe(2);
    const { ready, reasons } = registry.readiness();
    expect([ready, reasons]).toEqual([
      true,
      [expect.stringContaining('version 2 is no longer in the repository, and goes on serving')],
    ]);
    await registry.setLabel({ model: 'digits', label: 'production', version: 1 });
    expect(await whoAnswers(registry, 'digits')).toBe(1);
    await expect
      .poll(() => registry.describeModel('digits').versions.map(({ version }) => version))
      .toEqual([1]);
  });
});
