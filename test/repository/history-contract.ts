import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRepository } from '../../src/repository/model-repository.ts';
import type { Labels, Repository } from '../../src/repository/repository.ts';
import type { ArtifactStore } from '../../src/repository/stores/artifact-store.ts';
import { aDraft } from '../support/drafts.ts';

const event = (to: number) => ({
  what: 'traffic' as const,
  from: null,
  to,
  cause: { by: { kind: 'server', id: 'a' } } as const,
});

const labelsEtag = (found: Labels | 'unchanged') => (found === 'unchanged' ? found : found.etag);

/** What the history of a model, and the rules of its traffic, promise on whichever store. `open` gives an empty store to each test. */
export function describeHistory(name: string, open: () => Promise<ArtifactStore>): void {
  describe(`the history of a model on ${name}`, () => {
    let store: ArtifactStore;
    let repository: Repository;
    let cacheDir: string;
    beforeEach(async () => {
      cacheDir = await mkdtemp(join(tmpdir(), 'glimpse-cache-'));
      store = await open();
      repository = createRepository({ store, cacheDir, maxArtifactBytes: 1_000_000 });
    });
    afterEach(async () => {
      await repository.close();
      await rm(cacheDir, { recursive: true, force: true });
    });

    const write = (key: string, text: string) => store.write(key, Buffer.from(text));

    it('names a document that is too large for it by its digest, and leaves out no change', async () => {
      const classes = Object.fromEntries(
        Array.from({ length: 400 }, (_, at) => [`${at}${'a'.repeat(150)}`, 'b']),
      );
      const large = { promote: { classes } };
      await repository.releases.setPolicy('digits', large);
      await repository.releases.setPolicy('digits', { promote: 'never' });
      const { entries } = await repository.history.page('digits');
      const leftOut = { isLeftOut: true, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) };
      expect(entries).toMatchObject([
        { what: 'policy', from: leftOut },
        { what: 'policy', from: null, to: leftOut },
      ]);
    });

    it('tells of every label that moved and every policy that was written, by whom and why', async () => {
      const by = { kind: 'key', id: 'k1', name: 'Ann' } as const;
      await repository.publish(aDraft({ label: 'production', cause: { by, why: 'The first.' } }));
      await repository.publish(aDraft());
      const move = (version: number, isRollback = false) =>
        repository.setLabel({
          model: 'digits',
          label: 'production',
          version,
          isRollback,
          cause: { by, why: `to ${version}`, evidence: { lost: 3 } },
        });
      await move(2);
      await move(2);
      await move(1, true);
      await repository.releases.setPolicy('digits', { promote: 'never' }, { cause: { by } });
      await repository.releases.setPolicy('digits', { promote: 'never' });
      await repository.setLabel({ model: 'digits', label: 'candidate', version: 2 });
      const { entries, next } = await repository.history.page('digits');
      expect(next).toBeUndefined();
      const told = entries.map(({ number, what, label, by, from, to, why }) => [
        number,
        what,
        label,
        by.id,
        from,
        to,
        why,
      ]);
      expect(told).toEqual([
        [5, 'label', 'candidate', '', null, 2, undefined],
        [4, 'policy', undefined, 'k1', null, { promote: 'never' }, undefined],
        [3, 'rollback', 'production', 'k1', 2, 1, 'to 1'],
        [2, 'label', 'production', 'k1', 1, 2, 'to 2'],
        [1, 'label', 'production', 'k1', null, 1, 'The first.'],
      ]);
      expect(entries[3]).toMatchObject({ by, evidence: { lost: 3 } });
      expect(Date.parse(entries[3]!.at)).toBeGreaterThan(Date.now() - 60_000);
      expect(await repository.models()).toEqual(['digits']);
    });

    it('gives writers at once a number each, reads pages back, and keeps what is damaged from hiding others', async () => {
      const { history } = repository;
      const written = await Promise.all(
        Array.from({ length: 12 }, (_, to) => history.record('digits', event(to))),
      );
      expect(written.map(({ number }) => number).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 12 }, (_, at) => at + 1),
      );
      await write('_history/digits/00000000/0000000011.json', '{"number": 11}');
      const first = await history.page('digits', { limit: 5 });
      expect(first.entries.map(({ number }) => number)).toEqual([12, 11, 10, 9, 8]);
      expect(first.entries[1]).toMatchObject({ number: 11, what: 'unreadable' });
      const second = await history.page('digits', { limit: 100, before: first.next });
      expect(second.entries.map(({ number }) => number)).toEqual([7, 6, 5, 4, 3, 2, 1]);
      expect(second.next).toBeUndefined();
      const read = [...first.entries, ...second.entries].filter(({ number }) => number !== 11);
      expect(read.map(({ to }) => to)).toEqual(
        read.map(({ number }) => written.find((one) => one.number === number)!.to),
      );
      expect(await history.page('other')).toEqual({ entries: [], next: undefined });
    });

    it('starts another folder of the history after a hundred entries', async () => {
      const entry = { id: 'a', at: '', what: 'label', by: { kind: 'job', id: 'j' } };
      const last = JSON.stringify({ number: 100, ...entry });
      await write('_history/digits/00000000/0000000100.json', last);
      const event = {
        what: 'label',
        from: 1,
        to: 2,
        cause: { by: { kind: 'job', id: 'j' } },
      } as const;
      expect((await repository.history.record('digits', event)).number).toBe(101);
      expect(await store.folders('_history/digits')).toHaveLength(2);
      const { entries, next } = await repository.history.page('digits', { limit: 2 });
      expect(entries.map(({ number }) => number)).toEqual([101, 100]);
      expect(next).toBe(100);
    });

    it('splits production by rules that whoever polls the labels hears of, and no label shows', async () => {
      const { traffic } = repository;
      await repository.publish(aDraft({ label: 'production' }));
      const before = await repository.labels('digits');
      const rules = { split: [{ version: 1, weight: 1 }] };
      const first = await traffic.write('digits', { content: { rules } });
      expect(first.record).toMatchObject({ revision: 1, rules });
      expect(await traffic.read('digits')).toEqual(first);
      const announced = await repository.labels('digits', labelsEtag(before));
      const labels = { latest: 1, production: 1 };
      expect(announced).toMatchObject({ labels, trafficRevision: 1 });
      const stale = traffic.write('digits', { content: { rules: {} }, ifMatch: 'stale' });
      await expect(stale).rejects.toMatchObject({ code: 'GLIMPSE_TRAFFIC_CONFLICT' });
      const late = traffic.write('digits', { content: { rules: {} }, ifMatch: first.etag });
      const same = traffic.write('digits', { content: { rules: {} }, ifMatch: first.etag });
      const outcomes = await Promise.allSettled([late, same]);
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      await repository.setLabel({ model: 'digits', label: 'beta', version: 1 });
      await traffic.announce('digits', 1);
      expect(await repository.labels('digits')).toMatchObject({
        labels: { ...labels, beta: 1 },
        trafficRevision: 2,
      });
      expect(await repository.versions('digits')).toEqual([1]);
    });
  });
}
