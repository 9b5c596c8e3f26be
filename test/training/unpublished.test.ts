import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createRepository } from '../../src/repository/model-repository.ts';
import { createMemoryStore } from '../../src/repository/stores/memory-store.ts';
import { openPublishing, readFinishedNet } from '../../src/training/finished-net.ts';
import type { TrainEvent } from '../../src/training/events.ts';
import { createFaultyStore, type FaultyStore } from '../support/faulty-store.ts';
import { tinyWorkshop } from './tiny-run.ts';

describe('a training whose repository fails', () => {
  let workshop: Awaited<ReturnType<typeof tinyWorkshop>>;
  let faulty: FaultyStore;
  let repository: ReturnType<typeof createRepository>;
  let finishedDir: string;
  beforeEach(async () => {
    workshop = await tinyWorkshop();
    faulty = createFaultyStore(createMemoryStore());
    finishedDir = join(workshop.folder, 'finished');
    repository = createRepository({
      store: faulty.store,
      cacheDir: join(workshop.folder, 'versions'),
      maxArtifactBytes: 1e8,
    });
  });

  const train = (changes: Parameters<typeof workshop.run>[1] = {}, epochs = 2) =>
    workshop.run({ epochs }, { repository, finishedDir, job: 'one', ...changes });
  const count = (type: TrainEvent['type']) =>
    workshop.events.filter((event) => event.type === type).length;
  const labels = async () => {
    const found = await repository.labels('bars');
    return typeof found === 'object' ? found.labels : {};
  };

  it('learns it before the first epoch: what cannot be written, what ignores conditions, what is full of labels', async () => {
    faulty.fail('enforcesConditions');
    await expect(train()).rejects.toMatchObject({ code: 'GLIMPSE_STORE_UNAVAILABLE' });
    faulty.heal();
    const lax = { ...createMemoryStore(), enforcesConditions: async () => false };
    const options = { cacheDir: workshop.folder, maxArtifactBytes: 1e8 };
    const careless = createRepository({ ...options, store: lax });
    await expect(train({ repository: careless })).rejects.toMatchObject({
      code: 'GLIMPSE_STORE_NOT_CONDITIONAL',
    });
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`l${n}`, 1]));
    await faulty.store.write('bars/labels.json', Buffer.from(JSON.stringify(many)));
    await expect(train()).rejects.toMatchObject({ code: 'GLIMPSE_TOO_MANY_LABELS' });
    expect(count('stage')).toBe(0);
    const read = createFaultyStore(createMemoryStore());
    read.fail('write');
    const single = { ...options, store: read.store, requireConditionalWrites: false };
    await expect(train({ repository: createRepository(single) })).rejects.toMatchObject({
      code: 'GLIMPSE_STORE_UNAVAILABLE',
    });
    expect(count('stage')).toBe(0);
  });

  it('keeps its net while it is not published, and publishes it later without learning again', async () => {
    faulty.fail('write bars');
    await expect(train()).rejects.toMatchObject({
      code: 'GLIMPSE_NOT_PUBLISHED',
      details: { reason: 'GLIMPSE_STORE_UNAVAILABLE' },
    });
    expect(count('finished')).toBe(1);
    const kept = await readFinishedNet(finishedDir);
    expect(await repository.versions('bars')).toEqual([]);
    workshop.events.length = 0;
    faulty.heal();
    const outcome = await train();
    expect(count('epoch')).toBe(0);
    expect(outcome).toMatchObject({ version: 1, release: { decision: 'promoted' } });
    expect(await labels()).toEqual({ latest: 1, production: 1 });
    const manifest = await repository.manifest('bars', 1);
    expect(manifest.baseline).toEqual(kept!.net.baseline);
    expect(manifest.baseline!.examples).toBe(manifest.metrics.examples);
    expect(manifest).toMatchObject({ writerId: kept!.writerId, lineage: kept!.net.lineage });
    const stored = await faulty.store.read('bars/1/model.onnx');
    if (typeof stored !== 'object') throw new Error('the version has no model');
    expect(Buffer.compare(stored.body, kept!.net.graph.model)).toBe(0);
    expect((await train()).version).toBe(1);
    expect(await repository.versions('bars')).toEqual([1]);
  });

  it('is one version also when two processes try it at once: each try knows what the other has noted', async () => {
    const [one, other] = [
      await openPublishing(finishedDir, 'w'),
      await openPublishing(finishedDir, 'w'),
    ];
    expect(await other.publication()).toMatchObject({ wasTried: true, claimed: undefined });
    await (
      await one.publication()
    ).onClaimed!(7);
    expect(await other.publication()).toMatchObject({ wasTried: true, claimed: 7 });
    const inMemory = await openPublishing(undefined, 'w');
    expect(await inMemory.publication()).toMatchObject({ wasTried: false });
    expect(await inMemory.publication()).toMatchObject({ wasTried: true });
  });

  it('finishes what an earlier try has begun: a version that is there, without its record and label', async () => {
    faulty.fail('write bars/1/release.json');
    await expect(train()).rejects.toMatchObject({
      code: 'GLIMPSE_NOT_PUBLISHED',
      details: { published: true, version: 1 },
    });
    expect(await labels()).toEqual({ latest: 1 });
    faulty.heal();
    expect(await train()).toMatchObject({ version: 1, release: { decision: 'promoted' } });
    expect(await labels()).toEqual({ latest: 1, production: 1 });
  });

  it('tries again until the repository answers, and tells so once', async () => {
    faulty.fail('write bars');
    let failures = 0;
    const report = (event: TrainEvent): void => {
      workshop.events.push(event);
      if (event.type !== 'note' || !event.note.startsWith('Publishing is tried again')) return;
      failures += 1;
      setTimeout(() => faulty.heal(), 60);
    };
    expect(await train({ publishRetryMs: 2_000, report })).toMatchObject({ version: 1 });
    expect(failures).toBe(1);
    const stop = new AbortController();
    faulty.fail('write bars');
    setTimeout(() => stop.abort('interrupt'), 300);
    const second = { publishRetryMs: 60_000, signal: stop.signal, job: 'two' };
    await expect(train({ ...second, finishedDir: join(finishedDir, 'two') })).rejects.toBe(
      'interrupt',
    );
  });

  it('waits once for a repository that is away, not again for each thing that it would ask it', async () => {
    await train();
    const waits: string[] = [];
    const report = (event: TrainEvent): void => {
      if (event.type === 'finished') faulty.fail();
      if (event.type === 'note' && event.note.includes('tried again')) waits.push(event.note);
    };
    const second = { finishedDir: join(finishedDir, 'two'), job: 'two' };
    await expect(train({ ...second, publishRetryMs: 100, report }, 3)).rejects.toMatchObject({
      code: 'GLIMPSE_NOT_PUBLISHED',
    });
    expect(waits).toHaveLength(1);
  });

  it('leaves the label where it is when the versions could not be compared, and says why', async () => {
    await train();
    faulty.fail('download bars/1');
    const second = { finishedDir: join(finishedDir, 'two'), job: 'two' };
    const { version, release, notes } = await train(second, 3);
    expect(version).toBe(2);
    expect(release).toMatchObject({
      decision: 'kept',
      present: 1,
      reason: expect.stringContaining('could not be compared with version 1'),
    });
    expect(notes.at(-1)).toContain('"production" stays on version 1');
    expect(await labels()).toEqual({ latest: 2, production: 1 });
  });

  it('is not released by figures of other examples when its dataset has changed meanwhile', async () => {
    await train();
    faulty.fail('write bars/2');
    const second = { finishedDir: join(finishedDir, 'two'), job: 'two' };
    await expect(train(second, 3)).rejects.toMatchObject({ code: 'GLIMPSE_NOT_PUBLISHED' });
    faulty.heal();
    const csv = join(workshop.folder, 'bars.csv');
    const lines = (await readFile(csv, 'utf8')).split('\n');
    await writeFile(csv, lines.slice(3).join('\n'));
    const { release } = await train(second, 3);
    expect(release).toMatchObject({
      decision: 'kept',
      reason: expect.stringContaining('its dataset is not the same any more'),
    });
  });

  it('is published all the same when it cannot be kept here, and a damaged one is trained again', async () => {
    await writeFile(finishedDir, 'a file where the folder should be');
    expect(await train()).toMatchObject({ version: 1 });
    expect(workshop.events).toContainEqual({
      type: 'note',
      note: expect.stringContaining('cannot be kept on this machine'),
    });
    faulty.fail('write bars');
    const own = { finishedDir: join(workshop.folder, 'own'), job: 'two' };
    await expect(train(own)).rejects.toMatchObject({ code: 'GLIMPSE_NOT_PUBLISHED' });
    const [file] = (await readdir(own.finishedDir)).filter((name) => name === 'finished-net');
    const bytes = await readFile(join(own.finishedDir, file!));
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(join(own.finishedDir, file!), bytes);
    faulty.heal();
    workshop.events.length = 0;
    expect(await train(own)).toMatchObject({ version: 2 });
    expect(count('epoch')).toBe(2);
  });
});
