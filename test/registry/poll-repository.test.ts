import { describe, expect, it } from 'vitest';
import { errors } from '../../src/errors.ts';
import { KnownModel } from '../../src/registry/known-model.ts';
import { pollRepository } from '../../src/registry/poll-repository.ts';
import type { Repository } from '../../src/repository/repository.ts';

const signal = new AbortController().signal;

/** A repository with one model, whose one label changes as often as `etag` does. */
function oneModel() {
  const state = { etag: 'a', version: 1, versions: [1], isAway: false };
  const listed: string[] = [];
  const repository = {
    models: async () => ['digits'],
    labels: async (_: string, unlessEtag?: string) =>
      unlessEtag === state.etag
        ? ('unchanged' as const)
        : { labels: { production: state.version }, etag: state.etag },
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
