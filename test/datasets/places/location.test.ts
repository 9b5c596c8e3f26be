import { describe, expect, it } from 'vitest';
import { createBuckets } from '../../../src/datasets/places/bucket.ts';
import { createSpoolFolder } from '../../../src/datasets/bytes/spool-folder.ts';
import {
  labelsBeside,
  locateDataset,
  type DatasetRoots,
} from '../../../src/datasets/places/location.ts';
import { localFile, localFilesSource } from '../../../src/datasets/places/local.ts';
import type { DatasetSpec, UploadedFile } from '../../../src/datasets/spec.ts';
import { createMemoryStore } from '../../../src/repository/stores/memory-store.ts';
import { folderWith } from '../pictures.ts';

/** Where a request's dataset is found, in a folder with these files and a bucket with one. */
async function located(
  files: Record<string, string>,
  spec: DatasetSpec,
  uploads: readonly UploadedFile[] = [],
) {
  const folder = await folderWith(files);
  const store = createMemoryStore();
  for (const key of ['set/x.csv', 'set/x.npy']) await store.write(key, Buffer.from('1'));
  const roots = {
    root: folder,
    mnistDir: `${folder}/mnist`,
    samplesDir: `${folder}/samples`,
  } as DatasetRoots;
  const buckets = createBuckets({
    openStore: () => store,
    allowed: undefined,
    spool: createSpoolFolder(folder),
    maxBytes: 9,
    maxFiles: 2,
  });
  const { source, labels } = await locateDataset(spec, roots, { uploads, buckets, maxFiles: 2 });
  const names = source.files.map(({ name }) => name);
  return { title: source.title, isFolder: source.isFolder, names, labels: labels?.name };
}

const mnist = Object.fromEntries(
  ['mnist/t10k', 'mnist/train', 'samples/test', 'samples/a', 'samples/x-train'].flatMap((name) =>
    ['images-idx3-ubyte', 'labels-idx1-ubyte'].map((end) => [`${name}-${end}`, '']),
  ),
);

describe('the dataset of a request', () => {
  it.each([
    ['mnist:', ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte']],
    ['MNIST:train', ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte']],
    ['mnist:test', ['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte']],
    ['sample:test', ['test-images-idx3-ubyte', 'test-labels-idx1-ubyte']],
  ])('is a split of what is shipped: %s', async (uri, names) => {
    const { title, isFolder, names: found } = await located(mnist, { uri });
    expect([title, isFolder, found]).toEqual([uri, false, names]);
  });

  it('is the first of several files of a split, in the order of their names', async () => {
    const ends = ['images-idx3-ubyte', 'labels-idx1-ubyte'];
    const names = ['train-2', 'train-1', 'train-3'].flatMap((one) =>
      ends.map((end) => `${one}-${end}`),
    );
    const files = Object.fromEntries(names.map((name) => [`mnist/${name}`, '']));
    const { names: found } = await located(files, { uri: 'mnist:' });
    expect(found).toEqual(ends.map((end) => `train-1-${end}`));
  });

  it.each([
    ['mnist:t10k', 'GLIMPSE_DATASET_INVALID', '"mnist:t10k" names neither train nor test'],
    ['mnist:constructor', 'GLIMPSE_DATASET_INVALID', 'names neither train nor test'],
    ['sample:train', 'GLIMPSE_DATASET_NOT_FOUND', 'sample:train (looked in samples)'],
    ['http://x/y', 'GLIMPSE_DATASET_INVALID', 'its scheme "http:" is not one of'],
    ['none.csv', 'GLIMPSE_DATASET_NOT_FOUND', 'none.csv'],
    ['../x', 'GLIMPSE_DATASET_FORBIDDEN', '../x'],
  ])('is refused with its reason: %s', async (uri, code, reason) => {
    await expect(located(mnist, { uri })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(reason),
    });
  });

  it.each([
    [{}, 'mnist: (looked in GLIMPSE_MNIST_DIR)'],
    [{ 'mnist/train-images-idx3-ubyte': '' }, 'mnist: (looked in GLIMPSE_MNIST_DIR)'],
  ])('is not there without its images or its labels: %j', async (files, reason) => {
    await expect(located(files, { uri: 'mnist:' })).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_NOT_FOUND',
      message: expect.stringContaining(reason),
    });
  });

  it.each<[DatasetSpec, object]>([
    [{ uri: 'a.csv' }, { title: 'a.csv', isFolder: false, names: ['a.csv'] }],
    [{ uri: 'f' }, { title: 'f', isFolder: true, names: ['b.csv', 'c.csv'] }],
    [{ uri: 's3://b/set/' }, { title: 's3://b/set/', isFolder: true, names: ['x.csv', 'x.npy'] }],
    [{ uri: 'a.csv', labelsUri: 'f/b.csv' }, { labels: 'b.csv' }],
    [
      { uri: 's3://b/set/x.csv', labelsUri: 'f/b.csv' },
      { names: ['x.csv'], labels: 'b.csv' },
    ],
    [
      { uri: 'a.csv', labelsUri: 'S3://b/y' },
      { names: ['a.csv'], labels: 'S3://b/y' },
    ],
    [{ uri: 'x.npy' }, { names: ['x.npy'], labels: 'y.npy' }],
  ])(
    'is a file, a folder, or a bucket, and its labels may be elsewhere: %j',
    async (spec, found) => {
      const files = { 'a.csv': '1', 'f/b.csv': '2', 'f/c.csv': '3', 'x.npy': '', 'y.npy': '' };
      expect(await located(files, spec)).toMatchObject(found);
    },
  );

  it('of an array is asked about when several others could be its labels', async () => {
    const names = ['images', 'labels', 'targets'];
    const files = Object.fromEntries(names.map((name) => [`d/e/${name}.npy`, '']));
    await expect(located(files, { uri: 'd/e/images.npy' })).rejects.toMatchObject({
      message: expect.stringContaining('("labels.npy", "targets.npy"); name one by labelsUri'),
      details: { option: 'labelsUri', values: ['d/e/labels.npy', 'd/e/targets.npy'] },
    });
    expect((await located({}, { uri: 's3://b/set/x.npy' })).labels).toBeUndefined();
  });

  it('is the training split of the samples when none is named', async () => {
    const ends = ['images-idx3-ubyte', 'labels-idx1-ubyte'];
    const files = Object.fromEntries(ends.map((end) => [`samples/train-${end}`, '']));
    const { names } = await located(files, { uri: 'sample:' });
    expect(names).toEqual(ends.map((end) => `train-${end}`));
  });

  it('in a folder has no more files than are allowed, and is left when nobody waits', async () => {
    const files = { 'f/a': '', 'f/b': '', 'f/c': '' };
    await expect(located(files, { uri: 'f' })).rejects.toMatchObject({
      code: 'GLIMPSE_ARCHIVE_TOO_LARGE',
    });
    const root = await folderWith(files);
    const options = { uploads: [], maxFiles: 9, signal: AbortSignal.abort() };
    const roots = { root } as DatasetRoots;
    await expect(locateDataset({ uri: 'f' }, roots, options)).rejects.toThrow('abort');
  });

  it('is what was uploaded, without the folders before its names', async () => {
    const folder = await folderWith({ one: '1', two: '22' });
    const uploads = ['one', 'two'].map((name) => ({
      part: 'dataset',
      name: `x/${name}.csv`,
      file: `${folder}/${name}`,
    }));
    expect(await located({}, {}, uploads)).toEqual({
      title: 'the upload',
      isFolder: false,
      names: ['one.csv', 'two.csv'],
      labels: undefined,
    });
    await expect(located({}, {})).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_NOT_FOUND',
      message: expect.stringContaining('an upload'),
    });
  });

  it('is not downloaded where nothing may be', async () => {
    const roots = { root: await folderWith({ 'x.csv': '' }) } as DatasetRoots;
    for (const spec of [{ uri: 's3://b/x' }, { uri: 'x.csv', labelsUri: 's3://b/x' }]) {
      await expect(locateDataset(spec, roots, { uploads: [], maxFiles: 1 })).rejects.toThrow(
        'this is our bug',
      );
    }
  });
});

describe('the labels beside a file', () => {
  it.each([
    [['x-images-idx3-ubyte', 'x-labels-idx1-ubyte'], 'x-labels-idx1-ubyte'],
    [['x_train.npy', 'y_train.npy'], 'y_train.npy'],
    [['x_train.npy', 'z.npy'], undefined],
    [['a.csv', 'labels.csv'], undefined],
    [[], undefined],
  ])('of %j are %s', async (names, labels) => {
    const folder = await folderWith(Object.fromEntries(names.map((name) => [name, ''])));
    const files = await Promise.all(names.map((name) => localFile(name, `${folder}/${name}`)));
    const source = localFilesSource('t', files);
    expect((await labelsBeside(source))?.name).toBe(labels);
    expect(await labelsBeside({ ...source, isFolder: true })).toBeUndefined();
  });

  it('are missed when they are those of IDX', async () => {
    const folder = await folderWith({ 'x-images-idx3-ubyte': '' });
    const file = await localFile('x-images-idx3-ubyte', `${folder}/x-images-idx3-ubyte`);
    await expect(labelsBeside(localFilesSource('t', [file]))).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_NOT_FOUND',
      message: expect.stringContaining('x-labels-idx1-ubyte'),
    });
  });
});
