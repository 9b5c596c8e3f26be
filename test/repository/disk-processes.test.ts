import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDiskStore } from '../../src/repository/stores/disk/disk-store.ts';
import { createRepository } from '../../src/repository/model-repository.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { startStoreProcess } from '../support/child.ts';
import { aDraft } from '../support/drafts.ts';

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'glimpse-processes-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

const freshRoot = () => mkdtemp(join(scratch, 'root-'));

function repositoryIn(root: string): Repository {
  const store = createDiskStore({ root });
  return createRepository({ store, cacheDir: join(scratch, 'cache'), maxArtifactBytes: 1_000_000 });
}

async function labelsOf(repository: Repository): Promise<Readonly<Record<string, number>>> {
  const found = await repository.labels('digits');
  return found === 'unchanged' ? {} : found.labels;
}

/** Every version that shows is whole; gives their numbers. */
async function wholeVersions(repository: Repository): Promise<number[]> {
  const versions = await repository.versions('digits');
  for (const version of versions) await (await repository.open('digits', version)).confirm();
  return versions;
}

describe('several processes on one folder', () => {
  it('get a version each for everything they publish at once', { timeout: 120_000 }, async () => {
    const root = await freshRoot();
    const processes = Array.from({ length: 4 }, () =>
      startStoreProcess({ do: 'publish', root, times: 5 }),
    );
    for (const { ended } of processes) expect(await ended).toBe(0);
    const published = processes.flatMap(({ lines }) => lines.map(Number)).sort((a, b) => a - b);
    expect(new Set(published).size).toBe(20);
    expect(await wholeVersions(repositoryIn(root))).toEqual(published);
    const labels = await labelsOf(repositoryIn(root));
    expect(labels['latest']).toBe(published.at(-1));
    expect(published).toContain(labels['production']);
  });

  // 1 the claim, 2 and 3 the files, 4 the manifest, 5 the labels.
  const deaths = ['before', 'after'] as const;
  it.each([1, 2, 3, 4, 5].flatMap((write) => deaths.map((when) => ({ when, write }))))(
    'leave no half version when one is killed $when its write $write, and the next publishes',
    { timeout: 60_000 },
    async ({ when, write }) => {
      const root = await freshRoot();
      const repository = repositoryIn(root);
      await repository.publish(aDraft({ label: 'production' }));
      const dying = startStoreProcess({ do: 'die', root, when, write });
      expect(await dying.ended).toBe('SIGKILL');

      const isWhole = write > 4 || (write === 4 && when === 'after');
      expect(await wholeVersions(repository)).toEqual(isWhole ? [1, 2] : [1]);
      const isLabelled = write === 5 && when === 'after';
      expect((await labelsOf(repository))['production']).toBe(isLabelled ? 2 : 1);

      const isClaimed = write > 1 || when === 'after';
      const next = await repository.publish(aDraft({ label: 'production' }));
      expect(next.version).toBe(isClaimed ? 3 : 2);
      expect(await labelsOf(repository)).toEqual({
        latest: next.version,
        production: next.version,
      });
    },
  );

  it('lose no count when they are killed at any moment', { timeout: 120_000 }, async () => {
    const root = await freshRoot();
    const store = createDiskStore({ root });
    await store.write('m/count', Buffer.from('0'), { condition: 'absent' });
    let said = 0;
    const rounds = 4;
    for (let round = 0; round < rounds; round += 1) {
      const rivals = [0, 1].map(() => startStoreProcess({ do: 'increment', root }));
      for (const { firstLine } of rivals) await firstLine;
      await sleep(20 + round * 13);
      for (const { child } of rivals) child.kill('SIGKILL');
      for (const { ended, lines } of rivals) {
        expect(await ended).toBe('SIGKILL');
        said += lines.length;
      }
    }
    const count = Number(await readFile(join(root, 'm', 'count'), 'utf8'));
    expect(count).toBeGreaterThanOrEqual(said);
    // Each of the killed may have counted once more than it could still say.
    expect(count).toBeLessThanOrEqual(said + rounds * 2);
    const { etag } = (await store.read('m/count')) as { etag: string };
    const written = await store.write('m/count', Buffer.from('done'), { condition: { etag } });
    expect(written).toHaveProperty('etag');
    expect((await readdir(join(root, 'm'))).filter((name) => !name.startsWith('.'))).toEqual([
      'count',
    ]);
  });
});
