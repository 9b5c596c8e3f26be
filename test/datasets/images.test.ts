import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { describeDataset } from '../../src/datasets/report.ts';
import { createMemoryStore } from '../../src/repository/stores/memory-store.ts';
import { jpegKinds } from '../image/images.ts';
import { tar } from '../support/tar.ts';
import { zip } from '../support/zip.ts';
import { read, readText } from './dataset-files.ts';
import { asCsv, drawPictures, folderWith, nameOf, pictureShape, type Picture } from './pictures.ts';

const shape = pictureShape;

/** The digest of the same pictures as rows of pixels: every form below must have it. */
async function expectedDigest(pictures: readonly Picture[]): Promise<string> {
  return (await readText('rows.csv', asCsv(pictures))).dataset.digest;
}

const entriesOf = (pictures: readonly Picture[], prefix = '') =>
  pictures.map((picture, index) => ({
    name: `${prefix}${nameOf(picture, index)}`,
    data: picture.png,
  }));

const filesOf = (pictures: readonly Picture[], prefix = '') =>
  Object.fromEntries(entriesOf(pictures, prefix).map(({ name, data }) => [name, data]));

describe('images in class folders', () => {
  it('are the same dataset as a folder, a zip, a tar and a tar.gz, in any order, and as rows', async () => {
    const pictures = await drawPictures(10);
    const shuffled = entriesOf(pictures).toReversed();
    const folder = await folderWith({
      ...filesOf(pictures, 'set/'),
      'set.zip': zip(shuffled),
      'set.tar': await tar(shuffled),
      'set.tar.gz': gzipSync(await tar(shuffled)),
    });
    const digest = await expectedDigest(pictures);
    for (const uri of ['set', 'set.zip', 'set.tar', 'set.tar.gz']) {
      const { dataset, format } = await read(folder, { uri, shape });
      expect([uri, dataset.digest, format]).toEqual([uri, digest, 'images']);
      expect(dataset.classes).toEqual(['cat', 'dog']);
    }
  });

  it('are found below folders that hold all of them, beside files that are none', async () => {
    const pictures = await drawPictures(4);
    const junk = { name: '__MACOSX/cat/._000.png', data: 'x' };
    const archive = zip([
      ...entriesOf(pictures, 'photos/train/'),
      { name: 'photos/train/', mode: 0o40755, stored: true },
      { name: 'photos/train/cat/.DS_Store', data: 'x' },
      { name: 'photos/README.md', data: 'hello' },
      { name: 'photos/train/cat/more.zip', data: zip(entriesOf(pictures)) },
      { name: 'photos/train/_old/000.txt', data: 'x' },
      junk,
    ]);
    const { dataset, ignored } = await read(await folderWith({ 'x.zip': archive }), {
      uri: 'x.zip',
      shape,
    });
    expect(dataset.digest).toBe(await expectedDigest(pictures));
    expect(ignored).toEqual({
      count: 3,
      archives: 1,
      names: ['photos/train/_old/000.txt', 'photos/train/cat/more.zip', 'photos/README.md'],
      kinds: [
        {
          reason: 'hidden',
          count: 2,
          names: ['__MACOSX/cat/._000.png', 'photos/train/cat/.DS_Store'],
        },
        { reason: 'its name begins with "_"', count: 1, names: ['photos/train/_old/000.txt'] },
        { reason: 'an archive among the files', count: 1, names: ['photos/train/cat/more.zip'] },
        { reason: 'no image, nor the list of them', count: 1, names: ['photos/README.md'] },
      ],
    });
  });

  it('become 28x28 grey unless a shape is asked for, and take colour', async () => {
    const pictures = await drawPictures(4);
    const folder = await folderWith(filesOf(pictures, 'set/'));
    const small = await read(folder, { uri: 'set' });
    expect(small.dataset.shape).toEqual({ width: 28, height: 28, channels: 1 });
    const colour = { width: 4, height: 4, channels: 3 } as const;
    const wide = await read(folder, { uri: 'set', shape: colour });
    expect(wide.dataset.shape).toEqual(colour);
    expect(wide.dataset.pixels).toHaveLength(4 * 48);
  });

  it('are prepared in the way the caller prepares images', async () => {
    const pictures = await drawPictures(4);
    const folder = await folderWith(filesOf(pictures, 'set/'));
    const plain = await read(folder, { uri: 'set', shape });
    const inverted = await read(
      folder,
      { uri: 'set', shape },
      { preprocessing: { polarity: 'dark-on-light' } },
    );
    const mirrored = plain.dataset.pixels.map((value) => 255 - value);
    const changed = inverted.dataset.pixels.filter((value, at) => value === mirrored[at]);
    expect(changed.length).toBeGreaterThan(0);
  });

  it('that cannot be read are bad rows with their name and code', async () => {
    const pictures = await drawPictures(6);
    const archive = zip([
      ...entriesOf(pictures),
      { name: 'cat/a.png', data: pictures[0]!.png.subarray(0, 40) },
      { name: 'cat/b.jpg', data: 'not an image' },
      { name: 'cat/c.png', data: '' },
      { name: 'cat/d.png', data: pictures[0]!.png, crc: 1 },
      { name: 'dog/huge.png', data: Buffer.alloc(1_000_001), stored: true },
      { name: 'stray.png', data: pictures[0]!.png },
    ]);
    const { badRows, rowsRead, dataset } = await read(
      await folderWith({ 'x.zip': archive }),
      { uri: 'x.zip', shape },
      { maxBadRows: 6 },
    );
    expect(dataset.labels).toHaveLength(6);
    expect(rowsRead).toBe(12);
    expect(badRows.rows).toEqual([
      { line: 4, entry: 'cat/a.png', reason: expect.stringContaining('GLIMPSE_IMAGE_TRUNCATED') },
      {
        line: 5,
        entry: 'cat/b.jpg',
        reason: expect.stringContaining('GLIMPSE_UNSUPPORTED_FORMAT'),
      },
      { line: 6, entry: 'cat/c.png', reason: expect.stringContaining('GLIMPSE_IMAGE_EMPTY') },
      { line: 7, entry: 'cat/d.png', reason: expect.stringContaining('damaged (CRC)') },
      {
        line: 11,
        entry: 'dog/huge.png',
        reason: expect.stringContaining('GLIMPSE_MAX_IMAGE_BYTES'),
      },
      { line: 12, entry: 'stray.png', reason: 'it lies in no class folder' },
    ]);
  });

  it('that lost pixels inside are kept, counted and named, and no report speaks of whole ones', async () => {
    const { whole, cutAndEnded } = await jpegKinds();
    const folder = await folderWith({
      'set/cat/cut.jpg': cutAndEnded,
      'set/cat/whole.jpg': whole,
      'set/dog/whole.jpg': whole,
    });
    const opened = await read(folder, { uri: 'set', shape });
    expect(opened.dataset.labels).toHaveLength(3);
    expect(opened.badRows.count).toBe(0);
    const none = new Int32Array();
    expect(describeDataset(opened, none, none, none).damaged).toEqual({
      count: 1,
      rows: [{ line: 1, entry: 'cat/cut.jpg' }],
    });
    const dogs = await read(folder, { uri: 'set', shape, offset: 1 });
    expect(describeDataset(dogs, none, none, none)).not.toHaveProperty('damaged');
  });
});

const rowsOf = (pictures: readonly Picture[]) =>
  pictures.map((picture, index) => ({ path: `img/${index}.png`, label: picture.label }));
const imagesOf = (pictures: readonly Picture[], prefix = '') =>
  Object.fromEntries(pictures.map(({ png }, index) => [`${prefix}img/${index}.png`, png]));

const augmentedLine = (path: string, label: string) =>
  `${JSON.stringify({ 'source-ref': path, class: label === 'cat' ? 0 : 1 })}\n`;

describe('images of a manifest', () => {
  it.each([
    [
      'a CSV inside the folder',
      'manifest.csv',
      (rows: object[]) => `path,label\n${rows.map((row) => Object.values(row).join()).join('\n')}`,
    ],
    [
      'a CSV without a header',
      'list.csv',
      (rows: object[]) => rows.map((row) => Object.values(row).join()).join('\n'),
    ],
    [
      'JSON lines',
      'metadata.jsonl',
      (rows: { path: string; label: string }[]) =>
        rows.map(({ path, label }) => JSON.stringify({ file_name: `./${path}`, label })).join('\n'),
    ],
    [
      'an augmented manifest of SageMaker',
      'output.manifest',
      (rows: { path: string; label: string }[]) =>
        rows
          .map(({ path, label }) =>
            JSON.stringify({
              'source-ref': path,
              kind: label === 'cat' ? 0 : 1,
              'kind-metadata': { 'class-name': label, confidence: 0.9, type: 'x' },
            }),
          )
          .join('\n'),
    ],
  ])('are read in its order: %s', async (_, name, write) => {
    const pictures = (await drawPictures(8)).toReversed();
    const text = (write as (rows: object[]) => string)(rowsOf(pictures));
    const files = { ...imagesOf(pictures), [name]: text };
    const inside = Object.fromEntries(
      Object.entries(files).map(([file, content]) => [`set/${file}`, content]),
    );
    const entries = Object.entries(files).map(([file, data]) => ({ name: `top/${file}`, data }));
    const folder = await folderWith({
      ...inside,
      'set.zip': zip(entries),
      'set.tgz': gzipSync(await tar(entries)),
      'bare.zip': zip(entries.filter(({ name: file }) => !file.endsWith(name))),
      [`beside-${name}`]: text,
    });
    const digest = await expectedDigest(pictures);
    for (const spec of [
      { uri: 'set' },
      { uri: 'set.zip' },
      { uri: 'set.tgz' },
      { uri: 'bare.zip', labelsUri: `beside-${name}` },
      { uri: `set/${name}` },
    ]) {
      const { dataset, format } = await read(folder, { ...spec, shape });
      expect([spec, dataset.digest, format]).toEqual([spec, digest, 'images']);
    }
  });

  it('may be uploaded as an archive and a manifest, or one by one', async () => {
    const pictures = await drawPictures(4);
    const csv = pictures.map(({ label }, index) => `img/${index}.png,${label}`).join('\n');
    const files = imagesOf(pictures);
    const archive = zip(Object.entries(files).map(([name, data]) => ({ name, data })));
    const folder = await folderWith({ ...files, 'a.zip': archive, 'm.csv': csv });
    const upload = (name: string) => ({ part: 'file', name, file: `${folder}/${name}` });
    const digest = await expectedDigest(pictures);
    const packed = [upload('m.csv'), upload('a.zip')];
    const loose = ['m.csv', ...Object.keys(files)].map(upload);
    for (const uploads of [packed, loose]) {
      expect((await read(folder, { shape }, { uploads })).dataset.digest).toBe(digest);
    }
  });

  it('may lie in buckets: by s3:// references, beside the manifest, or below a prefix', async () => {
    const pictures = await drawPictures(4);
    const store = createMemoryStore();
    for (const [name, png] of Object.entries(imagesOf(pictures)))
      await store.write(`set/${name}`, png);
    for (const { name, data } of entriesOf(pictures, 'folders/')) await store.write(name, data);
    const absolute = rowsOf(pictures).map(({ path, label }) =>
      augmentedLine(`s3://pics/set/${path}`, label),
    );
    const relative = rowsOf(pictures).map(({ path, label }) => augmentedLine(path, label));
    await store.write('set/relative.manifest', Buffer.from(relative.join('')));
    const folder = await folderWith({ 'absolute.manifest': absolute.join('') });
    // Whoever opens a store closes it, and memory forgets.
    const options = { openStore: () => ({ ...store, close: async () => {} }) };
    const classes = ['cat', 'dog'];
    const digest = await expectedDigest(pictures);
    for (const uri of [
      'absolute.manifest',
      's3://pics/set/relative.manifest',
      's3://pics/folders/',
    ]) {
      const { dataset } = await read(folder, { uri, shape, classes }, options);
      expect([uri, dataset.digest]).toEqual([uri, digest]);
    }
  });

  it('takes the label of the asked attribute or column', async () => {
    const pictures = await drawPictures(4);
    const rows = pictures.map(
      ({ label }, index) => `${index},${label},img/${index}.png,x${index % 2}`,
    );
    const folder = await folderWith({
      ...imagesOf(pictures),
      'm.csv': `id,kind,path,other\n${rows.join('\n')}`,
    });
    const byName = await read(folder, { uri: 'm.csv', labelColumn: 'other', shape });
    expect(byName.dataset.classes).toEqual(['x0', 'x1']);
    const byPosition = await read(folder, { uri: 'm.csv', labelColumn: 1, shape });
    expect(byPosition.dataset.classes).toEqual(['cat', 'dog']);
    await expect(read(folder, { uri: 'm.csv', shape })).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
    });
  });
});
