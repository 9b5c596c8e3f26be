import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { bzip2 } from '../../support/bzip2.ts';
import { npy } from '../../support/npy.ts';
import { tfRecords, type TestFeature } from '../../support/tfrecord.ts';
import { xz } from '../../support/xz.ts';
import { zip } from '../../support/zip.ts';
import { idx } from '../dataset-files.ts';
import {
  examples,
  inside,
  one,
  shape,
  side,
  spark,
  testExamples,
  type Example,
  type Files,
  type Form,
} from './logical-dataset.ts';

const bytesOf = (some: readonly Example[]): Buffer => Buffer.concat(some.map((one) => one.pixels));
const labelsOf = (some: readonly Example[]): Uint8Array =>
  Uint8Array.from(some, ({ label }) => label);
const idxImages = (some: readonly Example[]): Buffer =>
  idx([some.length, side, side], bytesOf(some));
const idxLabels = (some: readonly Example[]): Buffer => idx([some.length], labelsOf(some));

/** A pair of IDX files under MNIST's names. */
const pair = (end = '', pack: (bytes: Buffer) => Uint8Array = (bytes) => bytes): Files => ({
  [`train-images-idx3-ubyte${end}`]: pack(idxImages(examples)),
  [`train-labels-idx1-ubyte${end}`]: pack(idxLabels(examples)),
});
const testPair = (end = '', pack: (bytes: Buffer) => Uint8Array = (bytes) => bytes): Files => ({
  [`t10k-images-idx3-ubyte${end}`]: pack(idxImages(testExamples)),
  [`t10k-labels-idx1-ubyte${end}`]: pack(idxLabels(testExamples)),
});
const pairForm = (name: string, end: string, pack: (bytes: Buffer) => Uint8Array): Form => ({
  name: `IDX files in ${name}`,
  files: async () => pair(end, pack),
  uri: `train-images-idx3-ubyte${end}`,
});

const npyImages = (some: readonly Example[], axes: 2 | 3 | 4 = 3): Buffer =>
  npy({
    descr: '|u1',
    shape: {
      2: [some.length, side * side],
      3: [some.length, side, side],
      4: [some.length, side, side, 1],
    }[axes],
    data: bytesOf(some),
  });
const npyLabels = (some: readonly Example[], descr: '|u1' | '<i8' = '|u1'): Buffer => {
  const wide = BigInt64Array.from(some, ({ label }) => BigInt(label));
  const data = descr === '|u1' ? labelsOf(some) : new Uint8Array(wide.buffer);
  return npy({ descr, shape: [some.length], data });
};
const npyFloats = (): Buffer => {
  const data = Float32Array.from(bytesOf(examples));
  return npy({
    descr: '<f4',
    shape: [examples.length, side, side],
    data: new Uint8Array(data.buffer),
  });
};
const npz = (entries: Record<string, Buffer>, stored = true): Buffer =>
  zip(Object.entries(entries).map(([name, data]) => ({ name: `${name}.npy`, data, stored })));

/** TFRecords of tf.train.Example, with these features beside the label. */
const tfRecord = (
  some: readonly Example[],
  features: (one: Example) => Readonly<Record<string, TestFeature>>,
): Buffer => tfRecords(some.map((one) => ({ ...features(one), label: [one.label] })));
const slim = ({ png }: Example) => ({ 'image/encoded': png, 'image/format': Buffer.from('png') });
const raw = ({ pixels }: Example) => ({ image_raw: pixels, height: [side], width: [side] });

const parquet = (name: string): Promise<Buffer> =>
  readFile(join(import.meta.dirname, '..', 'parquet-files', `${name}.parquet`));

/** Tables as Arrow's own library writes them: a column for each pixel, lists of bytes, or PNG. */
async function arrow(
  kind: 'columns' | 'lists' | 'images',
  as: 'file' | 'stream',
): Promise<Uint8Array> {
  const library = await import('apache-arrow');
  const { Field, List, Uint8, vectorFromArray, Binary } = library;
  const label = vectorFromArray(examples.map((one) => BigInt(one.label)));
  const bytes = new List(new Field('item', new Uint8()));
  const columns = {
    columns: () =>
      Object.fromEntries(
        Array.from({ length: side * side }, (_, at) => [
          `p${at}`,
          vectorFromArray(
            examples.map(({ pixels }) => pixels[at]!),
            new Uint8(),
          ),
        ]),
      ),
    lists: () => ({
      pixels: vectorFromArray(
        examples.map(({ pixels }) => [...pixels]),
        bytes,
      ),
    }),
    images: () => ({
      image: vectorFromArray(
        examples.map(({ png }) => png),
        new Binary(),
      ),
    }),
  }[kind]();
  const table = new library.Table({ ...columns, label });
  return library.tableToIPC(table, as);
}

export const arrayForms: readonly Form[] = [
  { name: 'a pair of IDX files', files: async () => pair(), uri: 'train-images-idx3-ubyte' },
  pairForm('gzip', '.gz', gzipSync),
  pairForm('bzip2', '.bz2', bzip2),
  pairForm('xz', '.xz', xz),
  { name: 'a folder of IDX files', ...inside('set', () => pair()) },
  {
    name: 'the four files of MNIST',
    ...inside('set', () => ({ ...pair(), ...testPair() })),
    hasTest: true,
  },
  {
    name: 'the four files of MNIST, gzipped in a zip',
    ...one('set.zip', () =>
      zip(
        Object.entries({ ...pair('.gz', gzipSync), ...testPair('.gz', gzipSync) }).map(
          ([name, data]) => ({ name: `MNIST/raw/${name}`, data }),
        ),
      ),
    ),
    hasTest: true,
  },
  {
    name: 'a zip of IDX files in a folder',
    ...one('set.zip', () =>
      zip(Object.entries(pair()).map(([name, data]) => ({ name: `x/${name}`, data }))),
    ),
  },
  {
    name: 'IDX files whose labels are named',
    files: async () => ({ 'a.bin': idxImages(examples), 'b.bin': idxLabels(examples) }),
    uri: 'a.bin',
    spec: { labelsUri: 'b.bin', format: 'idx' },
  },
  {
    name: '.npz of Keras',
    ...one('mnist.npz', () =>
      npz({
        x_test: npyImages(testExamples),
        x_train: npyImages(examples),
        y_test: npyLabels(testExamples),
        y_train: npyLabels(examples),
      }),
    ),
    hasTest: true,
  },
  {
    name: '.npz, compressed, of rows',
    ...one('set.npz', () =>
      npz({ X: npyImages(examples, 2), y: npyLabels(examples, '<i8') }, false),
    ),
    spec: { shape },
  },
  {
    name: '.npz of one channel',
    ...one('set.npz', () => npz({ images: npyImages(examples, 4), labels: npyLabels(examples) })),
  },
  {
    name: '.npz of floats',
    ...one('set.npz', () => npz({ x: npyFloats(), y: npyLabels(examples) })),
  },
  {
    name: 'a folder of .npy',
    ...inside('set', () => ({
      'X_train.npy': npyImages(examples),
      'y_train.npy': npyLabels(examples),
    })),
  },
  {
    name: '.npy beside its labels',
    files: async () => ({ 'images.npy': npyImages(examples), 'labels.npy': npyLabels(examples) }),
    uri: 'images.npy',
  },
  { name: 'Arrow of columns', ...one('rows.arrow', () => arrow('columns', 'file')) },
  { name: 'Arrow of lists', ...one('rows.feather', () => arrow('lists', 'file')) },
  { name: 'a stream of Arrow', ...one('rows.arrows', () => arrow('lists', 'stream')) },
  {
    name: 'Arrow with images',
    ...one('rows.arrow', () => arrow('images', 'file')),
    spec: { shape },
  },
  { name: 'Parquet', ...one('rows.parquet', () => parquet('forms')) },
  {
    name: 'Parquet with images',
    ...one('images.parquet', () => parquet('forms-png')),
    spec: { shape },
  },
  {
    name: "Parquet of Spark's image struct",
    ...one('images.parquet', () => parquet('forms-spark-images')),
    spec: { shape },
  },
  {
    name: 'Parquet of vectors of Spark ML',
    ...one('vectors.parquet', () => parquet('forms-spark-vectors')),
  },
  {
    name: 'TFRecord of images',
    ...one('train.tfrecord', () => tfRecord(examples, slim)),
    spec: { shape },
  },
  { name: 'TFRecord of raw pixels', ...one('train.tfrecord', () => tfRecord(examples, raw)) },
  {
    name: 'TFRecord of numbers, gzipped',
    ...one('numbers.tfrecord.gz', () =>
      gzipSync(tfRecord(examples, ({ pixels }) => ({ pixels: [...pixels] }))),
    ),
  },
  {
    name: 'shards of TFRecord',
    ...inside('set', () => ({
      'train.tfrecord-00000-of-00002': tfRecord(examples.slice(0, 17), raw),
      'train.tfrecord-00001-of-00002': tfRecord(examples.slice(17), raw),
    })),
  },
  {
    name: 'Parquet partitioned by label',
    ...inside('table', async () => ({
      _SUCCESS: '',
      'label=0/part-00000-a.c000.snappy.parquet': await parquet('forms-of-0'),
      'label=1/part-00000-a.c000.snappy.parquet': await parquet('forms-of-1'),
      'label=2/part-00000-a.c000.snappy.parquet': await parquet('forms-of-2'),
    })),
  },
  {
    name: 'Parquet parts of Spark',
    ...inside('table', async () =>
      spark('snappy.parquet', [await parquet('forms-part-0'), await parquet('forms-part-1')]),
    ),
  },
];
