import { describe, expect, it } from 'vitest';
import {
  byName,
  formatOfName,
  isArchiveName,
  isHidden,
  isIdxImages,
  isImageName,
  isMarker,
  isNpyName,
  isNpzName,
  isPassedOverImage,
  isUnderscored,
  mayBeImage,
  npyLabelsNames,
  printable,
  toLabelsName,
} from '../../src/datasets/file-names.ts';

describe('a name', () => {
  it.each([
    ['a/x.CSV', 'csv'],
    ['x.tsv.gz', 'csv'],
    ['x.json.bz2', 'json'],
    ['x.jsonl.xz', 'ndjson'],
    ['x.manifest', 'ndjson'],
    ['x.parquet.snappy', 'parquet'],
    ['x.pq', 'parquet'],
    ['x.npz', 'numpy'],
    ['cifar/data_batch_5.bin', 'cifar'],
    ['test_batch.bin', 'cifar'],
    ['my_test_batch.bin', undefined],
    ['train.bin', undefined],
    ['x.npy.gz', 'numpy'],
    ['train-images-idx3', 'idx'],
    ['train-images.ubyte.zst', 'idx'],
    ['x.idx', 'idx'],
    ['idx-of-things', undefined],
    ['train-idx.gz3', undefined],
    ['csv', 'csv'],
    ['x.constructor.txt', undefined],
    ['x', undefined],
  ])('tells the format, a compression at its end aside: %s is %s', (name, format) => {
    expect(formatOfName(name)).toBe(format);
  });

  it('of images of IDX tells that of their labels', () => {
    expect(toLabelsName('t10k-Images-IDX3-ubyte')).toBe('t10k-labels-idx1-ubyte');
    expect(['Images.idx', 'images-ubyte'].map(isIdxImages)).toEqual([true, true]);
    expect(['labels.idx', 'images.csv'].map(isIdxImages)).toEqual([false, false]);
  });

  it('of images of NumPy tells what their labels may be called', () => {
    expect(npyLabelsNames('x_train.npy')).toEqual(['y_train.npy', 'Y_train.npy']);
    expect(npyLabelsNames('train_X.npy')).toEqual(['train_y.npy', 'train_Y.npy']);
    expect(npyLabelsNames('index-x.npy')).toEqual(['index-y.npy', 'index-Y.npy']);
    expect(npyLabelsNames('Images.npy')).toEqual([
      'labels.npy',
      'label.npy',
      'targets.npy',
      'target.npy',
      'y.npy',
    ]);
    expect(npyLabelsNames('image.npy')).toContain('labels.npy');
    expect(npyLabelsNames('img.npy')).toContain('labels.npy');
    expect(npyLabelsNames('digits.npy')).toEqual([]);
  });
});

/** What a question says of names that are so, and of others. */
const questions: readonly [(name: string) => boolean, readonly string[], readonly string[]][] = [
  [isNpyName, ['a/x.NPY', 'x.npy.gz'], ['x.npy.xz', 'x.npyx', 'xnpy', 'x.npz']],
  [isNpzName, ['a/x.NPZ'], ['x.npz.gz', 'xnpz', 'x.npy']],
  [isHidden, ['.DS_Store', 'a/.x.csv.crc', '__MACOSX/a/b.png'], ['a.b', 'a//b', 'a/x__MACOSX']],
  [isUnderscored, ['_SUCCESS', 'a/_x/b.csv'], ['a_b/c_d']],
  [isMarker, ['_SUCCESS', 'a/_delta_log/x'], ['a_SUCCESS', '_defect/1.png']],
  [
    isArchiveName,
    ['x.ZIP', 'x.tar', 'x.tbz', 'x.tbz2', 'x.tar.zst', 'x.tar.z', 'x.7z'],
    ['x.zip.csv', 'xzip', 'x.gz'],
  ],
  [isImageName, ['x.PNG', 'x.jpg', 'x.jpeg', 'x.jpe', 'x.tif', 'x.tiff'], ['x.png.txt', 'xpng']],
  [
    mayBeImage,
    ['x.png', 'cat/x.BMP', 'x.pgm', 'x.ppm', 'cat/image1', 'cat/1'],
    ['x.bmp.txt', 'x.pxm', 'cat/x.txt', 'image1', 'ca.t/'],
  ],
  [
    isPassedOverImage,
    ['_defect/x.png', 'a/_b/c/x.png', '.net/x.png', 'a/b/_c/x.png'],
    ['a/_x.png', 'a_b/x.png', '_a/x.csv', '_a/.git/x.png', '.git/_a/x.png', '__MACOSX/x.png'],
  ],
];

describe.each(questions)('%o', (ask, those, others) => {
  it.each(those)('is so of "%s"', (name) => expect(ask(name)).toBe(true));
  it.each(others)('is not so of "%s"', (name) => expect(ask(name)).toBe(false));
});

describe('the order of names', () => {
  it('is that of their code units', () => {
    const names = ['b', 'a', '\u{1F600}', '\uFFFF', 'B'].map((name) => ({ name }));
    expect(names.toSorted(byName).map(({ name }) => name)).toEqual([
      'B',
      'a',
      'b',
      '\u{1F600}',
      '\uFFFF',
    ]);
    const [a, b] = [{ name: 'a' }, { name: 'b' }];
    expect([byName(a, b), byName(b, a), byName(a, a)]).toEqual([-1, 1, 0]);
  });
});

describe('what is shown of a text', () => {
  it('is printable, and 200 characters at most', () => {
    expect(printable('a\n"b"')).toBe(String.raw`a\n\"b\"`);
    expect(printable('x'.repeat(200))).toBe('x'.repeat(200));
    expect(printable('x'.repeat(201))).toBe(`${'x'.repeat(200)}...`);
  });
});
