import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  allowedPath,
  localFile,
  localFileSource,
  localFilesSource,
  localFolderSource,
} from '../../../src/datasets/places/local.ts';
import { temporaryFolder } from '../dataset-files.ts';

/** A root with files, links and another name; beside it what no request may see. */
async function rooted() {
  const folder = await temporaryFolder();
  const root = join(folder, 'root');
  await mkdir(join(root, 'sub'), { recursive: true });
  await mkdir(join(root, '..data'));
  const names = ['a.csv', 'sub/b.csv', '..data/c.csv', 'sub/file:d.csv', 'sub/e f.csv'];
  for (const name of ['secret.csv', ...names.map((one) => `root/${one}`)]) {
    await writeFile(join(folder, name), name);
  }
  await symlink(join(folder, 'secret.csv'), join(root, 'out.csv'));
  await symlink(join(root, 'a.csv'), join(root, 'in.csv'));
  await symlink(join(root, 'none'), join(root, 'dead.csv'));
  await symlink(root, join(folder, 'linked'));
  return { folder, root, linked: join(folder, 'linked') };
}

const forbidden = { code: 'GLIMPSE_DATASET_FORBIDDEN' };
const notFound = { code: 'GLIMPSE_DATASET_NOT_FOUND' };

describe('a path under the allowed folder', () => {
  it.each([
    ['a.csv', 'a.csv'],
    ['file:a.csv', 'a.csv'],
    ['FILE:sub/b.csv', 'sub/b.csv'],
    ['sub/../a.csv', 'a.csv'],
    ['..data/c.csv', '..data/c.csv'],
    ['in.csv', 'a.csv'],
    ['sub/file:d.csv', 'sub/file:d.csv'],
    ['.', ''],
  ])('may be read: %s', async (uri, path) => {
    const { root, linked } = await rooted();
    expect(await allowedPath(uri, root)).toBe(join(root, path));
    expect(await allowedPath(uri, linked)).toBe(join(root, path));
  });

  it('may be given as a whole, as a path or a URI of either case', async () => {
    const { root, linked } = await rooted();
    const { href } = pathToFileURL(join(root, 'a.csv'));
    for (const uri of [join(root, 'a.csv'), href, href.replace('file:', 'File:')]) {
      expect(await allowedPath(uri, root)).toBe(join(root, 'a.csv'));
    }
    const spaced = join(root, 'sub/e f.csv');
    expect(await allowedPath(pathToFileURL(spaced).href, root)).toBe(spaced);
    expect(await allowedPath(join(linked, 'a.csv'), root)).toBe(join(root, 'a.csv'));
  });

  it.each(['../secret.csv', '..', '../none.csv', 'out.csv', 'a.csv\0', 'file://%00/x', 'file:..'])(
    'may be read nowhere else, and nobody learns what is there: %j',
    async (uri) => {
      const { root, linked } = await rooted();
      await expect(allowedPath(uri, root)).rejects.toMatchObject(forbidden);
      await expect(allowedPath(uri, linked)).rejects.toMatchObject(forbidden);
    },
  );

  it('that is not there is named as the request names it', async () => {
    const { root, linked } = await rooted();
    for (const place of [root, linked]) {
      for (const uri of [
        'none.csv',
        'dead.csv',
        'sub/file://b',
        join(root, 'none'),
        join(place, 'none'),
      ]) {
        await expect(allowedPath(uri, place)).rejects.toMatchObject({
          ...notFound,
          message: expect.stringContaining(`${uri} (looked in GLIMPSE_DATASET_ROOT)`),
        });
      }
    }
    const gone = join(root, 'gone');
    await expect(allowedPath('x', gone)).rejects.toMatchObject(notFound);
    await expect(allowedPath('../x', gone)).rejects.toMatchObject(forbidden);
  });

  it('may be any where there is no such folder', async () => {
    const { folder, root } = await rooted();
    expect(await allowedPath(join(root, 'out.csv'), undefined)).toBe(join(folder, 'secret.csv'));
    expect(await allowedPath('package.json', undefined)).toBe(join(process.cwd(), 'package.json'));
    await expect(allowedPath('file://elsewhere/x', undefined)).rejects.toMatchObject(forbidden);
    await expect(allowedPath('none.csv', undefined)).rejects.toMatchObject({
      ...notFound,
      message: expect.not.stringContaining('GLIMPSE_DATASET_ROOT'),
      cause: expect.objectContaining({ code: 'ENOENT' }),
    });
  });
});

describe('a file of this disk', () => {
  it('is read up to a bound, and stays where it is', async () => {
    const { root } = await rooted();
    const path = join(root, 'a.csv');
    const file = await localFile('x/a.csv', path);
    expect([file.name, file.size]).toEqual(['x/a.csv', 10]);
    expect(String(await file.read(10))).toBe('root/a.csv');
    await expect(file.read(9)).rejects.toMatchObject({ code: 'GLIMPSE_DATASET_INVALID' });
    await expect(file.read(10, AbortSignal.abort())).rejects.toThrow('abort');
    const copy = await file.local();
    expect(copy).toMatchObject({ path, name: 'x/a.csv' });
    await copy.release();
    expect(await readFile(path, 'utf8')).toBe('root/a.csv');
    await expect(localFile('sub', join(root, 'sub'))).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
    });
  });

  it('has others beside it, within the allowed folder', async () => {
    const { root } = await rooted();
    const source = await localFileSource('sub/b.csv', root);
    expect(source).toMatchObject({
      title: 'sub/b.csv',
      isFolder: false,
      files: [{ name: 'b.csv' }],
      archives: [],
      markers: [],
      passedOver: [],
      ignored: { count: 0 },
    });
    expect(await source.find('b.csv')).toBe(source.files[0]);
    const found = await source.find('../a.csv');
    expect(String(await found!.read(100))).toBe('root/a.csv');
    expect(found!.name).toBe('../a.csv');
    expect(await source.find('none.csv')).toBeUndefined();
    await expect(source.find('../../secret.csv')).rejects.toMatchObject(forbidden);
    await source.close();
  });

  it('among uploads has none beside it: folders in front of a name are left out', async () => {
    const { root } = await rooted();
    const files = [
      await localFile('a.csv', join(root, 'a.csv')),
      await localFile('x', join(root, 'sub/b.csv')),
    ];
    const source = localFilesSource('the upload', files);
    expect(source.files).toBe(files);
    expect(await source.find('x')).toBe(files[1]);
    expect(await source.find('sub/a.csv')).toBe(files[0]);
    expect(await source.find('sub/b.csv')).toBeUndefined();
  });
});

describe('a folder of this disk', () => {
  it('has the files at any depth, each once, under names in one spelling', async () => {
    const { folder, root } = await rooted();
    await symlink(root, join(root, 'sub/loop'));
    await symlink(join(root, 'sub'), join(root, 'again'));
    await writeFile(join(root, 'sub/cafe\u0301.csv'), '12');
    await symlink(join(root, 'nowhere'), join(root, 'a-dead'));
    await symlink(join(root, 'x'), join(root, 'sub/dead'));
    const within = { root: folder, maxFiles: 12 };
    const source = await localFolderSource('set', root, within);
    expect(source.files.map(({ name, size }) => [name, size])).toEqual([
      ['a.csv', 10],
      ['again/b.csv', 14],
      ['again/caf\u00e9.csv', 2],
      ['again/e f.csv', 16],
      ['again/file:d.csv', 19],
      ['in.csv', 10],
      ['out.csv', 10],
      ['sub/b.csv', 14],
      ['sub/caf\u00e9.csv', 2],
      ['sub/e f.csv', 16],
      ['sub/file:d.csv', 19],
    ]);
    expect(source).toMatchObject({ title: 'set', isFolder: true });
    const dead = source.ignored.kinds.find(({ reason }) => reason.includes('leads nowhere'));
    expect(dead).toEqual({
      reason: 'a link that leads nowhere',
      count: 4,
      names: ['a-dead', 'again/dead', 'dead.csv'],
    });
    const found = await source.find('sub/cafe\u0301.csv');
    expect(String(await found!.read(9))).toBe('12');
    expect(await source.find('none')).toBeUndefined();
    await source.close();
    await expect(localFolderSource('set', root, { ...within, maxFiles: 11 })).rejects.toMatchObject(
      {
        code: 'GLIMPSE_ARCHIVE_TOO_LARGE',
        message: expect.stringMatching(/11 files.*GLIMPSE_MAX_ARCHIVE_ENTRIES/),
      },
    );
  });

  it('tells links that lead nowhere in the order of their names', async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, 'a'));
    for (const name of ['a/dead', 'a-dead']) await symlink(join(root, 'none'), join(root, name));
    const { ignored } = await localFolderSource('set', root, { root, maxFiles: 1 });
    expect(ignored.names).toEqual(['a-dead', 'a/dead']);
  });

  it('is refused for a link that leads out, and left when nobody waits for it', async () => {
    const { root } = await rooted();
    await expect(localFolderSource('set', root, { root, maxFiles: 99 })).rejects.toMatchObject(
      forbidden,
    );
    const signal = AbortSignal.abort();
    await expect(localFolderSource('set', root, { root, maxFiles: 99, signal })).rejects.toThrow(
      'abort',
    );
  });
});
