import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openStore as openObjects } from '../../src/repository/stores/open-store.ts';
import { s3OptionsFor, signInTo } from '../support/s3-options.ts';
import { putObject } from '../support/s3-put.ts';
import { startS3Server } from '../support/s3-server.ts';
import { tar } from '../support/tar.ts';
import { readCifarRows } from '../../src/datasets/formats/cifar/cifar-rows.ts';
import { cifarVersions, isCifar } from '../../src/datasets/formats/cifar/cifar-versions.ts';
import { read, readText } from './dataset-files.ts';
import { fileOf, unlimited } from './disk-files.ts';
import { folderWith } from './pictures.ts';

/** A record: its labels, then a plane of red, one of green and one of blue. */
function record(labels: readonly number[], seed: number): Buffer {
  const planes = Array.from({ length: 3072 }, (_, at) => (at * 7 + seed * 41) % 256);
  return Buffer.from([...labels, ...planes]);
}

/** The pixels of such a record with the channels of each together. */
const pixelsOf = (seed: number): number[] =>
  Array.from({ length: 3072 }, (_, at) => {
    const place = (at % 3) * 1024 + Math.floor(at / 3);
    return (place * 7 + seed * 41) % 256;
  });

const names = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship'];
const ten = {
  'data_batch_2.bin': record([9], 3),
  'data_batch_1.bin': Buffer.concat([record([3], 1), record([0], 2)]),
  'test_batch.bin': record([9], 4),
  'batches.meta.txt': `${[...names, 'truck'].join('\n')}\n\n`,
  'readme.html': '<html>',
};
const hundred = {
  'train.bin': Buffer.concat([record([19, 99], 1), record([0, 2], 2)]),
  'test.bin': record([4, 7], 3),
};

/** The same files below a folder. */
const below = (folder: string, files: Readonly<Record<string, Buffer | string>>) =>
  Object.fromEntries(Object.entries(files).map(([name, data]) => [`${folder}/${name}`, data]));

const packed = async (): Promise<Buffer> =>
  gzipSync(
    await tar(
      Object.entries(below('cifar-10-batches-bin', ten)).map(([name, data]) => ({ name, data })),
    ),
  );

const known = (name: string, size: number) => isCifar([{ name, size }]);

describe('CIFAR-10 in its binary version', () => {
  it('is read from a folder: batches in order, planes as pixels, classes by their names', async () => {
    const folder = await folderWith(below('set', ten));
    const { dataset, format, heldOut, notes, ignored } = await read(folder, { uri: 'set' });
    expect(format).toBe('cifar');
    expect(dataset.shape).toEqual({ width: 32, height: 32, channels: 3 });
    expect(dataset.classes).toEqual([...names, 'truck']);
    expect([...dataset.labels]).toEqual([3, 0, 9]);
    expect([...dataset.pixels]).toEqual([1, 2, 3].flatMap(pixelsOf));
    expect(heldOut).toEqual({ split: 'test' });
    expect(notes).toEqual([
      '"test_batch.bin" beside "data_batch_1.bin" are other splits of the dataset; they are not learnt from.',
    ]);
    expect(ignored.names).toEqual(['readme.html']);
    const apart = await read(folder, { uri: 'set', split: 'test' });
    expect([...apart.dataset.pixels]).toEqual(pixelsOf(4));
    expect([[...apart.dataset.labels], apart.heldOut]).toEqual([[9], undefined]);
  });

  it('is the same as an archive with its folder, and as parts of an upload in any order', async () => {
    const folder = await folderWith(below('set', ten));
    const { digest } = (await read(folder, { uri: 'set' })).dataset;
    const archive = await readText('cifar-10-binary.tar', await packed());
    expect([archive.dataset.digest, archive.heldOut]).toEqual([digest, { split: 'test' }]);
    const uploads = Object.keys(below(join(folder, 'set'), ten))
      .filter((file) => !file.endsWith('.html'))
      .map((file) => ({ part: 'dataset', name: basename(file), file }));
    const uploaded = await read(folder, {}, { uploads });
    expect([uploaded.dataset.digest, uploaded.heldOut]).toEqual([digest, { split: 'test' }]);
  });

  it('has numbers for classes without names beside it, and names beside a single file of it', async () => {
    const folder = await folderWith({
      'a/data_batch_1.bin': ten['data_batch_1.bin'],
      ...below('b', ten),
    });
    const alone = await read(folder, { uri: 'a/data_batch_1.bin' });
    expect([alone.dataset.classes, alone.heldOut]).toEqual([['0', '3'], undefined]);
    const one = await read(folder, { uri: 'b/test_batch.bin' });
    expect([...one.dataset.labels].map((label) => one.dataset.classes[label])).toEqual(['truck']);
  });

  it('is read from a bucket, a folder or an object of it', async () => {
    const s3 = await startS3Server({ bucket: 'data' });
    onTestFinished(() => s3.close());
    signInTo(s3);
    const openStore = (uri: string) => openObjects(uri, s3OptionsFor(s3.endpoint));
    for (const [name, data] of Object.entries(ten)) putObject(s3.objects, `set/${name}`, data);
    const folder = await folderWith(below('set', ten));
    const { digest } = (await read(folder, { uri: 'set' })).dataset;
    const whole = await read(folder, { uri: 's3://data/set/' }, { openStore });
    expect([whole.dataset.digest, whole.heldOut]).toEqual([digest, { split: 'test' }]);
    const one = { uri: 's3://data/set/data_batch_1.bin' };
    expect((await read(folder, one, { openStore })).dataset.classes).toHaveLength(10);
    putObject(s3.objects, 'alone/data_batch_1.bin', ten['data_batch_1.bin']);
    const alone = { uri: 's3://data/alone/data_batch_1.bin' };
    expect((await read(folder, alone, { openStore })).dataset.classes).toEqual(['0', '3']);
  });

  it('tells a bad row of one file by its number alone', async () => {
    const folder = await folderWith(below('set', ten));
    const some = { uri: 'set/data_batch_1.bin', classes: ['cat'] };
    const { badRows } = await read(folder, some, { maxBadRows: 1 });
    expect(badRows.rows).toEqual([{ line: 2, reason: '"airplane" is not one of the classes' }]);
    const whole = await read(folder, { uri: 'set' });
    expect(whole.ignored.kinds).toEqual([
      { reason: 'another file', count: 1, names: ['readme.html'] },
    ]);
  });

  it('lets go of each file it has read', async () => {
    const folder = await folderWith({ x: ten['test_batch.bin'] });
    const released: string[] = [];
    const files = ['a', 'b'].map((name) => ({
      ...fileOf(name),
      local: async () => ({
        path: join(folder, 'x'),
        name,
        release: async () => void released.push(name),
      }),
    }));
    for await (const _ of readCifarRows(files, { version: cifarVersions[10] }, unlimited)) continue;
    expect(released).toEqual(['a', 'b']);
  });

  it('is known by its names, and CIFAR-100 by its size too', () => {
    expect([known('data_batch_1.bin', 5), known('train.bin', 3074)]).toEqual([true, true]);
    expect([known('train.bin', 3073), known('train.bin', 0), known('a.bin', 3074)]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('tells a bad row by its file, and has classes that are asked for', async () => {
    const folder = await folderWith(below('set', ten));
    const some = { uri: 'set', classes: ['truck', 'cat'] };
    const { dataset, badRows } = await read(folder, some, { maxBadRows: 1 });
    expect([...dataset.labels]).toEqual([1, 0]);
    expect(badRows.rows).toEqual([
      {
        line: 2,
        entry: 'data_batch_1.bin',
        reason: '"airplane" is not one of the classes',
      },
    ]);
  });
});

describe('CIFAR-100 in its binary version', () => {
  it('has the fine label for a class, and test.bin to measure on', async () => {
    const folder = await folderWith({ ...below('set', hundred) });
    const { dataset, format, heldOut } = await read(folder, { uri: 'set' });
    expect([format, dataset.classes, heldOut]).toEqual(['cifar', ['2', '99'], { split: 'test' }]);
    expect([...dataset.pixels]).toEqual([1, 2].flatMap(pixelsOf));
    const seven = { uri: 'set/test.bin', classes: ['4', '7'] };
    expect([...(await read(folder, seven)).dataset.labels]).toEqual([1]);
  });

  it('has the names of fine_label_names.txt', async () => {
    const fine = Array.from({ length: 100 }, (_, at) => `name ${at}`);
    fine[0] = 'x'.repeat(200);
    const files = { ...hundred, 'fine_label_names.txt': fine.join('\r\n') };
    const { dataset } = await read(await folderWith(below('set', files)), { uri: 'set' });
    expect(dataset.classes).toEqual(fine);
    expect([...dataset.labels]).toEqual([99, 2]);
  });
});

describe('what is called as CIFAR and is none', () => {
  const batch = 'data_batch_1.bin';
  it.each<[string, Readonly<Record<string, Buffer | string>>, string]>([
    [
      'of another size',
      { [batch]: ten[batch].subarray(1) },
      `"${batch}" is read as CIFAR-10 and has 6145 bytes, which are not whole records of 3073`,
    ],
    ['empty', { [batch]: '' }, `"${batch}" is read as CIFAR-10 and has 0 bytes`],
    [
      'with a label beyond the last class',
      { [batch]: Buffer.concat([record([9], 1), record([10], 1)]) },
      `"${batch}" is read as CIFAR-10: a label of record 2 is 10, and there are 10 classes`,
    ],
    [
      'with a label that no name is for',
      { ...ten, 'batches.meta.txt': 'cat\ndog\n' },
      'a label of record 1 is 3, and there are 2 classes',
    ],
    [
      'with a name that is there twice',
      { ...ten, 'batches.meta.txt': 'cat\n cat\n' },
      '"batches.meta.txt" must hold the name of a class on each line',
    ],
    ['with no names', { ...ten, 'batches.meta.txt': '\n' }, '"batches.meta.txt" must hold'],
    [
      'with a long name',
      { ...ten, 'batches.meta.txt': ['x'.repeat(201), ...names].join('\n') },
      '"batches.meta.txt" must hold the name of a class on each line',
    ],
    [
      'with too many names',
      { ...ten, 'batches.meta.txt': 'x'.repeat(65_537) },
      'it has 65537 bytes; at most 65536 are read',
    ],
    [
      'with a coarse label beyond the last',
      { 'train.bin': record([20, 1], 1) },
      '"train.bin" is read as CIFAR-100: a label of record 1 is 20, and there are 20 classes',
    ],
    [
      'with a fine label beyond the last',
      { 'train.bin': record([1, 100], 1) },
      '"train.bin" is read as CIFAR-100: a label of record 1 is 100, and there are 100 classes',
    ],
    [
      'cut off beside names',
      { 'train.bin': record([1, 1], 1).subarray(1), 'fine_label_names.txt': 'x' },
      '"train.bin" is read as CIFAR-100 and has 3073 bytes, which are not whole records of 3074',
    ],
    ['of both versions', { ...ten, ...hundred }, 'it holds CIFAR more than once'],
    ['beside a table', { ...ten, 'a.csv': 'label,0\n' }, 'data files of one format'],
    [
      'of another kind',
      { 'train.bin': record([1], 1), 'test.bin': record([1], 2) },
      'binary data of a kind that is not known',
    ],
    [
      'a pickle that is none',
      { data_batch_1: 'x', 'batches.meta': 'x' },
      '"batches.meta" is read as the Python version of CIFAR, a pickle: it ends too early',
    ],
  ])('is refused: %s', async (_, files, reason) => {
    const reading = read(await folderWith(below('set', files)), { uri: 'set' });
    await expect(reading).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining(reason),
    });
  });

  it('and what it does not hold, or says itself, is no question', async () => {
    const folder = await folderWith(below('set', ten));
    await expect(read(folder, { uri: 'set', split: 'validation' })).rejects.toThrow(
      'CIFAR-10: it has no file of the split "validation"',
    );
    await expect(read(folder, { uri: 'set', layout: 'chw' })).rejects.toThrow(
      'layout is for tables; cifar say it themselves',
    );
    await expect(readText('a.bin', ten[batch], { format: 'cifar' })).rejects.toThrow(
      'CIFAR: none of its files is called data_batch_1.bin',
    );
  });
});
