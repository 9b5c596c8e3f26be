import { expect, it } from 'vitest';
import { KnownModel } from '../../src/registry/known-model.ts';
import { createRepositoryPolls, listingCost } from '../../src/registry/polling/repository-polls.ts';
import type { Repository } from '../../src/repository/repository.ts';

/** A repository of so many models, that tells what it was asked. */
function repositoryOf(models: number, keys: number, isOnDisk = false) {
  const asked = { listings: 0, labels: [] as string[], policies: 0 };
  const names = Array.from({ length: models }, (_, index) => `model-${index}`);
  const repository = {
    ...(isOnDisk && { folder: '/models' }),
    async listAll() {
      asked.listings += 1;
      const versions = [{ version: 1, bytes: 1 }];
      const etags = { labelsEtag: 'e', policyEtag: null };
      return { models: names.map((model) => ({ model, versions, deleted: [], ...etags })), keys };
    },
    async labels(model: string, unlessEtag?: string) {
      asked.labels.push(model);
      return unlessEtag === 'e' ? 'unchanged' : { labels: { production: 1 }, etag: 'e' };
    },
    releases: { policyUnless: async () => void (asked.policies += 1) },
  } as unknown as Repository;
  return { repository, asked };
}

const { signal } = new AbortController();

function pollsOf(repository: Repository, isPreloaded: (model: string) => boolean = () => true) {
  const models = new Map<string, KnownModel>();
  const clock = { now: 1_000_000 };
  const policy = { keepVersions: 1, maxLoadedVersions: 9, isPreloaded };
  const polls = createRepositoryPolls({
    repository,
    models,
    policy,
    mode: 'poll',
    pollIntervalMs: 15_000,
    now: () => clock.now,
  });
  return { models, polls, clock };
}

it('a listing of all keys asks only for what it shows to have changed', async () => {
  const { repository, asked } = repositoryOf(200, 1_000);
  const { polls } = pollsOf(repository);
  await polls.poll('everything', signal);
  expect([asked.listings, asked.labels.length, asked.policies]).toEqual([1, 200, 0]);
  await polls.poll('everything', signal);
  expect([asked.listings, asked.labels.length, asked.policies]).toEqual([2, 200, 0]);
});

it('a poll lists everything where that costs less than a request for each model', async () => {
  expect([0, 1, 1_000, 1_001, 40_000].map(listingCost)).toEqual([12.5, 12.5, 12.5, 25, 500]);
  for (const [models, keys, listings] of [
    [13, 1_000, 1],
    [12, 1_000, 0],
    [25, 1_001, 0],
    [26, 1_001, 1],
  ] as const) {
    const { repository, asked } = repositoryOf(models, keys);
    const { polls } = pollsOf(repository);
    await polls.poll('everything', signal);
    expect(await polls.poll('labels', signal)).toBe(listings === 1 ? 'everything' : 'labels');
    expect([asked.listings - 1, asked.labels.length - models]).toEqual([
      listings,
      listings === 1 ? 0 : models,
    ]);
  }
});

it('a poll of a folder reads labels alone, however many models there are', async () => {
  const { repository } = repositoryOf(100, 1, true);
  const { polls } = pollsOf(repository);
  await polls.poll('everything', signal);
  expect(await polls.poll('labels', signal)).toBe('labels');
});

it('labels of a model that nobody uses are read when somebody asks for it, once in an interval', async () => {
  const { repository, asked } = repositoryOf(3, 30);
  const { polls, models, clock } = pollsOf(repository, (model) => model === 'model-0');
  await polls.poll('everything', signal);
  models.get('model-1')!.versions.get(1)!.state = 'READY';
  asked.labels.length = 0;
  await polls.poll('labels', signal);
  expect(asked.labels).toEqual(['model-0', 'model-1']);
  await polls.readUnused('model-2', signal);
  expect(asked.labels, 'the listing has just told them').toHaveLength(2);
  clock.now += 15_000;
  await Promise.all([1, 2, 3].map(async () => polls.readUnused('model-2', signal)));
  for (const polled of ['model-0', 'model-1', 'none']) await polls.readUnused(polled, signal);
  expect(asked.labels.slice(2)).toEqual(['model-2']);
  clock.now += 14_999;
  await polls.readUnused('model-2', signal);
  expect(asked.labels).toHaveLength(3);
  clock.now += 1;
  await polls.readUnused('model-2', signal);
  expect(asked.labels).toHaveLength(4);
});
