import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../src/repository/stores/memory-store.ts';
import { tar } from '../support/tar.ts';
import { zip } from '../support/zip.ts';
import { idx, openerOver, read, temporaryFolder, type ReadOptions } from './dataset-files.ts';
import { drawPictures, folderWith, pictureShape as shape, type Picture } from './pictures.ts';

const rows = (classes: string) =>
  Array.from(classes, (name, at) => `${name},${at},2,3,200\n`).join('');

let pictures: Picture[];
beforeAll(async () => {
  pictures = await drawPictures(8);
});

/** A top folder, two tables, images in class folders with a test beside, and a pair of IDX files. */
function contents(): { name: string; data: string | Uint8Array }[] {
  const images = pictures.map(({ label, png }, index) => ({
    name: `top/photos/${index % 2 ? 'train' : 'test'}/${label}/${index}.png`,
    data: png,
  }));
  return [
    { name: 'top/train.csv', data: rows('abab') },
    { name: 'top/test.csv', data: rows('ab') },
    {
      name: 'top/mnist/x-images-idx3-ubyte',
      data: idx([2, 2, 2], Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 250)),
    },
    { name: 'top/mnist/x-labels-idx1-ubyte', data: idx([2], Uint8Array.of(1, 0)) },
    ...images,
  ];
}

const options = async (): Promise<ReadOptions> => {
  const store = createMemoryStore();
  await store.write('some/set.zip', zip(contents()));
  for (const { name, data } of contents()) await store.write(`set/${name}`, Buffer.from(data));
  return { openStore: () => ({ ...store, close: async () => {} }) };
};

async function everywhere(): Promise<string> {
  return folderWith({
    'set.zip': zip(contents()),
    'set.tar': await tar(contents()),
    ...Object.fromEntries(contents().map(({ name, data }) => [`set/${name}`, data])),
  });
}
const places = ['set.zip', 'set.tar', 'set', 's3://b/some/set.zip', 's3://b/set/'];

const labels = async (folder: string, spec: object, given: ReadOptions = {}) => {
  const { dataset } = await read(folder, spec, given);
  return [...dataset.labels].map((at) => dataset.classes[at]).join('');
};

describe('a path inside of a dataset', () => {
  it.each(places)('is read by itself: %s', async (uri) => {
    const [folder, given] = [await everywhere(), await options()];
    expect(await labels(folder, { uri, path: 'top/train.csv' }, given)).toBe('abab');
    expect(await labels(folder, { uri, path: 'top/test.csv' }, given)).toBe('ab');
    expect(await labels(folder, { uri, path: 'top/mnist/x-images-idx3-ubyte' }, given)).toBe('10');
    expect(await labels(folder, { uri, path: './top/mnist/' }, given)).toBe('10');
    const photos = await read(folder, { uri, path: 'top/photos', shape }, given);
    expect(photos.dataset.classes).toEqual(['cat', 'dog']);
    expect(photos.dataset.labels).toHaveLength(4);
    expect(photos.heldOut).toEqual({ path: 'top/photos/test' });
    const test = await read(folder, { uri, path: 'top/photos/test', shape }, given);
    expect(test.dataset.labels).toHaveLength(4);
  });

  it('of uploads is one of them, or lies in the one that is an archive', async () => {
    const folder = await temporaryFolder();
    const upload = async (name: string, data: string | Uint8Array) => {
      await writeFile(join(folder, name), data);
      return { part: 'dataset', name, file: join(folder, name) };
    };
    const archive = await upload('set.zip', zip(contents()));
    const [train, test] = [
      await upload('train.csv', rows('ba')),
      await upload('t.csv', rows('ab')),
    ];
    expect(await labels(folder, { path: 'train.csv' }, { uploads: [train, test] })).toBe('ba');
    expect(await labels(folder, { path: 'top/test.csv' }, { uploads: [archive] })).toBe('ab');
    const uploads = [train, archive];
    expect(await labels(folder, { path: 'set.zip/top/train.csv' }, { uploads })).toBe('abab');
    expect(await labels(folder, { path: 'train.csv' }, { uploads })).toBe('ba');
  });

  it('of a manifest has its images beside it', async () => {
    const list = pictures.map(({ label }, index) => `${index}.png,${label}\n`).join('');
    const entries = [
      ...pictures.map(({ png }, index) => ({ name: `a/${index}.png`, data: png })),
      { name: 'a/list.csv', data: `path,label\n${list}` },
      { name: 'b/list.csv', data: 'label,p\n1,2\n' },
    ];
    const folder = await folderWith({ 'set.zip': zip(entries) });
    expect(await labels(folder, { uri: 'set.zip', path: 'a/list.csv', shape })).toMatch(
      /^(cat){4}(dog){4}$/,
    );
  });

  it.each([
    [
      'nothing there',
      'top/none.csv',
      'it holds nothing that can be read at "top/none.csv"; it holds "top/mnist", "top/photos", "top/test.csv", "top/train.csv"',
    ],
    ['a part of a name', 'top/tra', 'it holds nothing that can be read at "top/tra"'],
  ])('is refused with what is there: %s', async (_, path, reason) => {
    const folder = await everywhere();
    for (const uri of ['set.zip', 'set']) {
      await expect(read(folder, { uri, path })).rejects.toMatchObject({
        code: 'GLIMPSE_DATASET_INVALID',
        message: expect.stringContaining(reason),
        details: { option: 'path', values: expect.arrayContaining(['top/train.csv']) },
      });
    }
  });

  it.each([
    '../x.csv',
    'top/../../x.csv',
    '/etc/passwd',
    'top\\train.csv',
    'C:/x',
    'a\0b',
    '.',
    './',
  ])('cannot leave it, and is refused before a job is queued: %j', async (path) => {
    const folder = await folderWith({ 'set.zip': zip(contents()), 'x.csv': rows('ab') });
    const refused = {
      code: 'GLIMPSE_INVALID_REQUEST',
      message: expect.stringContaining('dataset.path'),
    };
    await expect(read(folder, { uri: 'set.zip', path })).rejects.toMatchObject(refused);
    for (const uri of ['set.zip', '.', 's3://b/set.zip']) {
      await expect(openerOver(folder).check({ uri, path }, [])).rejects.toMatchObject(refused);
    }
  });

  it('of one file is refused, and so is one of a stored dataset', async () => {
    const folder = await folderWith({ 'x.csv': rows('ab') });
    await expect(read(folder, { uri: 'x.csv', path: 'y.csv' })).rejects.toThrow(
      'it is one file; leave path out',
    );
    expect(await labels(folder, { uri: 'x.csv', path: 'x.csv' })).toBe('ab');
  });
});

describe('what holds several datasets', () => {
  it.each([
    [
      'several tables',
      { 'top/train.csv': rows('ab'), 'top/test.csv': rows('ab') },
      ['top/test.csv', 'top/train.csv'],
    ],
    ['several formats', { 'a.csv': rows('ab'), 'b.parquet': 'x' }, ['a.csv', 'b.parquet']],
  ])('is refused with their names and the setting: %s', async (_, files, values) => {
    const entries = Object.entries(files).map(([name, data]) => ({ name, data }));
    const folder = await folderWith({ 'x.zip': zip(entries) });
    await expect(read(folder, { uri: 'x.zip' })).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringMatching(/; choose one by path \(--path\)$/),
      details: { option: 'path', values },
    });
    expect(await labels(folder, { uri: 'x.zip', path: values[0] })).toBe('ab');
  });

  it('in folders of folders is refused with the outer ones', async () => {
    const [one] = pictures;
    const folder = await folderWith({
      'x.zip': zip(
        ['x/old/cat/0.png', 'x/new/dog/1.png'].map((name) => ({ name, data: one!.png })),
      ),
    });
    await expect(read(folder, { uri: 'x.zip', shape })).rejects.toMatchObject({
      message: expect.stringContaining('("x/new", "x/old"); choose one by path (--path)'),
      details: { option: 'path', values: ['x/new', 'x/old'] },
    });
  });
});

const refused = (name: string) => ({
  code: 'GLIMPSE_DATASET_INVALID',
  message: expect.stringContaining(
    `"${name}" is an archive within an archive, which is not opened`,
  ),
});

describe('an archive within an archive', () => {
  it('is refused by its name, alone or at a path', async () => {
    const inner = zip([{ name: 'a.csv', data: rows('ab') }]);
    const folder = await folderWith({
      'only.zip': zip([{ name: 'in/inner.zip', data: inner }]),
      'beside.tar': await tar([
        { name: 'inner.zip', data: inner },
        { name: 'a.csv', data: rows('ba') },
      ]),
    });
    await expect(read(folder, { uri: 'only.zip' })).rejects.toMatchObject(refused('in/inner.zip'));
    for (const path of ['inner.zip', 'inner.zip/a.csv']) {
      await expect(read(folder, { uri: 'beside.tar', path })).rejects.toMatchObject(
        refused('inner.zip'),
      );
    }
    expect(await labels(folder, { uri: 'beside.tar' })).toBe('ba');
  });
});
