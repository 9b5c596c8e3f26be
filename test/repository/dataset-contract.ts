import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ArtifactStore } from '../../src/repository/stores/artifact-store.ts';
import type { DatasetRepository } from '../../src/repository/datasets/dataset-repository.ts';
import { createRepository } from '../../src/repository/model-repository.ts';
import { aDataset, digestNumber } from '../support/drafts.ts';
import { createFaultyStore, type FaultyStore } from '../support/faulty-store.ts';

/** What stored datasets promise on whichever store. `open` gives an empty store to each test. */
export function describeDatasets(name: string, open: () => Promise<ArtifactStore>): void {
  describe(`stored datasets on ${name}`, () => {
    let scratch: string;
    let faulty: FaultyStore;
    let datasets: DatasetRepository;
    let clock: number;
    let close: () => Promise<void>;
    beforeEach(async () => {
      scratch = await mkdtemp(join(tmpdir(), 'glimpse-datasets-'));
      faulty = createFaultyStore(await open());
      clock = Date.parse('2030-01-01T00:00:00Z');
      const options = { store: faulty.store, cacheDir: scratch, maxArtifactBytes: 1_000 };
      const repository = createRepository({ ...options, now: () => new Date((clock += 1_000)) });
      datasets = repository.datasets;
      close = () => repository.close();
    });
    afterEach(async () => {
      faulty.heal();
      await close();
      await rm(scratch, { recursive: true, force: true });
    });

    const writes = () => faulty.calls.filter((call) => call.startsWith('write datasets/'));
    const put = (number = 1, changes = {}) => datasets.put(aDataset(number, changes));
    const textOf = async (digest: string, file: string): Promise<string> => {
      const opened = await datasets.open(
        await datasets.find('fruit', digest),
        join(scratch, randomUUID()),
      );
      const text = await readFile(join(opened.folder, file), 'utf8');
      await opened.confirm();
      return text;
    };

    it('are none at first', async () => {
      expect(await datasets.names()).toEqual([]);
      expect(await datasets.latest('fruit')).toBeUndefined();
      expect(await datasets.list('fruit')).toEqual([]);
      await expect(datasets.find('fruit')).rejects.toMatchObject({
        code: 'GLIMPSE_DATASET_NOT_FOUND',
        message: expect.stringContaining('datasets/fruit'),
      });
    });

    it('are put, listed, found and opened', async () => {
      const { manifest, created } = await put(1, { extra: 'not of a dataset' });
      expect(created).toBe(true);
      expect(manifest).toMatchObject({ formatVersion: 1, name: 'fruit', examples: 3 });
      expect(manifest).not.toHaveProperty('extra');
      expect(await datasets.names()).toEqual(['fruit']);
      expect(await datasets.find('fruit')).toEqual(manifest);
      expect(await datasets.list('fruit')).toEqual([{ digest: digestNumber(1), manifest }]);
      expect(await textOf(digestNumber(1), 'images.idx')).toBe('images of 1');
    });

    it('are written whole before they can be seen: files, description, latest', async () => {
      await put();
      expect(writes().map((call) => call.split('/').at(-1))).toEqual([
        'images.idx',
        'labels.idx',
        'dataset.json',
        'latest.json',
      ]);
    });

    it('are not written again when the same examples come again, which become the latest', async () => {
      const first = await put(1);
      await put(2);
      faulty.forget();
      const again = await put(1, { source: { uri: 'elsewhere.csv' } });
      expect(again).toEqual({ manifest: first.manifest, created: false });
      expect(writes()).toEqual(['write datasets/fruit/latest.json']);
      expect(await datasets.latest('fruit')).toBe(digestNumber(1));
      expect((await datasets.list('fruit')).map(({ digest }) => digest)).toEqual(
        [2, 1].map(digestNumber),
      );
      faulty.forget();
      await put(1);
      expect(writes()).toEqual([]);
    });

    it('are whole whoever of eight writers at once comes first', async () => {
      const results = await Promise.all(Array.from({ length: 8 }, (_, at) => put(1 + (at % 2))));
      for (const number of [1, 2]) {
        const own = results.filter(({ manifest }) => manifest.digest === digestNumber(number));
        expect(own.filter(({ created }) => created)).toHaveLength(1);
        expect(new Set(own.map(({ manifest }) => manifest.writerId)).size).toBe(1);
        expect(await textOf(digestNumber(number), 'labels.idx')).toBe(`labels of ${number}`);
      }
      expect([1, 2].map(digestNumber)).toContain(await datasets.latest('fruit'));
    });

    it.each(['datasets/fruit/1', 'datasets/fruit/latest.json'])(
      'are none or whole after a crash before %s, and are finished by the same writer',
      async (key) => {
        const writerId = 'job 1';
        const failing = key.endsWith('1') ? `${key.slice(0, -1)}${digestNumber(1)}/dataset` : key;
        faulty.fail(`write ${failing}`);
        await expect(put(1, { writerId })).rejects.toMatchObject({
          code: 'GLIMPSE_STORE_UNAVAILABLE',
        });
        await expect(datasets.find('fruit')).rejects.toMatchObject({ statusCode: 404 });
        const seen = await datasets.list('fruit');
        expect(seen).toHaveLength(key.endsWith('1') ? 0 : 1);
        for (const { digest } of seen) expect(await textOf(digest, 'images.idx')).toContain('1');
        faulty.heal();
        expect(await put(1, { writerId })).toMatchObject({ created: true });
        expect((await datasets.find('fruit')).writerId).toBe(writerId);
      },
    );

    it('are found by the beginning of their digest, as long as it means one', async () => {
      await put(1);
      await put(2);
      expect((await datasets.find('fruit', digestNumber(2).slice(0, 8))).digest).toBe(
        digestNumber(2),
      );
      const twin = `${digestNumber(2).slice(0, 20)}${'f'.repeat(44)}`;
      await datasets.put({ ...aDataset(3), digest: twin });
      await expect(datasets.find('fruit', twin.slice(0, 12))).rejects.toMatchObject({
        code: 'GLIMPSE_DATASET_AMBIGUOUS',
      });
      expect((await datasets.find('fruit', twin.slice(0, 21))).digest).toBe(twin);
      // Files alone are no dataset, and so nothing to be mixed up with.
      await faulty.store.remove(`datasets/fruit/${twin}/dataset.json`);
      expect((await datasets.find('fruit', twin.slice(0, 12))).digest).toBe(digestNumber(2));
    });

    it.each(['0'.repeat(8), '0'.repeat(64), 'abc', '', '../..', 'latest', 'F'.repeat(64)])(
      'are not found by %j',
      async (digest) => {
        await put();
        await expect(datasets.find('fruit', digest)).rejects.toMatchObject({ statusCode: 404 });
      },
    );

    it.each(['..', 'a/b', '', '.hidden', 'x'.repeat(65)])('cannot be called %j', async (bad) => {
      for (const call of [
        datasets.find(bad),
        datasets.list(bad),
        datasets.put(aDataset(1, { name: bad })),
      ]) {
        await expect(call).rejects.toMatchObject({ code: 'GLIMPSE_BAD_NAME' });
      }
      expect(await faulty.store.list('datasets')).toEqual([]);
    });

    it('are refused when their files are not the ones described, and mended by another import', async () => {
      await put();
      const key = `datasets/fruit/${digestNumber(1)}/images.idx`;
      await faulty.store.write(key, Buffer.from('images of 2 and more'));
      await expect(textOf(digestNumber(1), 'images.idx')).rejects.toMatchObject({
        code: 'GLIMPSE_CHECKSUM_MISMATCH',
      });
      expect((await put()).created).toBe(false);
      expect(await textOf(digestNumber(1), 'images.idx')).toBe('images of 1');
      await faulty.store.remove(key);
      await expect(textOf(digestNumber(1), 'images.idx')).rejects.toMatchObject({
        code: 'GLIMPSE_FILE_MISSING',
      });
      await put();
      expect(await textOf(digestNumber(1), 'images.idx')).toBe('images of 1');
    });

    it('are not opened when their files are larger than allowed', async () => {
      const { manifest } = await put();
      const files = manifest.files.map((file) => ({ ...file, size: 1_001 }));
      await expect(datasets.open({ ...manifest, files }, scratch)).rejects.toMatchObject({
        code: 'GLIMPSE_MANIFEST_INVALID',
      });
    });

    it('tell which of them cannot be read, without hiding the others', async () => {
      await put(1);
      await put(2);
      const key = `datasets/fruit/${digestNumber(2)}/dataset.json`;
      await faulty.store.write(key, Buffer.from('{"half":'));
      expect(await datasets.list('fruit')).toEqual([
        { digest: digestNumber(1), manifest: expect.anything() },
        { digest: digestNumber(2), problem: expect.stringContaining('not JSON') },
      ]);
      await expect(datasets.find('fruit')).rejects.toMatchObject({
        code: 'GLIMPSE_MANIFEST_INVALID',
      });
    });

    it.each([
      ['counts that are not of its examples', { examples: 4 }],
      ['a class named twice', { classes: ['pear', 'pear'] }],
      ['one class', { classes: ['pear'], classCounts: [3] }],
      ['a digest that is none', { digest: 'abc' }],
      [
        'a file with the name of its description',
        { files: new Map([['dataset.json', Buffer.of(1)]]) },
      ],
      ['a file that leads out', { files: new Map([['../x', Buffer.of(1)]]) }],
      ['a file too large to be read back', { files: new Map([['x', Buffer.alloc(1_001)]]) }],
    ])('are refused with %s, before anything is written', async (_, changes) => {
      await expect(put(1, changes)).rejects.toMatchObject({ code: 'GLIMPSE_MANIFEST_INVALID' });
      expect(writes()).toEqual([]);
    });

    it('are refused when a local file changes while it is written', async () => {
      const file = join(scratch, 'changing');
      await writeFile(file, 'before');
      const files = new Map<string, Uint8Array | { file: string }>([['images.idx', { file }]]);
      const changing = new Proxy(faulty.store, {
        get: (target, key) =>
          key === 'write'
            ? async (...args: Parameters<ArtifactStore['write']>) => {
                const written = await target.write(...args);
                await writeFile(file, 'after');
                return written;
              }
            : Reflect.get(target, key),
      });
      const options = { store: changing, cacheDir: scratch, maxArtifactBytes: 1_000 };
      const { datasets } = createRepository(options);
      await expect(datasets.put(aDataset(1, { files }))).rejects.toMatchObject({
        code: 'GLIMPSE_CHECKSUM_MISMATCH',
      });
      expect(await datasets.list('fruit')).toEqual([]);
    });
  });
}
