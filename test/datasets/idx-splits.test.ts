import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { idx, read, temporaryFolder } from './dataset-files.ts';

const training = idx([2, 2, 2], Uint8Array.from([0, 1, 2, 3, 252, 253, 254, 255]));
const trainingLabels = idx([2], Uint8Array.from([0, 1]));
const test = idx(
  [3, 2, 2],
  Uint8Array.from({ length: 12 }, (_, index) => index * 20),
);
const testLabels = idx([3], Uint8Array.from([0, 1, 0]));

/** A folder with the four files under these names. */
async function folderWith(names: readonly string[]): Promise<string> {
  const folder = await temporaryFolder();
  const contents = [training, trainingLabels, test, testLabels];
  for (const [at, name] of names.entries()) {
    const bytes = contents[at]!;
    await writeFile(join(folder, name), name.endsWith('.gz') ? gzipSync(bytes) : bytes);
  }
  return folder;
}

const spelled = {
  dashes: [
    'train-images-idx3-ubyte',
    'train-labels-idx1-ubyte',
    't10k-images-idx3-ubyte',
    't10k-labels-idx1-ubyte',
  ],
  dots: [
    'train-images.idx3-ubyte',
    'train-labels.idx1-ubyte',
    't10k-images.idx3-ubyte',
    't10k-labels.idx1-ubyte',
  ],
  'gzip, and not all of it': [
    'train-images-idx3-ubyte.gz',
    'train-labels-idx1-ubyte',
    't10k-images-idx3-ubyte',
    't10k-labels-idx1-ubyte.gz',
  ],
  EMNIST: [
    'emnist-digits-train-images-idx3-ubyte.gz',
    'emnist-digits-train-labels-idx1-ubyte.gz',
    'emnist-digits-test-images-idx3-ubyte.gz',
    'emnist-digits-test-labels-idx1-ubyte.gz',
  ],
};

describe('the four files of MNIST', () => {
  it.each(Object.entries(spelled))(
    'in one folder are a dataset and what it is measured on: %s',
    async (_, names) => {
      const folder = await folderWith(names);
      const { dataset, heldOut, notes } = await read(folder, { uri: '.' });
      expect(dataset.labels).toHaveLength(2);
      expect(heldOut).toEqual({ split: 'test' });
      expect(notes).toEqual([
        `"${names[2]}" beside "${names[0]}" are other splits of the dataset; they are not learnt from.`,
      ]);
      const apart = await read(folder, { uri: '.', split: 'test' });
      expect([...apart.dataset.labels]).toEqual([0, 1, 0]);
      expect(apart.heldOut).toBeUndefined();
    },
  );

  it('as parts of one upload are the same, in any order', async () => {
    const folder = await folderWith(spelled.dots);
    const uploads = spelled.dots
      .toReversed()
      .map((name) => ({ part: 'data', name, file: join(folder, name) }));
    const { dataset, heldOut } = await read(folder, {}, { uploads });
    expect([...dataset.pixels]).toEqual([0, 1, 2, 3, 252, 253, 254, 255]);
    expect(heldOut).toEqual({ split: 'test' });
    const apart = await read(folder, { split: 'test' }, { uploads });
    expect(apart.dataset.labels).toHaveLength(3);
  });

  it('without those of a split are read without it, and say so when it is asked for', async () => {
    const folder = await folderWith(spelled.dashes.slice(0, 2));
    const { dataset, heldOut, notes } = await read(folder, { uri: '.' });
    expect([dataset.labels.length, heldOut, notes]).toEqual([2, undefined, []]);
    await expect(read(folder, { uri: '.', split: 'test' })).rejects.toThrow(
      'IDX: it has no file of images of the split "test" with its labels',
    );
  });

  it('of two training sets are asked for', async () => {
    const folder = await folderWith(spelled.dashes.slice(0, 2));
    await writeFile(join(folder, 'train-b-images-idx3-ubyte'), training);
    await writeFile(join(folder, 'train-b-labels-idx1-ubyte'), trainingLabels);
    await expect(read(folder, { uri: '.' })).rejects.toMatchObject({
      details: { option: 'path', values: ['train-b-images-idx3-ubyte', 'train-images-idx3-ubyte'] },
    });
  });
});
