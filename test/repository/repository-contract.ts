import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ArtifactStore } from '../../src/repository/stores/artifact-store.ts';
import type { Manifest } from '../../src/repository/manifest.ts';
import { createRepository } from '../../src/repository/model-repository.ts';
import type { Labels, Repository } from '../../src/repository/repository.ts';
import { aDraft, aReleaseRecord } from '../support/drafts.ts';

/** What a repository promises on whichever store. `open` gives an empty store to each test. */
export function describeRepository(name: string, open: () => Promise<ArtifactStore>): void {
  describe(`a repository on ${name}`, () => {
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
    const labels = async (): Promise<Labels> => {
      const found = await repository.labels('digits');
      if (found === 'unchanged') throw new Error('nobody asked');
      return found;
    };
    /** Changes a published manifest behind the repository's back. */
    const bend = async (version: number, change: (manifest: Manifest) => object): Promise<void> => {
      const manifest = await repository.manifest('digits', version);
      await write(`digits/${version}/manifest.json`, JSON.stringify(change(manifest)));
    };

    it('is empty at first', async () => {
      expect(await repository.models()).toEqual([]);
      expect(await repository.versions('digits')).toEqual([]);
      expect(await labels()).toEqual({ labels: {}, etag: undefined });
      await expect(repository.manifest('digits', 1)).rejects.toMatchObject({
        code: 'GLIMPSE_VERSION_NOT_FOUND',
      });
      await expect(repository.open('digits', 1)).rejects.toMatchObject({
        code: 'GLIMPSE_VERSION_NOT_FOUND',
      });
    });

    it('publishes a version that can be listed, read and opened', async () => {
      const manifest = await repository.publish(aDraft());
      expect(manifest).toMatchObject({ formatVersion: 1, model: 'digits', version: 1 });
      expect(await repository.models()).toEqual(['digits']);
      expect(await repository.versions('digits')).toEqual([1]);
      expect(await repository.manifest('digits', 1)).toEqual(manifest);
      const opened = await repository.open('digits', 1);
      expect(opened.manifest).toEqual(manifest);
      expect(await readFile(join(opened.folder, 'model.onnx'), 'utf8')).toBe('the bytes of a net');
      expect(await readFile(join(opened.folder, 'golden/one.png'), 'utf8')).toContain('an image');
      await opened.confirm();
    });

    it('publishes local files as well as bytes', async () => {
      const file = join(cacheDir, 'local.onnx');
      await writeFile(file, 'bytes from a file');
      const files = new Map([...aDraft().files, ['model.onnx', { file }] as const]);
      await repository.publish(aDraft({ files }));
      const { folder } = await repository.open('digits', 1);
      expect(await readFile(join(folder, 'model.onnx'), 'utf8')).toBe('bytes from a file');
    });

    it('counts versions upwards, and keeps "latest" and the wished label', async () => {
      await repository.publish(aDraft({ label: 'production' }));
      await repository.publish(aDraft());
      await repository.publish(aDraft({ label: 'candidate' }));
      expect(await repository.versions('digits')).toEqual([1, 2, 3]);
      expect((await labels()).labels).toEqual({ candidate: 3, latest: 3, production: 1 });
    });

    it('sorts ten after nine', async () => {
      for (let times = 0; times < 10; times += 1) await repository.publish(aDraft());
      expect(await repository.versions('digits')).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    });

    it('skips over a claim that never became a version', async () => {
      await write('digits/4/_claim.json', '{"writerId": "somebody who died"}');
      await write('digits/4/model.onnx', 'half a version');
      expect(await repository.versions('digits')).toEqual([]);
      expect(await repository.publish(aDraft())).toMatchObject({ version: 5 });
      expect(await repository.versions('digits')).toEqual([5]);
    });

    it('does not use a number again after the newest version was deleted', async () => {
      await repository.publish(aDraft());
      await repository.publish(aDraft());
      for (const { key } of await store.list('digits/2')) await store.remove(key);
      expect(await repository.publish(aDraft())).toMatchObject({ version: 3 });
    });

    it('gives sixteen publishers at once sixteen versions', async () => {
      const published = await Promise.all(
        Array.from({ length: 16 }, (_, seed) => repository.publish(aDraft({ lineage: { seed } }))),
      );
      const numbers = published.map(({ version }) => version);
      expect([...new Set(numbers)]).toHaveLength(16);
      expect(await repository.versions('digits')).toEqual(numbers.sort((a, b) => a - b));
      expect((await labels()).labels).toEqual({ latest: Math.max(...numbers) });
      for (const { version, lineage } of published) {
        expect((await repository.manifest('digits', version)).lineage).toEqual(lineage);
      }
    });

    it('tells of a new version by the etag of the labels, and only then', async () => {
      await repository.publish(aDraft());
      const { etag } = await labels();
      expect(await repository.labels('digits', etag)).toBe('unchanged');
      await repository.publish(aDraft());
      expect(await repository.labels('digits', etag)).toMatchObject({ labels: { latest: 2 } });
    });

    it('moves, moves back and removes a label', async () => {
      await repository.publish(aDraft());
      await repository.publish(aDraft());
      const move = (version: number | null) =>
        repository.setLabel({ model: 'digits', label: 'production', version });
      expect((await move(2)).labels).toEqual({ latest: 2, production: 2 });
      expect((await move(1)).labels).toEqual({ latest: 2, production: 1 });
      expect(await move(1)).toEqual({ ...(await labels()), before: 1 });
      expect((await move(null)).labels).toEqual({ latest: 2 });
      await expect(move(null)).rejects.toMatchObject({ code: 'GLIMPSE_LABEL_NOT_FOUND' });
    });

    it('refuses to move a label on top of a state the caller has not seen', async () => {
      await repository.publish(aDraft());
      const { etag } = await labels();
      const change = { model: 'digits', label: 'production', version: 1, ifMatch: etag! };
      await repository.setLabel({ model: 'digits', label: 'candidate', version: 1 });
      await expect(repository.setLabel(change)).rejects.toMatchObject({
        code: 'GLIMPSE_LABEL_CONFLICT',
      });
      const now = await labels();
      expect(await repository.setLabel({ ...change, ifMatch: now.etag! })).toEqual({
        ...(await labels()),
        before: undefined,
      });
    });

    it('moves a label only from the version that it shall come from', async () => {
      await repository.publish(aDraft());
      await repository.publish(aDraft());
      const move = (version: number, from: number | null) =>
        repository.setLabel({ model: 'digits', label: 'production', version, from });
      const refusal = { code: 'GLIMPSE_LABEL_CONFLICT' };
      await expect(move(1, 2)).rejects.toMatchObject(refusal);
      expect((await move(1, null)).labels).toEqual({ latest: 2, production: 1 });
      await expect(move(2, null)).rejects.toMatchObject(refusal);
      expect((await move(2, 1)).labels).toEqual({ latest: 2, production: 2 });
    });

    it('keeps the release policy of a model, changed by compare-and-set', async () => {
      await repository.publish(aDraft());
      const { releases } = repository;
      expect(await releases.policy('digits')).toEqual({
        policy: { promote: 'if-better' },
        etag: undefined,
      });
      const first = await releases.setPolicy('digits', { promote: 'never' });
      expect(first).toEqual(await releases.policy('digits'));
      const rule = { margin: 0.01, floors: { accuracy: 0.9 } };
      const second = await releases.setPolicy('digits', { promote: rule }, { ifMatch: first.etag });
      expect(second.policy).toEqual({ promote: rule });
      await expect(
        releases.setPolicy('digits', { promote: 'always' }, { ifMatch: first.etag }),
      ).rejects.toMatchObject({ code: 'GLIMPSE_POLICY_CONFLICT' });
      expect(await releases.policy('digits')).toEqual(second);
      expect(await repository.versions('digits')).toEqual([1]);
      await write('digits/policy.json', '{"promote": "sometimes"}');
      await expect(releases.policy('digits')).rejects.toMatchObject({
        code: 'GLIMPSE_MANIFEST_INVALID',
      });
    });

    it('records once what was decided about a version, which opens as before', async () => {
      await repository.publish(aDraft());
      const { releases } = repository;
      expect(await releases.record('digits', 1)).toBeUndefined();
      const record = aReleaseRecord();
      expect(await releases.putRecord(record)).toEqual(record);
      const later = aReleaseRecord({ decision: 'kept', reason: 'Another.' });
      expect(await releases.putRecord(later)).toEqual(record);
      expect(await releases.record('digits', 1)).toEqual(record);
      const folder = store.localFolder('digits/1');
      const opened = await repository.open('digits', 1);
      if (folder !== undefined) expect(opened.folder).toBe(folder);
      await write('digits/1/release.json', '{}');
      await expect(releases.record('digits', 1)).rejects.toMatchObject({
        code: 'GLIMPSE_MANIFEST_INVALID',
      });
    });

    it('refuses a label for a version that is not there, and "latest" from anybody', async () => {
      await repository.publish(aDraft());
      const move = (label: string, version: number) =>
        repository.setLabel({ model: 'digits', label, version });
      await expect(move('production', 2)).rejects.toMatchObject({
        code: 'GLIMPSE_VERSION_NOT_FOUND',
      });
      const refusal = { code: 'GLIMPSE_INVALID_REQUEST' };
      await expect(move('latest', 1)).rejects.toMatchObject(refusal);
      await expect(repository.publish(aDraft({ label: 'latest' }))).rejects.toMatchObject(refusal);
      expect(await repository.versions('digits')).toEqual([1]);
    });

    it('gives a model no more labels than its readers take, and goes on moving those it has', async () => {
      await repository.publish(aDraft());
      const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`l${index}`, 1]));
      await write('digits/labels.json', JSON.stringify({ latest: 1, ...many }));
      const set = (label: string) => repository.setLabel({ model: 'digits', label, version: 1 });
      await expect(set('one-more')).rejects.toMatchObject({ code: 'GLIMPSE_TOO_MANY_LABELS' });
      await expect(repository.publish({ ...aDraft(), label: 'one-more' })).rejects.toMatchObject({
        code: 'GLIMPSE_TOO_MANY_LABELS',
      });
      expect(await repository.versions('digits')).toEqual([1]);
      await set('l7');
      await repository.setLabel({ model: 'digits', label: 'l8', version: null });
      await set('one-more');
      await repository.publish(aDraft());
      expect(await repository.versions('digits')).toEqual([1, 2]);
    });

    it('takes no version of a model beyond so many, and every version of those that are there', async () => {
      const options = { store, cacheDir, maxArtifactBytes: 1_000_000, maxModels: 1 };
      const crowded = createRepository(options);
      await crowded.publish(aDraft());
      const other = { ...aDraft(), model: 'other' };
      const refusal = { code: 'GLIMPSE_TOO_MANY_MODELS' };
      await expect(crowded.checkRoom('other')).rejects.toMatchObject(refusal);
      await expect(crowded.publish(other)).rejects.toMatchObject(refusal);
      expect(await crowded.models()).toEqual(['digits']);
      await crowded.checkRoom('digits');
      await crowded.publish(aDraft());
    });

    it('loses no label of eight writers who move five labels each', async () => {
      await repository.publish(aDraft());
      const writer = async (_: unknown, name: number): Promise<void> => {
        for (let times = 0; times < 5; times += 1) {
          await repository.setLabel({ model: 'digits', label: `w${name}-${times}`, version: 1 });
        }
      };
      await Promise.all(Array.from({ length: 8 }, writer));
      expect(Object.keys((await labels()).labels)).toHaveLength(8 * 5 + 1);
    });

    it('lets one of eight writers win who all start from the same state', async () => {
      await repository.publish(aDraft());
      const { etag } = await labels();
      const results = await Promise.allSettled(
        Array.from({ length: 8 }, (_, writer) =>
          repository.setLabel({ model: 'digits', label: `w${writer}`, version: 1, ifMatch: etag! }),
        ),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(Object.keys((await labels()).labels)).toHaveLength(2);
    });

    it('shows a reader during publishing whole versions only', async () => {
      const publisher = { isPublishing: true };
      const publishing = (async () => {
        for (let times = 0; times < 10; times += 1) await repository.publish(aDraft());
        publisher.isPublishing = false;
      })();
      let seen = 0;
      while (publisher.isPublishing) {
        const newest = (await repository.versions('digits')).at(-1);
        if (newest === undefined) continue;
        await (await repository.open('digits', newest)).confirm();
        seen += 1;
      }
      await publishing;
      expect(seen).toBeGreaterThan(0);
    });

    it('refuses a version with one wrong byte, and names the file', async () => {
      await repository.publish(aDraft());
      await write('digits/1/model.onnx', 'the bytes of a nut');
      await expect(repository.open('digits', 1)).rejects.toMatchObject({
        code: 'GLIMPSE_CHECKSUM_MISMATCH',
        message: expect.stringContaining('digits/1/model.onnx'),
      });
    });

    it.each(['the bytes of a ne', 'the bytes of a net and more'])(
      'refuses a version whose file has another length (%j)',
      async (bytes) => {
        await repository.publish(aDraft());
        await write('digits/1/model.onnx', bytes);
        await expect(repository.open('digits', 1)).rejects.toMatchObject({
          code: 'GLIMPSE_CHECKSUM_MISMATCH',
        });
      },
    );

    it('refuses a version with a missing file, and names it', async () => {
      await repository.publish(aDraft());
      await store.remove('digits/1/golden/one.png');
      await expect(repository.open('digits', 1)).rejects.toMatchObject({
        code: 'GLIMPSE_FILE_MISSING',
        message: expect.stringContaining('digits/1/golden/one.png'),
      });
    });

    it('opens a repaired version again', async () => {
      await repository.publish(aDraft());
      await write('digits/1/model.onnx', 'the bytes of a nut');
      await expect(repository.open('digits', 1)).rejects.toThrow();
      await write('digits/1/model.onnx', 'the bytes of a net');
      expect((await repository.open('digits', 1)).manifest.version).toBe(1);
    });

    it('gives a runtime no file the manifest does not name', async () => {
      await repository.publish(aDraft());
      await write('digits/1/weights.bin', 'a stray file');
      await write('digits/1/golden/two.png', 'another');
      const opened = await repository.open('digits', 1);
      const found = await readdir(opened.folder, { recursive: true });
      expect(found.filter((path) => path.includes('.')).sort()).toEqual(
        expect.arrayContaining(['golden/one.png', 'model.onnx']),
      );
      expect(found).not.toContain('weights.bin');
      expect(found).not.toContain('golden/two.png');
      await opened.confirm();
    });

    it('takes notice when a file is changed after it was verified', async () => {
      await repository.publish(aDraft());
      const opened = await repository.open('digits', 1);
      await writeFile(join(opened.folder, 'model.onnx'), 'the bytes of a nut');
      await expect(opened.confirm()).rejects.toMatchObject({ code: 'GLIMPSE_CHECKSUM_MISMATCH' });
    });

    it('refuses a version whose file is larger than allowed before it reads it', async () => {
      await repository.publish(aDraft());
      await bend(1, (manifest) => ({
        ...manifest,
        files: manifest.files.map((file) => ({ ...file, size: 1_000_001 })),
      }));
      await expect(repository.open('digits', 1)).rejects.toMatchObject({
        code: 'GLIMPSE_MANIFEST_INVALID',
      });
    });

    it('ignores what is no model and no version', async () => {
      await repository.publish(aDraft());
      await write('_probe/x', 'x');
      await write('digits/007/manifest.json', '{}');
      await write('digits/one/manifest.json', '{}');
      await write('digits/2/deep/manifest.json', '{}');
      await write('README.md', 'x');
      expect(await repository.models()).toEqual(['digits']);
      expect(await repository.versions('digits')).toEqual([1]);
    });

    it('lists a broken version, but does not give its manifest', async () => {
      await write('digits/1/manifest.json', '{"half": ');
      expect(await repository.versions('digits')).toEqual([1]);
      await expect(repository.manifest('digits', 1)).rejects.toMatchObject({
        code: 'GLIMPSE_MANIFEST_INVALID',
      });
    });
  });
}
