import { describe, expect, it } from 'vitest';
import { errors } from '../../src/errors.ts';
import {
  archiveSource,
  checkExpansion,
  createEntryCounter,
  withNamedErrors,
} from '../../src/datasets/archives/archive.ts';
import { checkEntryName } from '../../src/datasets/archives/entry-name.ts';
import { checkFinished } from '../../src/datasets/places/finished-writer.ts';
import { schemeOf } from '../../src/datasets/places/location.ts';
import {
  checkStoredSpec,
  findStored,
  type DatasetStorage,
} from '../../src/datasets/places/stored.ts';
import type { DatasetManifest } from '../../src/repository/datasets/dataset-manifest.ts';
import {
  ignoreMore,
  nothingIgnored,
  renamed,
  separateIgnored,
  summaryOfIgnored,
  withLocalCopy,
  type DatasetFile,
  type DatasetSource,
} from '../../src/datasets/source.ts';
import { refusalOf } from '../support/refusal-of.ts';

/** A file of a source, of which only the name matters. */
const fileOf = (name: string, more: Partial<DatasetFile> = {}): DatasetFile => ({
  name,
  size: 0,
  read: async () => new Uint8Array(),
  local: () => Promise.reject(new Error('it is no file')),
  ...more,
});

const namesOf = (files: readonly { readonly name: string }[]) => files.map(({ name }) => name);

describe('the files of something with many', () => {
  it('are sorted, and told apart by what they are there for', () => {
    const names = [
      'b.csv',
      'a.csv',
      '__MACOSX/x',
      '.DS_Store',
      '_SUCCESS',
      '_old/x.csv',
      'more.zip',
      '_more.zip',
      'c/all.tar',
      '_defect/1.png',
    ];
    const { files, archives, markers, passedOver, ignored } = separateIgnored(
      names.map((name) => ({ name })),
    );
    expect(namesOf(files)).toEqual(['a.csv', 'b.csv']);
    expect(namesOf(archives)).toEqual(['c/all.tar', 'more.zip']);
    expect(markers).toEqual(['_SUCCESS']);
    expect(passedOver).toEqual(['_defect/1.png']);
    expect(ignored).toEqual({
      count: 5,
      archives: 3,
      names: ['_defect/1.png', '_more.zip', '_old/x.csv', 'c/all.tar', 'more.zip'],
      kinds: [
        { reason: 'hidden', count: 2, names: ['.DS_Store', '__MACOSX/x'] },
        { reason: 'left by the writer of a table', count: 1, names: ['_SUCCESS'] },
        {
          reason: 'its name begins with "_"',
          count: 2,
          names: ['_defect/1.png', '_old/x.csv'],
        },
        {
          reason: 'an archive among the files',
          count: 3,
          names: ['_more.zip', 'c/all.tar', 'more.zip'],
        },
      ],
    });
  });

  it('that are ignored are counted, and ten of them named, three of a kind', () => {
    const many = Array.from({ length: 12 }, (_, at) => `${String(at).padStart(2, '0')}.txt`);
    const ignored = ignoreMore(ignoreMore(nothingIgnored, ['x.zip'], 'first'), many, 'why');
    expect(ignored).toEqual({
      count: 13,
      archives: 1,
      names: ['x.zip', ...many.slice(0, 9)],
      kinds: [
        { reason: 'first', count: 1, names: ['x.zip'] },
        { reason: 'why', count: 12, names: many.slice(0, 3) },
      ],
    });
    expect(ignoreMore(nothingIgnored, [], 'why')).toEqual(nothingIgnored);
    expect(summaryOfIgnored(ignored)).toEqual({
      ignored: { count: 13, archives: 1, names: ['x.zip', ...many.slice(0, 9)] },
    });
    expect(summaryOfIgnored(nothingIgnored)).toEqual({});
    const underscored = Array.from({ length: 12 }, (_, at) => ({ name: `_${at}` }));
    expect(separateIgnored(underscored).ignored.names).toHaveLength(10);
  });

  it('are what they are under another name', async () => {
    const copy = { path: 'p', name: 'a', release: async () => {} };
    const file = fileOf('a', {
      size: 7,
      read: async (maxBytes) => Uint8Array.of(maxBytes),
      local: async () => copy,
    });
    const other = renamed(file, 'b');
    expect([other.name, other.size]).toEqual(['b', 7]);
    expect([await other.read(3), await other.local()]).toEqual([Uint8Array.of(3), copy]);
  });

  it('are let go of after their use, also when it fails', async () => {
    const released: string[] = [];
    const file = fileOf('a', {
      local: async () => ({ path: 'p', name: 'a', release: async () => void released.push('a') }),
    });
    expect(await withLocalCopy(file, undefined, async ({ path }) => path)).toBe('p');
    const failing = withLocalCopy(file, undefined, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(released).toEqual(['a', 'a']);
  });
});

const sourceOf = (...markers: string[]) => ({ title: 't', markers }) as unknown as DatasetSource;

describe('a folder of a writer of tables', () => {
  it.each([
    [['_temporary/0/x'], 'GLIMPSE_DATASET_UNFINISHED'],
    [['a/_temporary/x'], 'GLIMPSE_DATASET_UNFINISHED'],
    [['_temporary/x', '_SUCCESS'], undefined],
    [['_SUCCESS'], undefined],
    [['_started_1'], undefined],
    [['_delta_log/0.json', '_SUCCESS'], 'GLIMPSE_DATASET_INVALID'],
    [['x_temporary'], undefined],
    [[], undefined],
  ])('that left %j: %s', (markers, code) => {
    const refused = refusalOf(() => checkFinished(sourceOf(...markers)));
    if (code === undefined) expect(refused).toBeUndefined();
    else expect(refused).toMatchObject({ code });
  });
});

describe('the scheme of a dataset', () => {
  it.each([
    ['S3://b/k', 's3'],
    ['dataset:x', 'dataset'],
    ['a+b.c-d:x', 'a+b.c-d'],
    ['folder/x.csv', 'file'],
    ['folder/ab:c', 'file'],
    ['C:\\x.csv', 'file'],
    ['1x:y', 'file'],
  ])('of %s is %s', (uri, scheme) => {
    expect(schemeOf(uri)).toBe(scheme);
  });
});

describe('a stored dataset', () => {
  const manifest = {
    shape: { width: 2, height: 3, channels: 1 },
  } as DatasetManifest;
  const asked: unknown[] = [];
  const storage = {
    datasets: {
      find: async (...args: unknown[]) => {
        asked.push(args.slice(0, 2));
        return manifest;
      },
    },
  } as unknown as DatasetStorage;

  it('is found by its name, and its digest in any case', async () => {
    expect(await findStored(storage, 'dataset:a.b')).toBe(manifest);
    await findStored(storage, 'DATASET:x@0123ABCD');
    expect(asked.splice(0)).toEqual([
      ['a.b', undefined],
      ['x', '0123abcd'],
    ]);
  });

  it.each([
    'dataset:',
    'dataset:.x',
    'dataset:x@0123abc',
    'dataset:x/y',
    'xdataset:x',
    'dataset:x@',
  ])('is not called "%s"', async (uri) => {
    await expect(findStored(storage, uri)).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining(`"${uri}" is not dataset:name`),
    });
  });

  it('shows the beginning of a long name', async () => {
    await expect(findStored(storage, `dataset:${'.'.repeat(300)}`)).rejects.toThrow(
      `"dataset:${'.'.repeat(192)}" is not`,
    );
  });

  it.each([
    [{ format: 'csv' }, 'format is for data'],
    [{ path: 'x' }, 'path is for data'],
    [{ labelColumn: 0 }, 'labelColumn is for data'],
    [{ imageColumn: 'x' }, 'imageColumn is for data'],
    [{ split: 'test' }, 'split is for data'],
    [{ labelsUri: 'x' }, 'labelsUri is for data'],
    [{ range: 1 }, 'range is for data'],
    [{ layout: 'hwc' }, 'layout is for data'],
  ] as const)('is not read again: %j', (spec, reason) => {
    expect(refusalOf(() => checkStoredSpec(spec, manifest))).toMatchObject({
      code: 'GLIMPSE_INVALID_REQUEST',
      message: expect.stringContaining(reason),
    });
  });

  it('has the shape it has', () => {
    const { shape } = manifest;
    expect(
      refusalOf(() => checkStoredSpec({ offset: 1, classes: ['a'] }, manifest)),
    ).toBeUndefined();
    expect(refusalOf(() => checkStoredSpec({ shape: { ...shape } }, manifest))).toBeUndefined();
    for (const other of [{ width: 3 }, { height: 2 }, { channels: 3 as const }]) {
      expect(
        refusalOf(() => checkStoredSpec({ shape: { ...shape, ...other } }, manifest)),
      ).toMatchObject({
        code: 'GLIMPSE_DATASET_INVALID',
        message: expect.stringContaining('its images are 2x3x1, not '),
      });
    }
  });
});

const MIB = 1024 * 1024;

describe('what an archive may cost', () => {
  const limits = { maxEntries: 3, maxBytes: 100 * MIB, maxRatio: 10 };

  it('is counted in entries, bytes, and bytes for each packed one', () => {
    const counter = createEntryCounter(limits);
    counter.add('small', 4 * MIB, 1);
    counter.add('tenfold', 50 * MIB, 5 * MIB);
    counter.add('all', 46 * MIB, 46 * MIB);
    const refusals = [
      () => counter.add('more', 0, 0),
      () => createEntryCounter(limits).add('large', 100 * MIB + 1, 100 * MIB),
      () => createEntryCounter(limits).add('bomb\n', 4 * MIB + 1, 0.4 * MIB),
    ].map(refusalOf);
    expect(refusals).toMatchObject([
      {
        code: 'GLIMPSE_ARCHIVE_TOO_LARGE',
        message: expect.stringContaining('MAX_ARCHIVE_ENTRIES'),
      },
      { code: 'GLIMPSE_ARCHIVE_TOO_LARGE', message: expect.stringContaining('MAX_DATASET_BYTES') },
      {
        code: 'GLIMPSE_ARCHIVE_TOO_LARGE',
        message: expect.stringMatching(/10 times its packed size \(bomb\\n\).*MAX_ARCHIVE_RATIO/),
      },
    ]);
  });

  it('is watched while it is unpacked', () => {
    const refusals = [
      [5 * MIB, 50 * MIB],
      [5 * MIB, 50 * MIB + 1],
      [1, 4 * MIB],
      [0.4 * MIB, 4 * MIB + 1],
      [100 * MIB, 100 * MIB],
      [100 * MIB, 100 * MIB + 1],
    ].map(
      ([packed, unpacked]) =>
        (refusalOf(() => checkExpansion(packed!, unpacked!, limits)) as Error | undefined)?.message,
    );
    expect(refusals).toEqual([
      undefined,
      expect.stringContaining('MAX_ARCHIVE_RATIO'),
      undefined,
      expect.stringContaining('MAX_ARCHIVE_RATIO'),
      undefined,
      expect.stringContaining('MAX_DATASET_BYTES'),
    ]);
  });
});

describe('the entries of an archive', () => {
  it('are found by their names in one spelling, and each is there once', async () => {
    const entry = fileOf('caf\u00e9/x.csv');
    const source = archiveSource('t', [entry, fileOf('a.csv')], async () => {});
    expect(await source.find('cafe\u0301/x.csv')).toBe(entry);
    expect(await source.find('b.csv')).toBeUndefined();
    expect([namesOf(source.files), source.isFolder, source.title]).toEqual([
      ['a.csv', 'caf\u00e9/x.csv'],
      true,
      't',
    ]);
    expect(
      refusalOf(() => archiveSource('t', [entry, fileOf(entry.name)], async () => {})),
    ).toMatchObject({
      code: 'GLIMPSE_ARCHIVE_UNSAFE',
      message: expect.stringContaining('it is there twice'),
    });
  });

  it.each([
    ['./a//b/./c', 'a/b/c'],
    ['cafe\u0301/', 'caf\u00e9'],
    ['a..b/..c', 'a..b/..c'],
    ['ab:c', 'ab:c'],
    ['x'.repeat(1024), 'x'.repeat(1024)],
  ])('may be called "%s"', (name, expected) => {
    expect(checkEntryName(name)).toBe(expected);
  });

  it.each([
    ['\u00e9'.repeat(513), 'its name is longer than 1024 bytes'],
    ['a\tb', 'its name holds a control character'],
    ['a\u007fb', 'its name holds a control character'],
    ['a\\b', 'its name holds a backslash'],
    ['/a', 'its name is an absolute path'],
    ['C:a', 'its name begins with a drive letter'],
    ['a/..', 'its name leaves the archive by ".."'],
    ['../a', 'its name leaves the archive by ".."'],
  ])('may not be called "%s"', (name, reason) => {
    expect(refusalOf(() => checkEntryName(name))).toMatchObject({
      code: 'GLIMPSE_ARCHIVE_UNSAFE',
      message: expect.stringContaining(reason),
    });
  });
});

const named = (error: unknown) =>
  withNamedErrors('ZIP', async () => {
    throw error as Error;
  });

describe('what the reader of an archive says', () => {
  it('is told in one line, under the name of the format, and kept as the cause', async () => {
    expect(await withNamedErrors('ZIP', async () => 7)).toBe(7);
    const cause = new Error('it is\t cut off\nat 7');
    await expect(named(cause)).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringMatching(/ZIP: it is\\t cut off$/),
      cause,
    });
  });

  it('stays what it is where it is no fault of the archive', async () => {
    const own = new errors.GLIMPSE_STORE_UNAVAILABLE('x', 'y');
    const aborted = new DOMException('stopped', 'AbortError');
    for (const error of [own, aborted, 'text']) await expect(named(error)).rejects.toBe(error);
  });
});
