import { describe, expect, it, vi } from 'vitest';
import { errors } from '../../src/errors.ts';
import { createFreshness } from '../../src/registry/freshness.ts';
import { KnownModel } from '../../src/registry/known-model.ts';
import { failureAfter } from '../../src/registry/quarantine.ts';
import type { KeptRepository, Listing } from '../../src/repository/cache/kept-repository.ts';

/** What is known and kept, each call on which is told; the clock stands still. */
function freshnessBench(given: { kept?: Partial<KeptRepository>; polled?: boolean } = {}) {
  const models = new Map<string, KnownModel>();
  const told: (string | undefined)[] = [];
  const written: Listing[] = [];
  const poller = { failure: undefined, hasPolledAll: given.polled ?? false };
  const freshness = createFreshness({
    kept: {
      prune: async () => [],
      listing: async () => ({ seenAt: '2026-01-01T00:00:00.000Z', models: kept }),
      keepListing: async (listing) => void written.push(listing),
      manifest: async () => undefined,
      open: async () => undefined,
      ...given.kept,
    },
    models,
    poller,
    pollIntervalMs: 1_000,
    rescanIntervalMs: 0,
    startWaitMs: 5,
    now: () => 0,
    onStale: (since) => told.push(since?.toISOString()),
    onProblem: ({ message }) => told.push(message),
  });
  return { models, told, written, poller, freshness };
}

const kept = [{ model: 'digits', versions: [1, 2], labels: { beta: 1 } }];
const never = new Promise<void>(() => {});
/** A model with one version that failed because somebody was away. */
function missing(): KnownModel {
  const model = new KnownModel('digits');
  model.addVersions([1]);
  const away = new errors.GLIMPSE_STORE_UNAVAILABLE('s3', 'x');
  model.versions.get(1)!.failure = failureAfter(away, undefined, 0, 'f');
  return model;
}

const timers = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

describe('what is known of a repository', () => {
  it('is not read from the disk when the repository has answered in time', async () => {
    const listing = vi.fn(async () => undefined);
    const { freshness } = freshnessBench({ kept: { listing }, polled: true });
    const before = timers();
    await freshness.awaitStart(Promise.resolve());
    expect(timers(), 'nobody waits for it any more').toBe(before);
    expect(listing).not.toHaveBeenCalled();
  });

  it('is not what was kept when the repository answers while that is read', async () => {
    const { freshness, models, told, poller } = freshnessBench({
      kept: {
        async listing() {
          poller.hasPolledAll = true;
          return { seenAt: '2026-01-01T00:00:00.000Z', models: kept };
        },
      },
    });
    await freshness.awaitStart(never);
    expect(models.size).toBe(0);
    expect([told, freshness.isFromKept]).toEqual([[], false]);
  });

  it('is what was kept where nothing newer was read yet, and is not kept again before an answer', async () => {
    const { freshness, models, told, written } = freshnessBench();
    await freshness.awaitStart(never);
    expect(models.get('digits')!.versionsAtRest()).toEqual([1, 2]);
    expect(models.get('digits')!.labels).toEqual({ beta: 1 });
    expect(freshness.staleSince()).toEqual(new Date('2026-01-01T00:00:00.000Z'));
    freshness.keep();
    await freshness.close();
    expect(written).toEqual([]);
    freshness.onPolled(undefined);
    freshness.onPolled(undefined);
    await freshness.close();
    expect(told).toEqual(['2026-01-01T00:00:00.000Z', undefined]);
    expect(written.map(({ seenAt }) => seenAt)).toEqual(Array(2).fill(new Date(0).toISOString()));
  });

  it('is kept with the traffic rules of each model, and started from with them', async () => {
    const traffic = {
      formatVersion: 1 as const,
      revision: 3,
      writer: 'w',
      rules: { split: [{ version: 2, weight: 1 }] },
    };
    const listing = async () => ({
      seenAt: '2026-01-01T00:00:00.000Z',
      models: [{ ...kept[0]!, traffic }],
    });
    const { freshness, models, written } = freshnessBench({ kept: { listing } });
    await freshness.awaitStart(never);
    const { traffic: known, trafficRevision } = models.get('digits')!;
    expect([known, trafficRevision]).toEqual([traffic, 3]);
    freshness.onPolled(undefined);
    await freshness.close();
    expect(written[0]!.models).toMatchObject([{ model: 'digits', traffic }]);
  });

  it.each([
    ['versions and labels', [7], { beta: 7 }, 'e', [7], { beta: 7 }],
    ['labels only', [], { beta: 7 }, 'e', [1, 2], { beta: 7 }],
    ['no labels', [7], {}, undefined, [7], {}],
  ])('keeps what a poll has read already: %s', async (_, read, labels, etag, versions, known) => {
    const { freshness, models } = freshnessBench();
    const model = new KnownModel('digits');
    model.addVersions(read);
    model.setLabels({ labels, etag });
    models.set('digits', model);
    await freshness.awaitStart(never);
    expect(models.get('digits')).toBe(model);
    expect(model.versionsAtRest()).toEqual(versions);
    expect(model.labels).toEqual(known);
  });

  it('lets what failed be tried again with the first answer after a failure, and with no other', () => {
    const { freshness, models } = freshnessBench({ polled: true });
    const lacks = () => {
      models.set('digits', missing());
      return () => models.get('digits')!.versions.get(1)!.failure === undefined;
    };
    let isRetried = lacks();
    freshness.onPolled(undefined);
    expect(isRetried()).toBe(false);
    freshness.onPolled(new Error('away'));
    expect(isRetried()).toBe(false);
    freshness.onPolled(undefined);
    expect(isRetried()).toBe(true);
    isRetried = lacks();
    freshness.onPolled(undefined);
    expect(isRetried()).toBe(false);
  });

  it('lets what failed be tried again with the first answer after a start without it', async () => {
    const { freshness, models } = freshnessBench();
    await freshness.awaitStart(never);
    models.set('digits', missing());
    freshness.onPolled(undefined);
    expect(models.get('digits')!.versions.get(1)!.failure).toBeUndefined();
  });
});

describe('the listing that is kept', () => {
  it('is told of when it cannot be written, once until it can', async () => {
    const outcomes = ['full', 'full', 'ok', 'full'];
    const { freshness, told } = freshnessBench({
      kept: {
        async keepListing() {
          await new Promise((resolve) => setImmediate(resolve));
          if (outcomes.shift() === 'full') throw new Error('full');
        },
      },
    });
    for (let round = 0; round < 4; round += 1) freshness.keep();
    expect(told).toEqual([]);
    await freshness.close();
    expect(told).toEqual(['full', 'full']);
    expect(outcomes).toEqual([]);
  });

  it('is in the order of the names, whatever was found first, without models that have no version', async () => {
    const models = new Map(
      ['c', 'a', 'empty', 'b'].map((name) => [name, new KnownModel(name)] as const),
    );
    for (const [name, model] of models) if (name !== 'empty') model.addVersions([1]);
    const written: string[][] = [];
    const freshness = createFreshness({
      kept: {
        prune: async () => [],
        listing: async () => undefined,
        keepListing: async (listing) => void written.push(listing.models.map(({ model }) => model)),
        manifest: async () => undefined,
        open: async () => undefined,
      },
      models,
      poller: { failure: undefined, hasPolledAll: true },
      pollIntervalMs: 1_000,
      rescanIntervalMs: 0,
      startWaitMs: 1_000,
      now: () => 0,
      onStale: () => {},
      onProblem: () => {},
    });
    freshness.keep();
    await freshness.close();
    expect(written).toEqual([['a', 'b', 'c']]);
  });
});
