import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ArtifactStore } from '../../src/repository/stores/artifact-store.ts';
import { createDiskStore } from '../../src/repository/stores/disk/disk-store.ts';
import { createRepository } from '../../src/repository/model-repository.ts';
import { aDraft } from '../support/drafts.ts';

let scratch: string;
let root: string;
let store: ArtifactStore;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'glimpse-disk-abuse-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));
beforeEach(async () => {
  root = await mkdtemp(join(scratch, 'root-'));
  store = createDiskStore({ root });
});

async function writer(_: unknown, index: number): Promise<void> {
  for (let round = 0; round < 20; round += 1) {
    await store.write(`deep/down/${index}`, Buffer.from('x'), { condition: 'absent' });
    await store.remove(`deep/down/${index}`);
  }
}

const repository = () =>
  createRepository({ store, cacheDir: join(root, '.cache'), maxArtifactBytes: 1_000 });

describe('a folder that holds what we did not put there', () => {
  it('shows nothing that starts with a dot, and none of our own temporary files', async () => {
    for (const name of [
      '.DS_Store',
      '.git/config',
      '.glimpse-x.tmp',
      'm/.glimpse-locks/a.0',
      'm/a',
    ]) {
      await mkdir(join(root, name, '..'), { recursive: true });
      await writeFile(join(root, name), 'x');
    }
    expect(await store.list('')).toEqual([{ key: 'm/a', size: 1 }]);
    expect(await store.folders('')).toEqual(['m']);
  });

  it('follows links, as folders made by Kubernetes have them', async () => {
    const elsewhere = await mkdtemp(join(scratch, 'elsewhere-'));
    await mkdir(join(elsewhere, '1'));
    await writeFile(join(elsewhere, '1', 'a'), 'x');
    await symlink(elsewhere, join(root, 'digits'));
    expect(await store.folders('')).toEqual(['digits']);
    expect(await store.list('digits')).toEqual([{ key: 'digits/1/a', size: 1 }]);
    expect(await store.read('digits/1/a')).toBeTypeOf('object');
  });

  it('does not run in circles, nor into links that lead nowhere', async () => {
    await mkdir(join(root, 'm'));
    await symlink(root, join(root, 'm', 'up'));
    await symlink('..', join(root, 'm', 'parent'));
    await symlink('self', join(root, 'm', 'self'));
    await symlink('/nowhere', join(root, 'm', 'nowhere'));
    await writeFile(join(root, 'm', 'a'), 'x');
    expect(await store.list('')).toEqual([{ key: 'm/a', size: 1 }]);
    expect(await store.read('m/nowhere')).toBeUndefined();
  });

  it('does not wait for ever at something that is no file', async () => {
    execFileSync('mkfifo', [join(root, 'pipe')]);
    expect(await store.list('')).toEqual([]);
    expect(await store.download('pipe', join(scratch, 'pipe'), { maxBytes: 1 })).toBe(false);
    expect(await store.read('pipe')).toBeUndefined();
  });

  it('treats a folder where a file should be as no object', async () => {
    await mkdir(join(root, 'k'));
    expect(await store.read('k')).toBeUndefined();
    await store.remove('k');
    expect(await readdir(root)).toEqual(['k']);
    expect(await store.download('k', join(scratch, 'folder'), { maxBytes: 1 })).toBe(false);
  });

  it('refuses a key that a folder or a file stands in the way of', async () => {
    await store.write('a/b', Buffer.from('x'));
    const refusal = { code: 'GLIMPSE_STORE_KEY_INVALID' };
    await expect(store.write('a', Buffer.from('x'))).rejects.toMatchObject(refusal);
    await expect(store.write('a/b/c', Buffer.from('x'))).rejects.toMatchObject(refusal);
    expect(await store.list('')).toEqual([{ key: 'a/b', size: 1 }]);
  });

  it('does not answer when its folder is a file', async () => {
    await writeFile(join(root, 'file'), 'x');
    const inFile = createDiskStore({ root: join(root, 'file') });
    const refusal = { code: 'GLIMPSE_STORE_UNAVAILABLE' };
    await expect(inFile.folders('')).rejects.toMatchObject(refusal);
    await expect(inFile.list('')).rejects.toMatchObject(refusal);
    expect(await inFile.read('k')).toBeUndefined();
    await expect(inFile.write('k', Buffer.from('x'))).rejects.toThrow();
  });

  it('does not overwrite a file when it downloads', async () => {
    await store.write('k', Buffer.from('new'));
    await writeFile(join(scratch, 'mine'), 'old');
    await expect(store.download('k', join(scratch, 'mine'), { maxBytes: 9 })).rejects.toMatchObject(
      {
        code: 'GLIMPSE_STORE_UNAVAILABLE',
      },
    );
    expect(await readFile(join(scratch, 'mine'), 'utf8')).toBe('old');
  });

  it('says what the disk said when a local file cannot be read', async () => {
    const missing = store.write('k', { file: join(scratch, 'no-such-file') });
    await expect(missing).rejects.toMatchObject({ code: 'GLIMPSE_STORE_UNAVAILABLE' });
    expect(await store.list('')).toEqual([]);
    expect(await readdir(root)).toEqual([]);
  });

  it('keeps writing while somebody tidies empty folders away', async () => {
    await Promise.all(Array.from({ length: 6 }, writer));
    expect(await readdir(root)).toEqual([]);
  });
});

describe('a version on disk', () => {
  it('is used where it lies, without a copy', async () => {
    await repository().publish(aDraft());
    expect((await repository().open('digits', 1)).folder).toBe(join(root, 'digits', '1'));
  });

  it('is copied out when a stranger lies among its files, and the stranger is not', async () => {
    await repository().publish(aDraft());
    await writeFile(join(root, 'digits', '1', 'external.data'), 'weights nobody verified');
    const { folder } = await repository().open('digits', 1);
    expect(folder.startsWith(join(root, '.cache'))).toBe(true);
    expect((await readdir(folder)).sort()).toEqual(['.manifest.json', 'golden', 'model.onnx']);
  });

  it.each([
    ['is written over in place', (file: string) => writeFile(file, 'the bytes of a nut')],
    [
      'is replaced',
      async (file: string) => {
        await rm(file);
        await writeFile(file, 'the bytes of a net');
      },
    ],
  ])('is not confirmed when a file %s after it was verified', async (_, change) => {
    await repository().publish(aDraft());
    const opened = await repository().open('digits', 1);
    await opened.confirm();
    await change(join(opened.folder, 'model.onnx'));
    await expect(opened.confirm()).rejects.toMatchObject({
      code: 'GLIMPSE_CHECKSUM_MISMATCH',
      details: { file: 'model.onnx' },
    });
  });

  it('is not confirmed when a file went away', async () => {
    await repository().publish(aDraft());
    const opened = await repository().open('digits', 1);
    await rm(join(opened.folder, 'golden'), { recursive: true });
    await expect(opened.confirm()).rejects.toMatchObject({ code: 'GLIMPSE_FILE_MISSING' });
  });

  it('is refused when a file of it is a folder', async () => {
    await repository().publish(aDraft());
    await rm(join(root, 'digits', '1', 'model.onnx'));
    await mkdir(join(root, 'digits', '1', 'model.onnx'));
    await expect(repository().open('digits', 1)).rejects.toMatchObject({
      code: 'GLIMPSE_FILE_MISSING',
    });
  });
});
