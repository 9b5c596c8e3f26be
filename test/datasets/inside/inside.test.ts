import { describe, expect, it } from 'vitest';
import { createSpoolFolder } from '../../../src/datasets/bytes/spool-folder.ts';
import {
  checkInsidePath,
  nestedArchive,
  restrictTo,
} from '../../../src/datasets/inside/inside-path.ts';
import { joinShards } from '../../../src/datasets/inside/join-shards.ts';
import { openInside } from '../../../src/datasets/inside/open-inside.ts';
import { localFile } from '../../../src/datasets/places/local.ts';
import { ignoreMore, nothingIgnored, type DatasetSource } from '../../../src/datasets/source.ts';
import { refusalOf } from '../../support/refusal-of.ts';
import { zip } from '../../support/zip.ts';
import { temporaryFolder } from '../dataset-files.ts';
import { fileOf } from '../disk-files.ts';
import { folderWith } from '../pictures.ts';

/** A source of files of these names, which tells what it was asked for and whether it was closed. */
function sourceOf(names: readonly string[], more: Partial<DatasetSource> = {}) {
  const asked: string[] = [];
  const source: DatasetSource = {
    title: 't',
    files: names.map((name) => fileOf(name)),
    archives: [],
    isFolder: true,
    markers: [],
    ignored: ignoreMore(nothingIgnored, ['x'], 'why'),
    passedOver: [],
    async find(name) {
      asked.push(name);
      return undefined;
    },
    close: async () => void asked.push('close'),
    ...more,
  };
  return { source, asked };
}

const namesOf = (files: readonly { readonly name: string }[]) => files.map(({ name }) => name);

describe('a path inside of a dataset', () => {
  it.each([
    ['a/b.csv', 'a/b.csv'],
    ['a/', 'a'],
    ['./a//b/', 'a/b'],
    ['cafe\u0301', 'caf\u00e9'],
  ])('%j is %j', (path, name) => {
    expect(checkInsidePath(path)).toBe(name);
  });

  it.each([
    ['.', 'it is empty'],
    ['./', 'it is empty'],
    ['a/../../b', 'leaves the archive'],
    ['/a', 'absolute'],
  ])('%j is none', (path, reason) => {
    expect(refusalOf(() => checkInsidePath(path))).toMatchObject({
      code: 'GLIMPSE_INVALID_REQUEST',
      message: expect.stringMatching(
        new RegExp(`dataset.path "${path}" is no path inside of the dataset: .*${reason}`),
      ),
    });
  });
});

describe('the part of a source at a path', () => {
  const names = ['a.csv', 'set/b.csv', 'set/c/d.csv', 'settle/e.csv'];
  const more = {
    archives: ['set/x.zip', 'y.zip'].map((name) => fileOf(name)),
    markers: ['_SUCCESS', 'set/_SUCCESS'],
    passedOver: ['set/_x/1.png', '_y/2.png'],
  };

  it('is a folder whose names are counted from there', async () => {
    const { source, asked } = sourceOf(names, more);
    const part = restrictTo(source, 'set');
    expect(namesOf(part.files)).toEqual(['b.csv', 'c/d.csv']);
    expect(namesOf(part.archives)).toEqual(['x.zip']);
    expect(part).toMatchObject({
      title: 't',
      markers: ['_SUCCESS'],
      passedOver: ['_x/1.png'],
      ignored: { count: 0 },
      isFolder: true,
    });
    await part.find('../a.csv');
    await part.find('c/d.csv');
    await part.close();
    expect(asked).toEqual(['a.csv', 'set/c/d.csv', 'close']);
  });

  it('is one file, with what lies beside it', async () => {
    const { source, asked } = sourceOf(names, more);
    const part = restrictTo(source, 'set/c/d.csv');
    expect(namesOf(part.files)).toEqual(['d.csv']);
    expect(part).toMatchObject({
      archives: [],
      markers: [],
      passedOver: [],
      ignored: { count: 0 },
      isFolder: false,
    });
    expect(await part.find('d.csv')).toBe(part.files[0]);
    await part.find('e.csv');
    expect(asked).toEqual(['set/c/e.csv']);
  });

  it.each<[string, readonly string[], string, string]>([
    ['what is not there', names, 'sett', '"a.csv", "set", "settle"'],
    ['below what holds everything', ['x/y/a', 'x/y/b'], 'z', '"x/y/a", "x/y/b"'],
    ['deep below', ['1/2/3/4/5/6/7/8/9/10'], 'z', '"1/2/3/4/5/6/7/8/9"'],
    [
      'among many',
      Array.from({ length: 9 }, (_, at) => `f${at}`),
      'z',
      '"f0", "f1", "f2", "f3", "f4", "f5", "f6", "f7"',
    ],
  ])('is refused with what is there: %s', (_, all, path, listed) => {
    const { source } = sourceOf(all);
    const values = listed.split(', ').map((name) => name.slice(1, -1));
    expect(refusalOf(() => restrictTo(source, path))).toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining(
        `it holds nothing that can be read at "${path}"; it holds ${listed}`,
      ),
      details: { option: 'path', values },
    });
  });

  it.each(['y.zip', 'y.zip/a'])('is in no archive within an archive: %s', (path) => {
    const { source } = sourceOf(names, more);
    expect(() => restrictTo(source, path)).toThrow(
      '"y.zip" is an archive within an archive, which is not opened',
    );
    expect(() => restrictTo(source, 'y.zi')).toThrow('it holds nothing that can be read');
    expect(nestedArchive('a\n').message).toContain('"a\\n" is an archive');
  });
});

const shard = (name: string, members: readonly string[] = ['1.cls', '1.png']) => {
  const { source, asked } = sourceOf(members);
  return { file: fileOf(name), archive: source, asked };
};

describe('the shards of a dataset', () => {
  it('are one source, in the order of their names', async () => {
    const [two, one] = [shard('b\n.tar', ['2.png', '2.cls']), shard('a.tar')];
    const joined = await joinShards([two, one]);
    expect(joined).toMatchObject({
      title: 'b\\n.tar, a.tar',
      shards: ['b\n.tar', 'a.tar'],
      archives: [],
      markers: [],
      passedOver: [],
      isFolder: true,
      ignored: { count: 0 },
    });
    const names = ['a.tar/1.cls', 'a.tar/1.png', 'b\n.tar/2.cls', 'b\n.tar/2.png'];
    expect(namesOf(joined.files)).toEqual(names);
    expect(await joined.find('a.tar/1.cls')).toBe(joined.files[0]);
    expect(await joined.find('1.cls')).toBeUndefined();
    await joined.close();
    expect([one.asked, two.asked]).toEqual([['close'], ['close']]);
  });

  it.each([
    [['a.tar', 'a.tar'], ['1.cls', '1.png'], 'several of its archives have the same name'],
    [
      ['a.tar', 'b.tar'],
      ['x.csv', 'y.csv'],
      'it is several archives, and not the shards of a WebDataset ("a.tar", "b.tar")',
    ],
  ])('are refused, and let go of, when they are none: %j %j', async (names, members, reason) => {
    const shards = [shard(names[0]!), shard(names[1]!, members)];
    await expect(joinShards(shards)).rejects.toThrow(reason);
    expect(shards.map(({ asked }) => asked)).toEqual([['close'], ['close']]);
  });
});

const isArchive = ({ name }: { name: string }) => /\.(zip|tar)$/.test(name);

/** What a source of these files on this disk holds. */
async function opened(
  files: Record<string, string | Uint8Array>,
  { path, labels, ...more }: Partial<DatasetSource> & { path?: string; labels?: string } = {},
) {
  const folder = await folderWith(files);
  const all = await Promise.all(
    Object.keys(files).map((name) => localFile(name, `${folder}/${name}`)),
  );
  const { isFolder = true } = more;
  const { source, asked } = sourceOf([], {
    files: isFolder ? all.filter((file) => !isArchive(file)) : all,
    archives: isFolder ? all.filter(isArchive) : [],
    ...more,
  });
  const limits = { maxBytes: 1e6, maxEntries: 6, maxRatio: 100 };
  const options = { limits, spool: createSpoolFolder(await temporaryFolder()), maxArchives: 2 };
  const named = labels === undefined ? undefined : fileOf(labels);
  const inside = await openInside({ source, labels: named }, path, options);
  await inside.source.close();
  return {
    names: namesOf(inside.source.files),
    labels: inside.labels?.name,
    asked,
    isSame: inside.source === source,
  };
}

const entries = (...names: string[]) => zip(names.map((name) => ({ name, data: 'a,1\n' })));
const set = entries('s/a.csv', 's/b.csv');
const both = { names: ['s/a.csv', 's/b.csv'] };
const shards = (at: number) => entries(`${at}.cls`, `${at}.png`);

describe('what is inside of what a request names', () => {
  it.each<[string, Record<string, string | Uint8Array>, Parameters<typeof opened>[1], object]>([
    ['nothing', {}, {}, { names: [], isSame: true }],
    [
      'a folder of files',
      { 'a.csv': '1', 'b.csv': '2' },
      {},
      { names: ['a.csv', 'b.csv'], isSame: true },
    ],
    [
      'a folder of an archive',
      { 'x.zip': set },
      {},
      { names: ['s/a.csv', 's/b.csv'], asked: ['close'] },
    ],
    ['a folder of an archive and notes', { 'x.zip': set, 'README.md': '1' }, {}, both],
    [
      'a folder of an archive beside data',
      { 'x.zip': set, 'a.csv': '1' },
      {},
      { names: ['a.csv'], isSame: true },
    ],
    [
      'a folder of an archive beside images',
      { 'x.zip': set, 'a.png': '1' },
      {},
      { names: ['a.png'] },
    ],
    [
      'a folder of one .npz',
      { 'x.npz': entries('x.npy', 'y.npy'), 'a.csv': '' },
      {},
      { names: ['x.npy', 'y.npy'] },
    ],
    ['a folder of two .npz', { 'x.npz': set, 'y.npz': set }, {}, { names: ['x.npz', 'y.npz'] }],
    [
      'a folder of shards',
      { 'x.zip': shards(1), 'y.zip': shards(2) },
      {},
      { names: ['x.zip/1.cls', 'x.zip/1.png', 'y.zip/2.cls', 'y.zip/2.png'] },
    ],
    [
      'an archive',
      { 'x.zip': set },
      { isFolder: false },
      { names: ['s/a.csv', 's/b.csv'], labels: undefined },
    ],
    [
      'an archive and its manifest',
      { 'x.zip': set, 'list.csv': '1' },
      { isFolder: false },
      { names: ['s/a.csv', 's/b.csv'], labels: 'list.csv' },
    ],
    [
      'an archive and a manifest that is named',
      { 'x.zip': set, 'list.csv': '1' },
      { isFolder: false, labels: 'other' },
      { labels: 'other' },
    ],
    [
      'a file',
      { 'a.csv': '1' },
      { isFolder: false, labels: 'other' },
      { names: ['a.csv'], labels: 'other', isSame: true },
    ],
    [
      'a path of an archive',
      { 'x.zip': set },
      { isFolder: false, path: 's' },
      { names: ['a.csv', 'b.csv'], asked: ['close'] },
    ],
    [
      'a path of an archive by its name',
      { 'x.zip': set },
      { isFolder: false, path: 'x.zip/s/a.csv' },
      { names: ['a.csv'] },
    ],
    [
      'an archive as the path',
      { 'x.zip': set, 'y.zip': set },
      { isFolder: false, path: 'x.zip' },
      { names: ['s/a.csv', 's/b.csv'] },
    ],
    [
      'a path through an archive of a folder',
      { 'x.zip': set, 'y.zip': set, 'a.csv': '' },
      { path: 'y.zip/s/b.csv' },
      { names: ['b.csv'], asked: ['close'] },
    ],
    [
      'a path of a folder',
      { 'x.zip': set, 'd/a.csv': '' },
      { path: 'd' },
      { names: ['a.csv'], asked: ['close'] },
    ],
    [
      'one of several uploads',
      { 'a.csv': '', 'b.csv': '' },
      { isFolder: false, path: 'b.csv' },
      { names: ['b.csv'] },
    ],
    [
      'an upload by its name',
      { 'a.csv': '' },
      { isFolder: false, path: 'a.csv' },
      { names: ['a.csv'] },
    ],
    [
      'a path and labels that are named',
      { 'x.zip': set },
      { isFolder: false, path: 's/a.csv', labels: 'other' },
      { names: ['a.csv'], labels: 'other' },
    ],
  ])('%s', async (_, files, options, expected) => {
    expect(await opened(files, options)).toMatchObject(expected);
  });

  it.each<[string, Record<string, string | Uint8Array>, Parameters<typeof opened>[1], string]>([
    [
      'a path of several uploads that is not there',
      { 'a.csv': '', 'b.csv': '' },
      { isFolder: false, path: 'z' },
      'it holds nothing that can be read at "z"',
    ],
    [
      'two files beside an archive',
      { 'x.zip': set, 'a.csv': '', 'b.csv': '' },
      { isFolder: false },
      'beside an archive only one file, its manifest, is read',
    ],
    [
      'a path of one file',
      { 'a.csv': '' },
      { isFolder: false, path: 'b.csv' },
      'it is one file; leave path out',
    ],
    [
      'a path of several archives',
      { 'x.zip': set, 'y.zip': set },
      { isFolder: false, path: 's' },
      'it is several archives ("x.zip", "y.zip")',
    ],
    [
      'a path that is not there',
      { 'x.zip': set },
      { isFolder: false, path: 'z' },
      'it holds nothing that can be read at "z"',
    ],
    [
      'a path of a folder that is not there',
      { 'a.csv': '' },
      { path: 'z' },
      'it holds nothing that can be read at "z"',
    ],
    ['a path that is none', { 'a.csv': '' }, { path: '..' }, 'is no path inside of the dataset'],
    [
      'an archive of archives',
      { 'x.zip': entries('in.zip') },
      { isFolder: false },
      '"in.zip" is an archive within an archive',
    ],
    [
      'archives that are no shards',
      { 'x.zip': set, 'y.zip': set },
      {},
      'and not the shards of a WebDataset',
    ],
    [
      'archives of more entries together',
      {
        'x.zip': entries('1.cls', '1.png', '2.png', '3.png'),
        'y.zip': entries('4.cls', '4.png', '5.png'),
      },
      {},
      'GLIMPSE_MAX_ARCHIVE_ENTRIES',
    ],
    [
      'more archives than are read together',
      { 'a.zip': shards(1), 'b.zip': shards(2), 'c.zip': shards(3) },
      {},
      'it is more than 2 archives',
    ],
  ])('is refused: %s', async (_, files, options, reason) => {
    await expect(opened(files, options)).rejects.toThrow(reason);
  });
});
