import { describe, expect, it } from 'vitest';
import { errors } from '../../src/errors.ts';
import { KnownModel } from '../../src/registry/known-model.ts';
import { lookUpModel, pollRepository } from '../../src/registry/polling/poll-repository.ts';
import type { ListedModel } from '../../src/repository/listing.ts';
import type { Repository } from '../../src/repository/repository.ts';

const signal = new AbortController().signal;

const isAway = () => new errors.GLIMPSE_STORE_UNAVAILABLE('memory:', 'it is away');

/** A repository with one model, one of whose labels moves when `etag` changes. */
function oneModel() {
  const state = {
    models: ['digits'],
    etag: 'a',
    version: 1,
    versions: [1],
    deleted: [] as number[],
    isAway: false,
  };
  const listed: string[] = [];
  const listedModel = (model: string): ListedModel => ({
    model,
    versions: state.versions.map((version) => ({ version, bytes: 10 * version })),
    deleted: state.deleted,
    labelsEtag: undefined,
    policyEtag: undefined,
  });
  const repository = {
    listAll: async () => {
      if (state.isAway) throw isAway();
      listed.push('all');
      return { models: state.models.map(listedModel), keys: 5 };
    },
    releases: { policyUnless: async () => 'unchanged' as const },
    labels: async (_: string, unlessEtag?: string) =>
      unlessEtag === state.etag
        ? ('unchanged' as const)
        : { labels: { stable: 1, production: state.version }, etag: state.etag },
    list: async (model: string) => {
      listed.push(model);
      if (state.isAway) throw isAway();
      return listedModel(model);
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

describe('what was deleted', () => {
  it('is listed when the labels say that something was, and answers no more whatever names it', async () => {
    const { state, repository, listed } = oneModel();
    const known = new Map<string, KnownModel>();
    Object.assign(state, { versions: [1, 2], version: 2 });
    await pollRepository(repository, known, 'everything', signal);
    const model = known.get('digits')!;
    for (const version of model.versions.values()) version.state = 'READY';
    model.updateServing();
    Object.assign(state, { etag: 'b', versions: [1], deleted: [2] });
    const labels = { stable: 1, production: 2 };
    const announcing = {
      ...repository,
      labels: async () => ({ labels, etag: 'b', deletions: 1 }),
    } as unknown as Repository;
    await pollRepository(announcing, known, 'labels', signal);
    expect(listed).toEqual(['all', 'digits']);
    const view = model.view(0).versions.find(({ version }) => version === 2);
    expect(view).toMatchObject({ isAtRest: false, isHere: false });
    expect(model.missingTargets(), 'nobody looks for a copy of it').toEqual([]);
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

const listOf = (failing: Record<string, Error>) =>
  ({
    listAll: async () => ({
      models: ['a', 'b', 'c', 'd'].map((model) => ({
        model,
        versions: [{ version: 1, bytes: 1 }],
        deleted: [],
      })),
      keys: 8,
    }),
    releases: { policyUnless: async () => 'unchanged' },
    labels: async (model: string) => {
      if (failing[model]) throw failing[model];
      return { labels: {}, etag: 'e' };
    },
  }) as unknown as Repository;

describe('a poll of several models', () => {
  it('tries all of them, and fails as the first that says something of the store', async () => {
    const known = new Map<string, KnownModel>();
    const invalid = new errors.GLIMPSE_MANIFEST_INVALID('the labels of a', 'no JSON');
    const away = new errors.GLIMPSE_STORE_UNAVAILABLE('memory:', 'it is away');
    const failing: Record<string, Error> = { a: invalid, b: new TypeError('oops'), c: away };
    const poll = () => pollRepository(listOf(failing), known, 'everything', signal);
    await expect(poll()).rejects.toBe(failing['b']);
    const codes = () => [...known.values()].map(({ pollFailure }) => pollFailure?.code);
    expect(codes()).toEqual([
      'GLIMPSE_MANIFEST_INVALID',
      'GLIMPSE_INTERNAL',
      'GLIMPSE_STORE_UNAVAILABLE',
      undefined,
    ]);
    expect([...known.get('d')!.versions.keys()]).toEqual([1]);
    for (const name of ['b', 'c']) delete failing[name];
    await poll();
    expect(codes()).toEqual(['GLIMPSE_MANIFEST_INVALID', undefined, undefined, undefined]);
  });

  it('keeps what it knows of each, also of one that has no version', async () => {
    const { state, repository } = oneModel();
    state.versions = [];
    const known = new Map<string, KnownModel>();
    await pollRepository(repository, known, 'everything', signal);
    const model = known.get('digits')!;
    for (let poll = 0; poll < 3; poll += 1)
      await pollRepository(repository, known, 'everything', signal);
    expect(known.get('digits')).toBe(model);
    expect(model.labels).toEqual({ stable: 1, production: 1 });
  });

  it('does not list models and versions again when labels alone are read', async () => {
    const { state, repository, listed } = oneModel();
    const known = new Map<string, KnownModel>();
    await pollRepository(repository, known, 'everything', signal);
    Object.assign(state, { models: ['digits', 'cats'], etag: 'b' });
    await pollRepository(repository, known, 'labels', signal);
    expect([...known.keys()]).toEqual(['digits']);
    expect(known.get('digits')!.etag).toBe('b');
    expect(listed).toHaveLength(1);
    known.get('digits')!.pollFailure = { code: 'GLIMPSE_INTERNAL', message: 'x' };
    await pollRepository(repository, known, 'labels', signal);
    expect(listed, 'no label names a new one').toHaveLength(1);
  });
});

describe('a version that a label names and the repository has not', () => {
  it.each([
    ['is known when it is kept here', async (): Promise<unknown> => ({ version: 2 }), [1, 2]],
    ['is unknown when it is not', async () => undefined, [1]],
    ['is unknown when what is kept cannot be read', () => Promise.reject(new Error('no')), [1]],
  ])('%s', async (_, manifest, versions) => {
    const { state, repository } = oneModel();
    state.version = 2;
    const asked: number[] = [];
    const kept = {
      async manifest(_model: string, version: number): Promise<unknown> {
        asked.push(version);
        return await manifest();
      },
    };
    const known = new Map<string, KnownModel>();
    const both = { ...repository, kept } as unknown as Repository;
    await pollRepository(both, known, 'everything', signal);
    expect([...known.get('digits')!.versions.keys()]).toEqual(versions);
    expect(asked).toEqual([2]);
  });
});

describe('a lookup', () => {
  it('adds to what is known of a model, whose labels it asks for only if they are others', async () => {
    const { state, repository } = oneModel();
    const known = new Map<string, KnownModel>();
    await pollRepository(repository, known, 'everything', signal);
    const model = known.get('digits')!;
    state.versions = [2];
    await lookUpModel(repository, known, 'digits', signal);
    expect(known.get('digits')).toBe(model);
    expect([...model.versions.keys()]).toEqual([1, 2]);
    expect(model.etag).toBe('a');
    Object.assign(state, { etag: 'b', version: 2 });
    await lookUpModel(repository, known, 'digits', signal);
    expect(model.labels).toEqual({ stable: 1, production: 2 });
  });

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
