import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { zip } from '../support/zip.ts';
import { read } from './dataset-files.ts';
import { drawPictures, folderWith, pictureShape } from './pictures.ts';

const shape = pictureShape;
const pictures = await drawPictures(12);
const png = (at: number) => pictures[at % pictures.length]!.png;

/** A folder "set" with a picture under each of these names, and other files as they are given. */
const setWith = (names: readonly string[], others: Record<string, string> = {}) =>
  folderWith({
    ...Object.fromEntries(names.map((name, at) => [`set/${name}`, png(at)])),
    ...Object.fromEntries(Object.entries(others).map(([name, text]) => [`set/${name}`, text])),
  });

const labelsOf = async (folder: string, uri = 'set', maxBadRows = 0) => {
  const { dataset, notes, heldOut, ignored } = await read(folder, { uri, shape }, { maxBadRows });
  return { labels: [...dataset.labels].map((at) => dataset.classes[at]), notes, heldOut, ignored };
};

const both = [
  'train_images/0.jpg',
  'train_images/1.jpg',
  'train_images/2.jpg',
  'test_images/0.jpg',
  'test_images/7.jpg',
];

describe('a table beside images', () => {
  it.each([
    ['names of files', 'image_id,label\n0.jpg,cat\n1.jpg,dog\n2.jpg,cat\n'],
    ['their stems', 'image_id,label\n0,cat\n1,dog\n2,cat\n'],
    ['with the label first', 'label,id\ncat,0\ndog,1\ncat,2\n'],
    ['without a header', '0,cat\n1,dog\n2,cat\n'],
    ['as tabs', 'image_id\tlabel\n0.jpg\tcat\n1.jpg\tdog\n2.jpg\tcat\n'],
  ])('is the manifest when its cells are %s, whatever its header', async (_, text) => {
    const { labels, notes } = await labelsOf(await setWith(both, { 'train.csv': text }));
    expect(labels).toEqual(['cat', 'dog', 'cat']);
    expect(notes).toEqual([]);
  });

  it('reads the image of the folder that is called like it, where a name is there twice', async () => {
    const folder = await setWith(both, { 'train.csv': 'id,label\n0,cat\n2,dog\n' });
    const { dataset } = await read(folder, { uri: 'set', shape });
    expect([...dataset.pixels]).toEqual([...pictures[0]!.pixels, ...pictures[2]!.pixels]);
    const unclear = await setWith(['a/0.png', 'b/0.png', 'b/1.png'], {
      'x.csv': 'id,label\n0,cat\n1,dog\n',
    });
    const { badRows } = await read(
      unclear,
      { uri: 'set', shape, classes: ['cat', 'dog'] },
      { maxBadRows: 1 },
    );
    expect(badRows.rows[0]?.reason).toContain(
      '"0" could be several images (a/0.png, b/0.png); give their paths',
    );
  });

  it('is chosen among several by its name, and the others are told', async () => {
    const folder = await setWith(both, {
      'train.csv': 'id,label\n0,cat\n1,dog\n',
      'sample_submission.csv': 'id,label\n7,cat\n0,cat\n',
    });
    const { labels, notes } = await labelsOf(folder);
    expect(labels).toEqual(['cat', 'dog']);
    expect(notes).toEqual([
      expect.stringContaining('"sample_submission.csv" lies beside the images and is not used'),
    ]);
  });

  it('is told when it names none of them: as a note, or as the reason why no classes are known', async () => {
    const table = { 'prices.csv': 'fruit,price\napple,3\npear,4\n' };
    const { labels, notes } = await labelsOf(await setWith(['a/0.png', 'b/1.png'], table));
    expect(labels).toEqual(['a', 'b']);
    expect(notes).toEqual([expect.stringContaining('"prices.csv"')]);
    await expect(labelsOf(await setWith(['0.png', '1.png'], table))).rejects.toThrow(
      'nothing tells the classes of its images: put them into a folder for each class, or add a manifest (path,label); "prices.csv" beside them names none of them',
    );
  });

  it('of numbers is no manifest, though images may be called like some of them', async () => {
    const rows = Array.from({ length: 12 }, (_, at) => [at % 2, at, 200, 3, 4].join(','));
    const folder = await setWith(['a/0.png', 'b/1.png'], { 'pixels.csv': rows.join('\n') });
    expect((await labelsOf(folder)).labels).toEqual(['a', 'b']);
  });
});

describe('folders called train and test', () => {
  it('are splits: the first is learnt from, the other can be measured on', async () => {
    const folder = await setWith([
      'train/cat/0.png',
      'train/dog/1.png',
      'test/cat/2.png',
      'val/dog/3.png',
    ]);
    const { labels, notes, heldOut, ignored } = await labelsOf(folder);
    expect(labels).toEqual(['cat', 'dog']);
    expect(heldOut).toEqual({ uri: 'set/test' });
    expect(ignored.count).toBe(2);
    expect(notes).toEqual([
      '"test" and "val" beside "train" are splits of the dataset and no classes; they are not learnt from.',
    ]);
  });

  it('are splits inside of an archive too, where the other is named by its path', async () => {
    const folder = await folderWith({});
    const entries = ['x/train/cat/0.png', 'x/train/dog/1.png', 'x/valid/cat/2.png'];
    await writeFile(
      join(folder, 'x.zip'),
      zip(entries.map((name, at) => ({ name, data: png(at) }))),
    );
    const { labels, heldOut, notes } = await labelsOf(folder, 'x.zip');
    expect([labels, heldOut, notes.length]).toEqual([['cat', 'dog'], { path: 'x/valid' }, 1]);
  });

  it.each([
    [['train/0.png', 'test/1.png'], '"test", "train"'],
    [['train_images/0.png', 'test_images/1.png'], '"test_images", "train_images"'],
  ])('are never classes: %j', async (names, named) => {
    await expect(labelsOf(await setWith(names))).rejects.toThrow(
      `nothing tells the classes of its images: its folders ${named} are splits of a dataset and no classes`,
    );
  });

  it('are classes beside others: a train beside a car', async () => {
    expect((await labelsOf(await setWith(['train/0.png', 'car/1.png']))).labels).toEqual([
      'car',
      'train',
    ]);
  });
});

describe('a class folder', () => {
  it.each([
    [
      'bitmaps',
      { 'b/1.bmp': 'BM......', 'b/2.bmp': 'BM......' },
      /"b" holds no image that can be read \(b\/1.bmp: .*BMP/,
    ],
    [
      'text without an extension',
      { 'b/1': 'hello' },
      /"b" holds no image that can be read \(b\/1: /,
    ],
  ])('none of whose files can be read is an error that names it: %s', async (_, files, message) => {
    const folder = await setWith(['a/0.png', 'c/1.png'], files);
    await expect(labelsOf(folder, 'set', 0.01)).rejects.toThrow(message);
    await expect(labelsOf(folder, 'set', 5)).rejects.toThrow(message);
  });

  it.each(['_defect', '.defect'])('is an error when its name hides it: %s', async (name) => {
    const folder = await setWith(['a/0.png', 'b/1.png', `${name}/2.png`, '.thumbnails/a.png']);
    await expect(labelsOf(folder)).rejects.toThrow(
      `the folder "${name}" lies among the class folders`,
    );
  });

  it('is found inside of the one folder that lies beside a logo, which is left out', async () => {
    const folder = await setWith(['a/0.png', 'b/1.png'], {});
    await writeFile(join(folder, 'logo.png'), png(2));
    const opened = await read(folder, { uri: '.', shape: pictureShape });
    expect(opened.dataset.classes).toEqual(['a', 'b']);
    expect(opened.ignored.kinds).toEqual([
      { reason: 'images in no class folder', count: 1, names: ['logo.png'] },
    ]);
  });

  it('has images by their bytes, whatever they are called', async () => {
    const folder = await setWith(['a/0', 'a/1.bmp', 'b/2', 'b/3.png']);
    expect((await labelsOf(folder)).labels).toEqual(['a', 'a', 'b', 'b']);
    expect((await labelsOf(await setWith(['a/0', 'b/1']))).labels).toEqual(['a', 'b']);
  });
});
