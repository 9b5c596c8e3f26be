import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Registry } from '../../src/registry/registry.ts';
import { createRepository } from '../../src/repository/model-repository.ts';
import { createMemoryStore } from '../../src/repository/stores/memory-store.ts';
import { createFaultyStore } from '../support/faulty-store.ts';
import { createRegistryRig, tinyDraft, whoAnswers } from '../support/registry-rig.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { collectWarnings } from '../support/warnings.ts';

const opened: Registry[] = [];
afterEach(async () => {
  for (const registry of opened.splice(0)) await registry.close();
});

/** A store and a data folder, on which servers are started one after the other. */
async function site() {
  const faulty = createFaultyStore(createMemoryStore());
  const cacheDir = await temporaryFolder();
  const open = () => createRepository({ store: faulty.store, cacheDir, maxArtifactBytes: 1e6 });
  const repository = open();
  const start = async (changes: Parameters<typeof createRegistryRig>[0] = {}) => {
    const rig = await createRegistryRig({ repository: open(), startWaitMs: 5_000, ...changes });
    opened.push(rig.registry);
    await rig.registry.start();
    return rig;
  };
  /** A server that has seen everything and is gone. */
  const before = async (): Promise<void> => {
    const { registry } = await start();
    await registry.close();
  };
  const publish = (changes = {}) => repository.publish(tinyDraft(changes));
  const label = (version: number) =>
    repository.setLabel({ model: 'digits', label: 'production', version });
  const root = join(cacheDir, faulty.store.id);
  return { faulty, repository, start, before, publish, label, root };
}

const stale = /^What is served is stale: the repository memory: has not answered since 2/;

describe('a start while the repository does not answer', () => {
  it('serves the versions and labels that are kept, and says that they are stale', async () => {
    const { faulty, start, before, publish, label } = await site();
    for (let version = 1; version <= 2; version += 1) await publish();
    await label(1);
    await before();
    faulty.fail();
    const { registry } = await start();
    expect(await whoAnswers(registry, 'digits')).toBe(1);
    expect(await whoAnswers(registry, 'digits', { label: 'latest' })).toBe(2);
    const { ready, reasons } = registry.readiness();
    expect({ ready, first: reasons[0] }).toEqual({
      ready: true,
      first: expect.stringMatching(stale),
    });
    expect(registry.freshness().staleSince?.getTime()).toBeLessThanOrEqual(Date.now());
    expect((await registry.describeVersion('digits', 1)).manifest).toMatchObject({ version: 1 });
  });

  it('is followed by the truth as soon as the repository answers, and the marks go', async () => {
    const { faulty, start, before, publish, label } = await site();
    await publish();
    await publish();
    await label(2);
    await before();
    await publish();
    await label(3);
    faulty.fail();
    const { registry, events } = await start();
    expect(await whoAnswers(registry, 'digits')).toBe(2);
    faulty.heal();
    await registry.reconcile();
    expect(await whoAnswers(registry, 'digits')).toBe(3);
    expect(registry.freshness().staleSince).toBeUndefined();
    expect(registry.readiness()).toEqual({ ready: true, reasons: [] });
    expect(events).toContain('reload digits 2 -> 3');
  });

  it('loads no version whose files are not kept whole, says why at once, and loads it when it can', async () => {
    const { faulty, start, before, publish, root } = await site();
    await publish();
    await publish();
    await before();
    await writeFile(join(root, 'digits', '2', 'model.onnx'), 'the bytes of a muppet');
    faulty.fail();
    const { registry, events } = await start();
    expect(await whoAnswers(registry, 'digits')).toBe(1);
    await expect(registry.lease('digits', { version: 2 })).rejects.toThrow(
      'version 2 of digits is not kept on this machine, or is damaged.',
    );
    // It was somebody away, and says nothing about the version.
    expect(events.filter((line) => line.startsWith('quarantine'))).toEqual([]);
    faulty.heal();
    await registry.reconcile();
    expect(await whoAnswers(registry, 'digits')).toBe(2);
  });

  it('with nothing kept is not ready, as before, and says what is the matter', async () => {
    const { faulty, start, publish } = await site();
    await publish();
    faulty.fail();
    const { registry } = await start();
    expect(registry.readiness()).toEqual({
      ready: false,
      reasons: [
        'The repository memory: is being read for the first time.',
        'The store memory: did not answer: the network is down',
      ],
    });
    expect(registry.freshness()).toEqual({ seenAt: undefined, staleSince: undefined });
    await expect(registry.lease('digits')).rejects.toMatchObject({
      code: 'GLIMPSE_MODEL_NOT_READY',
      message:
        'Model "digits" cannot answer: the repository was not read yet. The store memory: did not answer: the network is down',
      details: { reason: { code: 'GLIMPSE_STORE_UNAVAILABLE' } },
    });
  });

  it('refuses to move labels, and moves none', async () => {
    const { faulty, repository, start, before, publish, label } = await site();
    await publish();
    await publish();
    await label(1);
    await before();
    faulty.fail();
    const { registry } = await start();
    const change = { model: 'digits', label: 'production', version: 2 };
    await expect(registry.setLabel(change)).rejects.toMatchObject({
      code: 'GLIMPSE_STORE_UNAVAILABLE',
      statusCode: 503,
    });
    expect(await whoAnswers(registry, 'digits')).toBe(1);
    faulty.heal();
    expect(await repository.labels('digits')).toMatchObject({ labels: { production: 1 } });
  });

  it('goes on with what is gone and answers, says so with the first answer, and starts with it no more', async () => {
    const { faulty, repository, start, before, publish } = await site();
    await publish();
    await publish({ model: 'letters' });
    await before();
    for (const { key } of await faulty.store.list('letters')) await faulty.store.remove(key);
    faulty.fail();
    const { registry } = await start();
    expect(await whoAnswers(registry, 'letters')).toBe(1);
    faulty.heal();
    expect(await repository.models()).toEqual(['digits']);
    await registry.reconcile();
    await registry.reconcile();
    expect(await whoAnswers(registry, 'letters')).toBe(1);
    expect(registry.describeModel('letters').versions).toMatchObject([{ isMissing: true }]);
    await registry.close();
    const next = await start();
    await expect(whoAnswers(next.registry, 'letters')).rejects.toMatchObject({
      code: 'GLIMPSE_MODEL_NOT_FOUND',
    });
  });

  it('loads a version anew that is another one in the repository than the one that was kept', async () => {
    const { faulty, start, before, publish, root } = await site();
    await publish();
    await before();
    for (const { key } of await faulty.store.list('digits')) await faulty.store.remove(key);
    const again = await publish({ lineage: { seed: 7 } });
    expect(again.version).toBe(1);
    faulty.fail();
    const { registry } = await start();
    expect((await registry.describeVersion('digits', 1)).manifest?.lineage).toEqual({});
    const lease = await registry.lease('digits');
    faulty.heal();
    await registry.reconcile();
    await new Promise((resolve) => setTimeout(resolve, 20));
    // Not through what would look it up in the repository.
    const states = () =>
      registry.describe().flatMap(({ versions }) => versions.map(({ state }) => state));
    expect(states()).toEqual(['UNLOADING']);
    lease.release();
    await vi.waitFor(() => expect(states()).toEqual(['READY']), { timeout: 20_000 });
    expect((await registry.describeVersion('digits', 1)).manifest?.lineage).toEqual({ seed: 7 });
    await rm(root, { recursive: true });
  });
});

describe('a running server whose repository is away', () => {
  it('says so after four intervals, and no longer once it answers', async () => {
    let now = Date.parse('2026-01-01T12:00:00Z');
    const { faulty, start, publish } = await site();
    await publish();
    const polling = { pollIntervalMs: 60_000, rescanIntervalMs: 0 };
    const { registry } = await start({ now: () => now, polling });
    faulty.fail();
    now += 4 * 60_000;
    await registry.reconcile();
    expect(registry.freshness().staleSince).toBeUndefined();
    now += 1;
    expect(registry.freshness().staleSince).toEqual(new Date('2026-01-01T12:00:00Z'));
    expect(registry.readiness().reasons[0]).toBe(
      'What is served is stale: the repository memory: has not answered since 2026-01-01T12:00:00.000Z.',
    );
    faulty.heal();
    await registry.reconcile();
    expect(registry.freshness()).toEqual({ seenAt: new Date(now), staleSince: undefined });
  });

  it('whose loads failed for that reason loads what it lacks with the next answer', async () => {
    const { faulty, start, publish } = await site();
    await publish();
    const { registry } = await start();
    await publish();
    faulty.fail('download');
    await registry.reconcile();
    expect(await whoAnswers(registry, 'digits')).toBe(1);
    faulty.fail();
    await registry.reconcile();
    faulty.heal();
    await registry.reconcile();
    expect(await whoAnswers(registry, 'digits')).toBe(2);
  });
});

describe('a folder where nothing can be kept', () => {
  it('is no warning when nobody listens', async () => {
    const { start, publish, root } = await site();
    const { warnings, stop } = collectWarnings();
    await publish();
    await writeFile(root, 'no folder');
    const { registry } = await start();
    await registry.close();
    await stop();
    expect(warnings).toEqual([]);
  });

  it('is told once, and the server serves', async () => {
    const { faulty, start, publish, root } = await site();
    await publish();
    await writeFile(root, 'no folder');
    const problems: Error[] = [];
    const { registry } = await start({ on: { onKeepFailed: ({ error }) => problems.push(error) } });
    await registry.reconcile();
    await registry.close();
    expect(problems).toEqual([expect.any(Error)]);
    expect(faulty.calls).not.toEqual([]);
  });
});
