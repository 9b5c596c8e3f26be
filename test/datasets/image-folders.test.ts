import { describe, expect, it } from 'vitest';
import { pixelsProvenance } from '../../src/image/provenance.ts';
import { errors, type GlimpseError } from '../../src/errors.ts';
import { classFolderImages, commonFolder } from '../../src/datasets/images/class-folders.ts';
import { expectEveryFolder } from '../../src/datasets/images/every-folder.ts';
import { imageInRow } from '../../src/datasets/images/image-in-row.ts';
import { readImageRows } from '../../src/datasets/images/image-rows.ts';
import { findSplits, noteOfSplits, splitNamed } from '../../src/datasets/images/split-folders.ts';
import { plainContract } from '../../src/preprocessing/presets.ts';
import { refuseAtOnce } from '../../src/datasets/refusal.ts';
import type { Row } from '../../src/datasets/row.ts';
import type { DatasetFile } from '../../src/datasets/source.ts';
import { refusalOf } from '../support/refusal-of.ts';
import { allOf, fileOf } from './disk-files.ts';

async function* streamOf<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}

describe('the folder that files lie in', () => {
  it.each([
    [[], ''],
    [['.'], ''],
    [['a/b'], 'a/b/'],
    [['a/b', 'a/c'], 'a/'],
    [['a/b', 'a'], 'a/'],
    [['a', 'a/b'], 'a/'],
    [['a/b', 'c/b'], ''],
    [['a', '.'], ''],
    [['a/b/c', 'a/b/c', 'a/b/d'], 'a/b/'],
  ])('of %j is "%s"', (folders, common) => {
    expect(commonFolder(folders)).toBe(common);
  });
});

const pathsOf = (...paths: string[]) => paths.map((path) => path.split('/'));

describe('splits among folders', () => {
  it('are those called so, one of which is learnt from', () => {
    const paths = pathsOf('train/a/1', 'test/a/1', 'val/a/1', 'test/b/1');
    expect(findSplits(paths, 'w/')).toEqual({
      training: 'train',
      heldOut: 'test',
      note: '"test" and "val" beside "train" are splits of the dataset and no classes; they are not learnt from.',
    });
    expect(findSplits(pathsOf('Training_Images/a/1', 'holdout/1'), '')).toEqual({
      training: 'Training_Images',
      heldOut: undefined,
      note: '"holdout" beside "Training_Images" is a split of the dataset and no class; it is not learnt from.',
    });
    expect(findSplits(pathsOf('train/a/1', 'dev/a/1', 'test/1'), '')?.heldOut).toBe('dev');
    expect(findSplits(pathsOf('train/a/1', 'dev/a/1', 'test/a/1'), '')?.heldOut).toBe('test');
  });

  it.each([
    [['train/a/1']],
    [['test/a/1', 'val/a/1']],
    [['train/1', 'test/1', 'car/1']],
    [['train/a/1', 'test/a/1', '1']],
    [['trains/a/1', 'test/a/1']],
    [['train/a/1', 'test/a/1', 'test']],
  ])('are none: %j', (paths) => {
    expect(findSplits(pathsOf(...paths), '')).toBeUndefined();
  });

  it('are refused where several could be learnt from, or nothing tells their classes', () => {
    const several = pathsOf('train/a/1', 'training/a/1', 'test/a/1');
    expect(refusalOf(() => findSplits(several, 'w/'))).toMatchObject({
      message: expect.stringContaining('several splits of a dataset that could be learnt from'),
      details: { option: 'path', values: ['w/train', 'w/training'] },
    });
    expect(refusalOf(() => findSplits(pathsOf('train/1', 'test/a/1'), ''))).toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining('its folders "test", "train" are splits of a dataset'),
    });
  });
});

const plan = (names: readonly string[], passedOver: readonly string[] = []) => {
  const refused: GlimpseError[] = [];
  const folders = classFolderImages({ files: names.map((name) => fileOf(name)), passedOver }, (e) =>
    refused.push(e),
  );
  const references = [...(folders?.references ?? [])].map((one) =>
    'problem' in one
      ? `${one.line} ${one.name}: ${one.problem}`
      : `${one.line} ${one.name}: ${String(one.label)}`,
  );
  return { folders, references, refused };
};

describe('the words for splits', () => {
  it.each([
    ['Training_set', 'train'],
    ['tests', 'test'],
    ['T10K', 'test'],
    ['t10k-images', undefined],
    ['at10k', undefined],
    ['dev', 'validation'],
    ['car', undefined],
  ])('"%s": %s', (word, split) => {
    expect(splitNamed(word)).toBe(split);
  });

  it('are told beside the one that is read', () => {
    expect(noteOfSplits('train.csv', [])).toEqual([]);
    expect(noteOfSplits('train\n.csv', ['test.csv', 'val\n.csv'])).toEqual([
      String.raw`"test.csv", "val\n.csv" beside "train\n.csv" are other splits of the dataset; they are not learnt from.`,
    ]);
  });
});

describe('images in class folders', () => {
  it('are of the class of their folder, below what holds all of them', async () => {
    const names = ['a/1.png', 'b/1', 'b/x.txt', '2.png'];
    const { folders, references, refused } = plan(names);
    expect(references).toEqual(['1 a/1.png: a', '2 b/1: b', '3 2.png: it lies in no class folder']);
    expect(folders).toMatchObject({ folders: ['a', 'b'], notes: [] });
    expect(folders).not.toHaveProperty('heldOut');
    expect(['a/1.png', 'b/x.txt', '2.png'].map((name) => folders!.reads(name))).toEqual([
      true,
      false,
      true,
    ]);
    const [first] = classFolderImages(
      { files: [fileOf('a/1.png')], passedOver: [] },
      refuseAtOnce,
    )!.references;
    expect(await (first as { find: () => Promise<unknown> }).find()).toMatchObject({
      name: 'a/1.png',
    });
    expect(refused).toEqual([]);
  });

  it('are none where there are no folders', () => {
    expect(plan(['1.png', '2.png']).folders).toBeUndefined();
    expect(plan(['w/1.png', 'w/2.png']).folders).toMatchObject({ folders: ['w'] });
    expect(plan(['x.txt']).folders).toBeUndefined();
    expect(plan(['w/a/1.png', 'w/b/1.png']).references).toEqual([
      '1 w/a/1.png: a',
      '2 w/b/1.png: b',
    ]);
  });

  it('are those of the split that is learnt from', () => {
    const names = ['w/train/a/1.png', 'w/train/b/1.png', 'w/test/a/1.png', 'w/trained.txt'];
    const { folders, references } = plan(names);
    expect(references).toEqual(['1 w/train/a/1.png: a', '2 w/train/b/1.png: b']);
    expect(folders).toMatchObject({
      heldOut: 'w/test',
      notes: [expect.stringContaining('"test" beside "train"')],
    });
  });

  it('are none of those that lie beside the one folder around all classes', () => {
    const { folders, references } = plan(['logo.png', 'w/a/1.png', 'w/b/1.png']);
    expect(references).toEqual(['1 w/a/1.png: a', '2 w/b/1.png: b']);
    expect(folders!.reads('logo.png')).toBe(false);
    expect(folders!.reads('w/a/1.png')).toBe(true);
    const split = plan(['logo.png', 'w/train/a/1.png', 'w/train/b/1.png', 'w/test/a/1.png']);
    expect(split.references).toEqual(['1 w/train/a/1.png: a', '2 w/train/b/1.png: b']);
    // Beside class folders they are examples without a class.
    expect(plan(['logo.png', 'a/1.png', 'b/1.png']).references).toHaveLength(3);
    expect(() => plan(['logo.png', 'w/a/1.png', 'b/1.png'])).toThrow('folders of folders');
  });

  it('are refused in folders of folders', () => {
    const refused = refusalOf(() => plan(['w/a/x/1.png', 'w/b/y/1.png', 'w/b/2.png']));
    expect(refused).toMatchObject({
      message: expect.stringContaining('lie in folders of folders (w/a/x/1.png)'),
      details: { option: 'path', values: ['w/a', 'w/b'] },
    });
  });

  it('are refused beside a folder that is passed over, at their level only', () => {
    const names = ['w/a/1.png', 'w/b/1.png'];
    expect(plan(names, ['w/_c/1.png']).refused.map(({ message }) => message)).toEqual([
      expect.stringContaining('the folder "w/_c" lies among the class folders'),
    ]);
    expect(plan(names, ['_c/1.png', 'w/_c/x/1.png', 'w/.x.png']).refused).toEqual([]);
    const split = ['w/train/a/1.png', 'w/train/b/1.png', 'w/test/a/1.png'];
    expect(plan(split, ['w/test/_c/1.png']).refused).toEqual([]);
    expect(plan(split, ['w/train/_c/1.png']).refused).toHaveLength(1);
  });

  it('are missed where no file of a folder can be read', async () => {
    const refused: GlimpseError[] = [];
    const rows: Row[] = [
      { line: 1, label: 'a', values: [1] },
      { line: 2, entry: 'w/b/1.png', problem: 'broken' },
      { line: 3, entry: 'w/b/2.png', problem: 'other' },
      { line: 4, entry: 'w/a/2.png', problem: 'broken' },
      { line: 5, problem: 'nowhere' },
    ];
    const seen = await allOf(
      expectEveryFolder(streamOf(rows), ['a', 'b', 'c'], (error) => refused.push(error)),
    );
    expect(seen).toEqual(rows);
    expect(refused.map(({ message }) => message)).toEqual([
      expect.stringContaining('"b" holds no image that can be read (w/b/1.png: broken)'),
      expect.stringContaining('"c" holds no image that can be read (c: it holds none)'),
    ]);
  });
});

describe('the rows of images', () => {
  const shape = { width: 1, height: 1, channels: 1 } as const;
  const examined = { pixels: Uint8Array.of(9), provenance: pixelsProvenance, original: shape };
  const rowsOf = (
    find: () => Promise<DatasetFile | undefined>,
    examine: () => Promise<unknown> = async () => examined,
  ) =>
    allOf(
      readImageRows([{ line: 3, name: 'a\n.png', label: 'x', find }], {
        images: { examine } as never,
        preprocessing: plainContract(shape),
        maxImageBytes: 10,
      }),
    );

  it('have their pixels, what they were made of, and where they were', async () => {
    expect(await rowsOf(async () => fileOf('a', 10))).toEqual([
      {
        line: 3,
        entry: String.raw`a\n.png`,
        label: 'x',
        values: Uint8Array.of(9),
        shape,
        isFinal: true,
        provenance: pixelsProvenance,
        original: shape,
        encoded: Uint8Array.of(7),
      },
    ]);
  });

  it('say why there is none', async () => {
    const references = [{ line: 1, name: 'a\n', problem: 'no' }];
    expect(await allOf(readImageRows(references, {} as never))).toEqual([
      { line: 1, entry: String.raw`a\n`, problem: 'no' },
    ]);
    const entry = String.raw`a\n.png`;
    expect(await rowsOf(async () => undefined)).toEqual([
      { line: 3, entry, problem: 'there is no such file' },
    ]);
    expect(await rowsOf(async () => fileOf('a', 11))).toEqual([
      { line: 3, entry, problem: 'it has 11 bytes; at most 10 are read (GLIMPSE_MAX_IMAGE_BYTES)' },
    ]);
    const fault = new errors.GLIMPSE_DATASET_FORBIDDEN('x');
    expect(await rowsOf(() => Promise.reject(fault))).toEqual([
      { line: 3, entry, problem: `${fault.message} (GLIMPSE_DATASET_FORBIDDEN)` },
    ]);
  });

  it('end with a fault that is not of one image', async () => {
    const silent = new errors.GLIMPSE_STORE_UNAVAILABLE('x', 'y');
    await expect(rowsOf(() => Promise.reject(silent))).rejects.toBe(silent);
    const other = new TypeError('a fault');
    await expect(
      rowsOf(
        async () => fileOf('a'),
        () => Promise.reject(other),
      ),
    ).rejects.toBe(other);
  });

  it('of a table hold the image themselves', async () => {
    const bytes = Uint8Array.of(1, 2);
    const image = imageInRow(4, 'x', bytes);
    expect(image).toMatchObject({ line: 4, name: 'row 4', label: 'x' });
    const file = await (image as { find: () => Promise<DatasetFile> }).find();
    expect([file.name, file.size, await file.read(9)]).toEqual(['row 4', 2, bytes]);
    await expect(file.local()).rejects.toThrow('our bug');
    expect(imageInRow(4, 'x', 'text')).toEqual({
      line: 4,
      name: 'row 4',
      problem: 'it holds no bytes',
    });
  });
});
