import { beforeEach, describe, expect, it } from 'vitest';
import { versionBefore } from '../../src/repository/history/version-before.ts';
import { createRepository } from '../../src/repository/model-repository.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { rollBack } from '../../src/repository/roll-back.ts';
import { createMemoryStore } from '../../src/repository/stores/memory-store.ts';
import { aDraft } from '../support/drafts.ts';

const move = (from: number | null, to: number, what = 'label', label = 'production') => ({
  what,
  label,
  from,
  to,
});

describe('the version before', () => {
  it.each([
    [[move(1, 2), move(null, 1)], 2, 1],
    [[move(null, 1)], 1, undefined],
    [[], 1, 'unknown'],
    [[move(1, 2, 'label', 'beta'), move(null, 2)], 2, undefined],
    [[move(3, 2, 'rollback'), move(2, 3), move(1, 2), move(null, 1)], 2, 1],
    [[move(2, 1, 'rollback'), move(3, 2, 'rollback'), move(2, 3), move(1, 2)], 1, 'unknown'],
    [[move(2, 4), move(3, 2, 'rollback'), move(2, 3), move(1, 2)], 4, 2],
    [[move(3, 2), move(2, 3), move(1, 2)], 2, 3],
    // 2 was found bad: pressed again, it is not the answer.
    [[move(2, 1, 'rollback'), move(1, 2), move(2, 1), move(1, 2), move(null, 1)], 1, undefined],
    [[move(2, 1, 'rollback'), move(1, 2), move(2, 1), move(3, 2), move(1, 3)], 1, 3],
    // And is again once somebody has released it again.
    [[move(2, 3), move(1, 2), move(2, 1, 'rollback'), move(1, 2), move(null, 1)], 3, 2],
  ])('by %j of %j is %j', (entries, present, before) => {
    expect(versionBefore(entries, 'production', present)).toBe(before);
  });
});

describe('a rollback', () => {
  let repository: Repository;
  const cause = { by: { kind: 'key', id: 'k1' }, why: 'It is slow.' } as const;
  beforeEach(async () => {
    repository = createRepository({
      store: createMemoryStore(),
      cacheDir: '',
      maxArtifactBytes: 1_000_000,
    });
    for (let version = 1; version <= 3; version += 1) {
      await repository.publish(aDraft());
      const change = { model: 'digits', label: 'production', version };
      await repository.setLabel(change);
    }
  });
  const back = (label?: string) => rollBack(repository, 'digits', { label, cause });

  it('goes back step by step, records itself, and ends where nothing was before', async () => {
    expect(await back()).toMatchObject({ endedTraffic: false, from: 3, to: 2 });
    expect(await back('production')).toMatchObject({
      from: 2,
      to: 1,
      labels: { labels: { production: 1 } },
    });
    await expect(back()).rejects.toMatchObject({ code: 'GLIMPSE_NOTHING_BEFORE' });
    const { entries } = await repository.history.page('digits', { limit: 2 });
    expect(entries).toMatchObject([
      { what: 'rollback', label: 'production', from: 2, to: 1, by: cause.by, why: 'It is slow.' },
      { what: 'rollback', from: 3, to: 2 },
    ]);
  });

  it('is of a label that is there, to a version that is there', async () => {
    await expect(back('beta')).rejects.toMatchObject({ code: 'GLIMPSE_LABEL_NOT_FOUND' });
    await repository.setLabel({ model: 'digits', label: 'beta', version: 1 });
    await repository.setLabel({ model: 'digits', label: 'beta', version: 2 });
    expect(await back('beta')).toMatchObject({
      from: 2,
      to: 1,
      labels: { labels: { production: 3 } },
    });
  });

  it('ends what splits production first, and leaves a shadow that is not of the canary', async () => {
    const { traffic } = repository;
    const split = [{ version: 3, weight: 1 }];
    const shadow = { version: 1, share: 0.5 };
    const rules = { split, shadow, stickyHeader: 'x-user' };
    await traffic.write('digits', { content: { rules } });
    expect(await back()).toMatchObject({ endedTraffic: true, from: 3, to: 3 });
    expect((await traffic.read('digits')).record!.rules).toEqual({
      shadow,
      stickyHeader: 'x-user',
    });
    const canary = { version: 2, steps: [{ share: 0.1, bakeSeconds: 60 }] };
    const state = {
      state: 'running',
      version: 2,
      present: 3,
      step: 0,
      since: '2026-11-27T20:00:00Z',
    };
    const content = { rules: { canary, shadow: { version: 2, share: 1 } }, canary: state };
    await traffic.write('digits', { content });
    expect(await back()).toMatchObject({ endedTraffic: true });
    expect((await traffic.read('digits')).record).toMatchObject({
      rules: {},
      canary: { state: 'rolled-back', version: 2, why: 'It is slow.' },
    });
    const [last] = (await repository.history.page('digits', { limit: 1 })).entries;
    expect(last).toMatchObject({ what: 'rollback', why: 'It is slow.' });
    expect(await back()).toMatchObject({ endedTraffic: false, from: 3, to: 2 });
  });

  it('goes past a version that was deleted', async () => {
    await repository.deletions.deleteVersion('digits', 2);
    expect(await back()).toMatchObject({ from: 3, to: 1 });
  });

  it('looks through more than one page of history', async () => {
    for (let at = 0; at < 101; at += 1) {
      const event = { what: 'policy', from: null, to: at, cause } as const;
      await repository.history.record('digits', event);
    }
    expect(await back()).toMatchObject({ from: 3, to: 2 });
  });
});
