import { describe, expect, it } from 'vitest';
import { errors } from '../../src/errors.ts';
import { KnownModel } from '../../src/registry/known-model.ts';
import { lookUpModel, pollRepository } from '../../src/registry/poll-repository.ts';
import type { Repository } from '../../src/repository/repository.ts';

const signal = new AbortController().signal;

/** A repository with one model, one of whose labels moves when `etag` changes. */
function oneModel() {
  const state = { models: ['digits'], etag: 'a', version: 1, versions: [1], isAway: false };
  const listed: string[] = [];
  const repository = {
    models: async () => state.models,
    labels: async (_: string, unlessEtag?: string) =>
      unlessEtag === state.etag
        ? ('unchanged' as const)
        : { labels: { stable: 1, production: state.version }, etag: state.etag },
    versions: async (model: string) => {
      listed.push(model);
      if (state.isAway) throw new errors.GLIMPSE_STORE_UNAVAILABLE('memory:', 'it is away');
      return state.versions;
    },
  } as unknown as Repository;
  return { state, repository, listed };
}

describe('a poll of the labels alone', () => {
  it('lists the versions again after a listing that failed, though the labels are as they were', async () => {
    const { state, repository, listed } = oneModel();
    const known = new Map<string, KnownModel>();
    await pollRepository(repository, known, 'everything', signal);
    Object.assign(state, { etag: 'b', version: 2, versions: [1, 2], isAway: true });
    await expect(pollRepository(repository, known, 'labels', signal)).rejects.toMatchObject({
      code: 'GLIMPSE_STORE_UNAVAILABLE',
    });
    expect([...known.get('digits')!.versions.keys()]).toEqual([1]);
    state.isAway = false;
    await pollRepository(repository, known, 'labels', signal);
    expect([...known.get('digits')!.versions.keys()]).toEqual([1, 2]);
    expect(listed).toHaveLength(3);
  });

  it('does not list them again and again for a label that names a version nobody has', async () => {
    const { state, repository, listed } = oneModel();
    const known = new Map<string, KnownModel>();
    await pollRepository(repository, known, 'everything', signal);
    Object.assign(state, { etag: 'b', version: 9 });
    for (let poll = 0; poll < 3; poll += 1)
      await pollRepository(repository, known, 'labels', signal);
    expect(listed).toHaveLength(2);
  });
});

describe('a full poll', () => {
  it('forgets a model once its folder is gone and none of its versions is left', async () => {
    const { state, repository } = oneModel();
    const known = new Map<string, KnownModel>();
    const poll = async (): Promise<string[]> => {
      await pollRepository(repository, known, 'everything', signal);
      return [...known.keys()];
    };
    await poll();
    Object.assign(state, { models: [], versions: [] });
    expect(await poll()).toEqual(['digits']);
    expect(await poll()).toEqual(['digits']);
    expect(await poll()).toEqual([]);
  });

  it('has not failed when one model alone is at fault, which keeps the reason', async () => {
    const { repository } = oneModel();
    const known = new Map<string, KnownModel>();
    const damaged: Repository = {
      ...repository,
      labels: () =>
        Promise.reject(new errors.GLIMPSE_MANIFEST_INVALID('the labels of digits', 'no JSON')),
    };
    await pollRepository(damaged, known, 'everything', signal);
    expect(known.get('digits')!.pollFailure).toMatchObject({ code: 'GLIMPSE_MANIFEST_INVALID' });
  });
});

describe('a lookup', () => {
  it('of a model without a version remembers nothing of it', async () => {
    const { state, repository } = oneModel();
    const known = new Map<string, KnownModel>();
    state.versions = [];
    await lookUpModel(repository, known, 'digits', signal);
    expect([...known.keys()]).toEqual([]);
    state.versions = [1];
    await lookUpModel(repository, known, 'digits', signal);
    expect([...known.keys()]).toEqual(['digits']);
  });
});
