import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRepository } from '../../src/repository/model-repository.ts';
import type { Repository } from '../../src/repository/repository.ts';
import type { ArtifactStore } from '../../src/repository/stores/artifact-store.ts';
import { createDiskStore } from '../../src/repository/stores/disk/disk-store.ts';
import { createMemoryStore } from '../../src/repository/stores/memory-store.ts';
import { createS3Store } from '../../src/repository/stores/s3/s3-store.ts';
import { aDataset, aDraft, digestNumber } from '../support/drafts.ts';
import { s3OptionsFor, signInTo } from '../support/s3-options.ts';
import { startS3Server, type S3Server } from '../support/s3-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const hour = 3_600_000;
const inUse = (why: string) => ({
  code: 'GLIMPSE_VERSION_IN_USE',
  message: expect.stringContaining(why),
});
let server: S3Server;
beforeAll(async () => {
  server = await startS3Server();
  signInTo(server);
});
afterAll(() => server.close());

let bucketPrefix = 0;
const stores: [string, () => Promise<ArtifactStore>][] = [
  ['memory', async () => createMemoryStore()],
  ['a disk', async () => createDiskStore({ root: await temporaryFolder() })],
  [
    'S3',
    async () => {
      bucketPrefix += 1;
      const { endpoint, bucket } = server;
      return createS3Store({ ...s3OptionsFor(endpoint), bucket, prefix: `p${bucketPrefix}` });
    },
  ],
];

describe.each(stores)('deleting on %s', (_, open) => {
  let store: ArtifactStore;
  let repository: Repository;
  const clock = { now: 0 };
  const anotherRepository = async (deleteGraceMs = hour): Promise<Repository> =>
    createRepository({
      store,
      cacheDir: join(await temporaryFolder(), 'cache'),
      maxArtifactBytes: 1_000,
      deleteGraceMs,
      now: () => new Date(clock.now),
    });
  beforeEach(async () => {
    store = await open();
    clock.now = Date.parse('2030-01-01T00:00:00Z');
    repository = await anotherRepository();
  });
  afterEach(() => repository.close());

  const publish = (label?: string, model = 'digits') =>
    repository.publish(aDraft({ model, ...(label !== undefined && { label }) }));
  const labels = async (model = 'digits') => {
    const found = await repository.labels(model);
    return found === 'unchanged' ? {} : found.labels;
  };
  const keysOf = async (prefix: string): Promise<string[]> =>
    (await store.list(prefix)).map(({ key }) => key).sort();
  const prune = async (policy = {}) =>
    repository.deletions.prune(await repository.deletions.planPrune(policy));

  it('a version takes it out of every listing, and it can be taken back until it is pruned', async () => {
    for (const label of ['production', undefined, undefined]) await publish(label);
    const { mark } = await repository.deletions.deleteVersion('digits', 3);
    expect(mark).toMatchObject({
      deletedAt: '2030-01-01T00:00:00.000Z',
      until: '2030-01-01T01:00:00.000Z',
    });
    expect(await repository.versions('digits')).toEqual([1, 2]);
    expect((await repository.list('digits')).deleted).toEqual([3]);
    expect(await labels()).toEqual({ latest: 2, production: 1 });
    const gone = { code: 'GLIMPSE_VERSION_NOT_FOUND' };
    await expect(
      repository.setLabel({ model: 'digits', label: 'beta', version: 3 }),
    ).rejects.toMatchObject(gone);
    await expect(repository.deletions.deleteVersion('digits', 3)).rejects.toMatchObject(gone);
    expect(await prune(), 'its time is not over').toEqual([]);
    await repository.deletions.restoreVersion('digits', 3);
    expect(await repository.versions('digits')).toEqual([1, 2, 3]);
    expect(await labels()).toEqual({ latest: 3, production: 1 });
    await expect(repository.deletions.restoreVersion('digits', 3)).rejects.toMatchObject(gone);
    const { entries } = await repository.history.page('digits');
    expect(entries.slice(0, 2)).toMatchObject([
      { what: 'deletion', from: null, to: 3 },
      { what: 'deletion', from: 3, to: null },
    ]);
  });

  it('a version is refused while something names it, and when it is the last one', async () => {
    await publish('production');
    await expect(repository.deletions.deleteVersion('digits', 1)).rejects.toMatchObject(
      inUse('the label "production" points at it, it is the last one of its model'),
    );
    await publish();
    await repository.traffic.write('digits', {
      content: { rules: { split: [{ version: 2, weight: 1 }] } },
    });
    await expect(repository.deletions.deleteVersion('digits', 2)).rejects.toMatchObject(
      inUse('the traffic rules name it'),
    );
    expect(await repository.versions('digits')).toEqual([1, 2]);
  });

  it('rules that name a version while it is deleted keep it, and the last two never go together', async () => {
    for (const _ of [1, 2, 3]) await publish();
    await repository.deletions.deleteVersion('digits', 2);
    const content = { rules: { split: [{ version: 2, weight: 1 }] } };
    await repository.traffic.write('digits', { content });
    expect(await repository.versions('digits')).toEqual([1, 2, 3]);
    await repository.traffic.write('digits', { content: { rules: {} } });
    await repository.deletions.deleteVersion('digits', 2);
    await Promise.allSettled(
      [1, 3].map((one) => repository.deletions.deleteVersion('digits', one)),
    );
    expect(await repository.versions('digits')).not.toEqual([]);
    await repository.deletions.deleteModel('digits');
    await expect(repository.deletions.restoreVersion('digits', 2)).rejects.toMatchObject({
      code: 'GLIMPSE_MODEL_DELETED',
    });
  });

  it('removes the files of a version for good once its time is over, and never gives its number again', async () => {
    for (const label of ['production', undefined]) await publish(label);
    await repository.deletions.deleteVersion('digits', 2);
    clock.now += hour;
    const planned = await repository.deletions.planPrune({});
    expect(planned).toMatchObject([{ kind: 'purge', folder: 'digits/2' }]);
    expect(await keysOf('digits/2'), 'a plan does nothing').toContain('digits/2/manifest.json');
    expect(await repository.deletions.prune(planned)).toEqual(planned);
    expect(await keysOf('digits/2')).toEqual(['digits/2/_claim.json']);
    await expect(repository.deletions.restoreVersion('digits', 2)).rejects.toMatchObject({
      code: 'GLIMPSE_VERSION_NOT_FOUND',
    });
    expect((await publish()).version).toBe(3);
    expect(await prune(), 'that claim is left once it is not the highest').toEqual([]);
    clock.now += 24 * hour;
    expect(await prune()).toMatchObject([{ kind: 'claim', folder: 'digits/2' }]);
    expect(await keysOf('digits/2')).toEqual([]);
    expect((await publish()).version).toBe(4);
  });

  it('a model takes all of it away and back, and its numbers go on where they were', async () => {
    await publish('production', 'cats');
    for (const label of ['production', undefined]) await publish(label);
    await repository.deletions.deleteModel('digits');
    expect(await repository.versions('digits')).toEqual([]);
    const { models } = await repository.listAll();
    expect(models.map(({ model, versions }) => [model, versions.length])).toEqual([
      ['cats', 1],
      ['digits', 0],
    ]);
    await expect(publish()).rejects.toMatchObject({ code: 'GLIMPSE_MODEL_DELETED' });
    await repository.deletions.restoreModel('digits');
    expect(await repository.versions('digits')).toEqual([1, 2]);
    expect(await labels()).toEqual({ latest: 2, production: 1 });
    await repository.deletions.deleteModel('digits');
    clock.now += hour;
    expect(await prune()).toMatchObject([{ kind: 'purge', folder: 'digits' }]);
    expect(await keysOf('digits')).toEqual([]);
    expect((await repository.listAll()).models.map(({ model }) => model)).toEqual(['cats']);
    expect((await publish('production')).version).toBe(3);
  });

  it('a dataset leaves the newest that is left as its name, and an import of the same takes it back', async () => {
    const [first, second] = [digestNumber(1), digestNumber(2)];
    await repository.datasets.put(aDataset(1));
    clock.now += 1_000;
    await repository.datasets.put(aDataset(2));
    const { digest } = await repository.deletions.deleteDataset('fruit', second.slice(0, 12));
    expect(digest).toBe(second);
    expect(await repository.datasets.latest('fruit')).toBe(first);
    expect((await repository.datasets.list('fruit')).map((one) => one.digest)).toEqual([first]);
    await expect(repository.datasets.find('fruit', second)).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_NOT_FOUND',
    });
    expect((await repository.datasets.put(aDataset(2))).created).toBe(false);
    clock.now += 2 * hour;
    expect(await prune(), 'it is not deleted any more').toEqual([]);
    await repository.deletions.deleteDataset('fruit', first);
    await repository.deletions.restoreDataset('fruit', first);
    expect((await repository.datasets.find('fruit', first)).digest).toBe(first);
    await repository.deletions.deleteDataset('fruit', first);
    clock.now += hour;
    expect(await prune()).toMatchObject([{ kind: 'purge', folder: `datasets/fruit/${first}` }]);
    expect(await keysOf(`datasets/fruit/${first}`)).toEqual([]);
    expect((await repository.datasets.put(aDataset(1))).created).toBe(true);
  });

  it('versions beyond those that are kept are deleted, but what labels name, and can be taken back', async () => {
    for (const label of ['production', undefined, 'beta', undefined, undefined])
      await publish(label);
    expect((await prune({ keep: 2 })).map(({ kind, folder }) => `${kind} ${folder}`)).toEqual([
      'delete digits/2',
    ]);
    expect(await repository.versions('digits')).toEqual([1, 3, 4, 5]);
    await repository.deletions.restoreVersion('digits', 2);
    expect(await repository.versions('digits')).toEqual([1, 2, 3, 4, 5]);
  });

  it('and restoring, publishing, labelling and pruning at once leaves what is named whole', async () => {
    repository = await anotherRepository(0);
    for (const label of ['production', undefined]) await publish(label);
    await repository.datasets.put(aDataset(1));
    for (let round = 0; round < 4; round += 1) {
      const version = (await publish()).version;
      await repository.datasets.put(aDataset(1));
      const [labelled, put] = await Promise.allSettled([
        repository.setLabel({ model: 'digits', label: 'beta', version }),
        repository.datasets.put(aDataset(1)),
        repository.deletions.deleteVersion('digits', version),
        repository.deletions.deleteDataset('fruit', digestNumber(1)),
        prune(),
      ]);
      if (labelled.status === 'fulfilled') {
        expect(await repository.versions('digits')).toContain(version);
        expect((await repository.open('digits', version)).manifest.version).toBe(version);
      }
      if (put.status === 'rejected') {
        expect(put.reason).toMatchObject({ code: 'GLIMPSE_DATASET_PURGED' });
      }
      await prune();
      const [listed] = await repository.datasets.list('fruit');
      if (listed)
        await repository.datasets.open(
          await repository.datasets.find('fruit'),
          await temporaryFolder(),
        );
    }
    const numbers = await repository.versions('digits');
    expect(new Set(numbers).size).toBe(numbers.length);
    expect((await publish()).version).toBe(7);
  });
});

it('a prune that was killed in the middle is gone on with by the next, once its time is over', async () => {
  const store = createMemoryStore();
  let now = Date.parse('2030-01-01T00:00:00Z');
  const options = { store, cacheDir: '', maxArtifactBytes: 1_000, deleteGraceMs: 0 };
  const repository = createRepository({ ...options, now: () => new Date(now) });
  for (const label of ['production', undefined] as const) {
    await repository.publish(aDraft(label === undefined ? {} : { label }));
  }
  await repository.deletions.deleteVersion('digits', 2);
  const begun = Buffer.from(JSON.stringify({ startedAt: new Date(now).toISOString() }));
  await store.write('digits/2/_purging.json', begun);
  await store.remove('digits/2/manifest.json');
  const restoring = repository.deletions.restoreVersion('digits', 2);
  await expect(restoring).rejects.toMatchObject({ code: 'GLIMPSE_VERSION_NOT_FOUND' });
  const prune = async () => repository.deletions.prune(await repository.deletions.planPrune({}));
  now += 15 * 60_000 - 1;
  expect(await prune()).toMatchObject([{ left: 'somebody else is removing it' }]);
  now += 1;
  expect((await prune())[0]).not.toHaveProperty('left');
  expect((await store.list('digits/2')).map(({ key }) => key)).toEqual(['digits/2/_claim.json']);
});

it('what a prune that died has left on a thing that was taken back keeps nobody from deleting it again', async () => {
  const store = createMemoryStore();
  const options = { store, cacheDir: '', maxArtifactBytes: 1_000 };
  const repository = createRepository(options);
  for (const _ of [1, 2]) await repository.publish(aDraft());
  await store.write('digits/1/_purging.json', Buffer.from('{"startedAt":'));
  const planned = await repository.deletions.planPrune({});
  expect(planned).toMatchObject([{ kind: 'mark', folder: 'digits/1', bytes: 0 }]);
  expect(await repository.deletions.prune(planned)).toEqual(planned);
  await repository.deletions.deleteVersion('digits', 1);
  await repository.deletions.restoreVersion('digits', 1);
  expect(await repository.versions('digits')).toEqual([1, 2]);
});

it('a note of used numbers that nobody can read keeps a model from being published, and no number is used twice', async () => {
  const store = createMemoryStore();
  const repository = createRepository({ store, cacheDir: '', maxArtifactBytes: 1_000 });
  for (const damaged of ['{', '{"highest":0}']) {
    await store.write('_deleted/digits.json', Buffer.from(damaged));
    const publishing = repository.publish(aDraft());
    await expect(publishing).rejects.toMatchObject({ code: 'GLIMPSE_MANIFEST_INVALID' });
  }
});
