import { describe, expect, it } from 'vitest';
import { pickledBatch, pickledNames } from '../support/pickled-cifar.ts';
import { read } from './dataset-files.ts';
import { folderWith } from './pictures.ts';

const planes = (seed: number): number[] =>
  Array.from({ length: 3072 }, (_, at) => (at * 7 + seed * 41) % 256);
const batch = (labels: readonly number[], seeds: readonly number[], key?: string) =>
  pickledBatch(labels, Uint8Array.from(seeds.flatMap(planes)), key);
const records = (labels: readonly number[], seeds: readonly number[]): Buffer =>
  Buffer.concat(seeds.map((seed, at) => Buffer.from([labels[at]!, ...planes(seed)])));

const names = ['plane', 'car', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];
const ten = {
  'set/batches.meta': pickledNames(names),
  'set/data_batch_1': batch([3, 0], [1, 2]),
  'set/data_batch_2': batch([9], [3]),
  'set/test_batch': batch([9], [4]),
};

describe('CIFAR in its Python version', () => {
  it('is the same dataset as in its binary version, with the test batch apart', async () => {
    const binary = await folderWith({
      'set/batches.meta.txt': names.join('\n'),
      'set/data_batch_1.bin': records([3, 0], [1, 2]),
      'set/data_batch_2.bin': records([9], [3]),
      'set/test_batch.bin': records([9], [4]),
    });
    const folder = await folderWith(ten);
    for (const split of ['train', 'test'] as const) {
      const one = await read(folder, { uri: 'set', split });
      const other = await read(binary, { uri: 'set', split });
      expect(one.format).toBe('cifar');
      expect(one.dataset.digest).toBe(other.dataset.digest);
      expect(one.ignored.count).toBe(0);
    }
    expect((await read(folder, { uri: 'set' })).heldOut).toEqual({ split: 'test' });
  });

  it('has the fine labels where there are a hundred classes', async () => {
    const folder = await folderWith({
      'cifar-100-python/train': batch([99, 2], [1, 2], 'fine_labels'),
      'cifar-100-python/test': batch([4], [3], 'fine_labels'),
      'cifar-100-python/meta': pickledNames(
        Array.from({ length: 100 }, (_, at) => `class ${at}`),
        'fine_label_names',
      ),
    });
    const { dataset } = await read(folder, { uri: '.' });
    expect([...dataset.labels].map((label) => dataset.classes[label])).toEqual([
      'class 99',
      'class 2',
    ]);
  });

  it.each([
    ['a label of no class', { 'set/data_batch_1': batch([11], [1]) }, 'a label of record 1 is 11'],
    [
      'more labels than images',
      { 'set/data_batch_1': batch([1, 2], [1]) },
      'its data are not 2 images of 3072 values',
    ],
    ['other keys', { 'set/data_batch_1': batch([1], [1], 'letters') }, 'it has no labels and data'],
    ['names alone', { ...ten, 'set/batches.meta': batch([1], [1]) }, 'it has no names of classes'],
    [
      'both versions',
      { ...ten, 'set/data_batch_1.bin': records([3], [1]) },
      'it holds CIFAR more than once',
    ],
  ])('is refused with %s', async (_, files, reason) => {
    await expect(read(await folderWith(files), { uri: 'set' })).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining(reason),
    });
  });
});
