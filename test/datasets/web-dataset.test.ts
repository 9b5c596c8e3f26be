import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { withDigest } from '../../src/datasets/dataset.ts';
import { createMemoryStore } from '../../src/repository/stores/memory-store.ts';
import { tar, type TarEntry } from '../support/tar.ts';
import { zip } from '../support/zip.ts';
import { read, temporaryFolder, type ReadOptions } from './dataset-files.ts';
import { drawPictures, folderWith, pictureShape as shape, type Picture } from './pictures.ts';

let pictures: Picture[];
let digest: string;
beforeAll(async () => {
  pictures = await drawPictures(10);
  const pixels = Buffer.concat(pictures.map((one) => one.pixels));
  const labels = Int32Array.from(pictures, ({ label }) => (label === 'cat' ? 0 : 1));
  ({ digest } = withDigest({ pixels, labels, shape, classes: ['cat', 'dog'] }));
});

/** Samples with the members that `membersOf` gives, image first. */
function samples(
  membersOf: (picture: Picture, index: number) => Record<string, string | Uint8Array>,
  which: readonly Picture[] = pictures,
  from = 0,
): TarEntry[] {
  return which.flatMap((picture, index) =>
    Object.entries(membersOf(picture, from + index)).map(([member, data]) => ({
      name: `${String(from + index).padStart(6, '0')}.${member}`,
      data,
    })),
  );
}

const marked = ({ png, label }: Picture) => ({ png, cls: label });
const withText = ({ png, label }: Picture) => ({ png, txt: label });
const both = ({ png, label }: Picture, index: number) => ({
  png,
  txt: `a picture of number ${index}`,
  json: JSON.stringify({ key: index, species: label }),
});
const withMask = (picture: Picture) => ({ ...marked(picture), 'mask.png': pictures[0]!.png });

async function readTar(
  entries: readonly TarEntry[],
  spec: object = {},
  options: ReadOptions = {},
  name = 'set.tar',
) {
  return read(
    await folderWith({ [name]: await tar(entries) }),
    { uri: name, shape, ...spec },
    options,
  );
}

describe('a WebDataset', () => {
  it.each<[string, Parameters<typeof samples>[0]]>([
    ['.cls', marked],
    ['.cls with a line end', ({ png, label }) => ({ png, cls: `${label}\n` })],
    ['.cls.txt', ({ png, label }) => ({ png, 'cls.txt': label })],
    ['.txt', ({ png, label }) => ({ png, txt: label })],
    ['.json', ({ png, label }) => ({ png, json: JSON.stringify({ id: 1, label }) })],
    ['.cls beside .txt and .json', ({ png, label }) => ({ png, cls: label, txt: 'x', json: '{}' })],
    ['.CLS', ({ png, label }) => ({ PNG: png, CLS: label })],
  ])('takes the label of a sample from its member: %s', async (_, membersOf) => {
    const { dataset, format, ignored } = await readTar(samples(membersOf));
    expect([dataset.digest, dataset.classes, format]).toEqual([digest, ['cat', 'dog'], 'images']);
    expect(ignored.count).toBe(_.includes('beside') ? 20 : 0);
  });

  it('has numbers for classes as any other column has', async () => {
    const { dataset } = await readTar(
      samples(({ png, label }) => ({ png, cls: label === 'cat' ? '3' : '07' })),
    );
    expect(dataset.classes).toEqual(['3', '7']);
  });

  it('may lie in folders, in a zip, compressed, or unpacked', async () => {
    const entries = samples(marked).map(({ name, data }) => ({ name: `a/${name}`, data: data! }));
    const folder = await folderWith({
      'set.tar.gz': gzipSync(await tar(entries)),
      'set.zip': zip(entries),
      ...Object.fromEntries(entries.map(({ name, data }) => [`set/${name}`, data])),
    });
    for (const uri of ['set.tar.gz', 'set.zip', 'set']) {
      expect((await read(folder, { uri, shape })).dataset.digest, uri).toBe(digest);
    }
  });

  it('of several shards is one dataset: in a folder, a bucket, or as uploads', async () => {
    const shards = {
      'train-000000.tar': await tar(samples(marked, pictures.slice(0, 4))),
      'train-000001.tar': await tar(samples(marked, pictures.slice(4, 5))),
      // Keys need to differ within a shard only.
      'train-000002.tar': await tar(samples(marked, pictures.slice(5))),
    };
    const store = createMemoryStore();
    const folder = await temporaryFolder();
    const uploads = [];
    for (const [name, bytes] of Object.entries(shards)) {
      await store.write(`some/${name}`, bytes);
      await writeFile(join(folder, name), bytes);
      uploads.push({ part: 'dataset', name, file: join(folder, name) });
    }
    const options = { openStore: () => ({ ...store, close: async () => {} }) };
    expect((await read(folder, { uri: '.', shape })).dataset.digest).toBe(digest);
    const bucket = await read(folder, { uri: 's3://bucket/some/', shape }, options);
    expect(bucket.dataset.digest).toBe(digest);
    const sent = await read(folder, { shape }, { uploads: uploads.toReversed() });
    // Uploads keep no order of their own: the names of the shards have it.
    expect(sent.dataset.digest).toBe(digest);
  });

  it('whose shards hold texts beside images needs no mark: nothing else could be its labels', async () => {
    const folder = await folderWith({
      'a.tar': await tar(samples(withText, pictures.slice(0, 5))),
      'b.tar': await tar(samples(withText, pictures.slice(5), 5)),
    });
    expect((await read(folder, { uri: '.', shape })).dataset.digest).toBe(digest);
  });
});

describe('a WebDataset that leaves room', () => {
  it('is refused, and labelColumn decides: a member, or a field of its JSON', async () => {
    await expect(readTar(samples(both))).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining(
        'several members of its samples could hold the label (txt, json); choose one by labelColumn (--label-column)',
      ),
      details: { option: 'labelColumn', values: ['txt', 'json'] },
    });
    const { dataset } = await readTar(samples(both), { labelColumn: 'species' });
    expect(dataset.digest).toBe(digest);
    await expect(readTar(samples(both), { labelColumn: 'txt' })).rejects.toThrow('one example');
    await expect(readTar(samples(both), { labelColumn: 'json' })).rejects.toThrow(
      'choose one by labelColumn',
    );
  });

  it('is refused when the member asked for is not there', async () => {
    await expect(readTar(samples(marked), { labelColumn: 'species' })).rejects.toThrow(
      'its samples have no member "species"; beside the image they have cls',
    );
  });

  it('is refused when samples have several images, and imageColumn decides', async () => {
    await expect(readTar(samples(withMask))).rejects.toMatchObject({
      message: expect.stringMatching(/"mask.png", "png".*imageColumn/),
      details: { option: 'imageColumn' },
    });
    expect((await readTar(samples(withMask), { imageColumn: 'png' })).dataset.digest).toBe(digest);
  });

  it('has samples without an image, without a label or with a broken one as bad rows', async () => {
    const entries = [
      ...samples(marked),
      { name: 'a.cls', data: 'cat' },
      { name: 'b.png', data: pictures[0]!.png },
      { name: 'c.png', data: pictures[0]!.png },
      { name: 'c.cls', data: 'x'.repeat(70_000) },
    ];
    const { badRows } = await readTar(entries, {}, { maxBadRows: 3 });
    expect(badRows.rows.map(({ entry, reason }) => [entry, reason])).toEqual([
      ['a', 'its sample has no image'],
      ['b.png', 'its sample has no ".cls"'],
      ['c.cls', 'it has 70000 bytes; a label has at most 65536'],
    ]);
    const broken = samples(({ png }, index) => ({ png, json: index < 9 ? '{"label":1}' : '{' }));
    const spec = { classes: ['1', '2'] };
    const { badRows: unparsed } = await readTar(broken, spec, { maxBadRows: 1 });
    expect(unparsed.rows[0]).toMatchObject({
      entry: '000009.json',
      reason: expect.stringContaining('it is not valid JSON'),
    });
  });

  it('is none where images lie in folders of classes, or are listed by a table', async () => {
    const files = Object.fromEntries(
      pictures.flatMap(({ label, png }, index) => [
        [`set/${label}/${index}.png`, png],
        [`set/${label}/${index}.txt`, `0 0.${index} 0.5 0.1 0.1`],
      ]),
    );
    expect((await read(await folderWith(files), { uri: 'set', shape })).dataset.digest).toBe(
      digest,
    );
    const list = pictures.map(({ label }, index) => `${index}.png,${label}\n`).join('');
    const flat = Object.fromEntries(
      pictures.flatMap(({ png }, index) => [
        [`set/${index}.png`, png],
        [`set/${index}.txt`, 'dog'],
      ]),
    );
    const listed = await folderWith({ ...flat, 'set/labels.csv': `path,label\n${list}` });
    expect((await read(listed, { uri: 'set', shape })).dataset.digest).toBe(digest);
  });
});

describe('several archives', () => {
  it('that are no shards are refused with their names, and path chooses one', async () => {
    const inFolders = await tar(
      pictures.map(({ label, png }, index) => ({ name: `${label}/${index}.png`, data: png })),
    );
    const folder = await folderWith({ 'a.tar': inFolders, 'b.tar': inFolders });
    await expect(read(folder, { uri: '.', shape })).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining(
        'it is several archives, and not the shards of a WebDataset ("a.tar", "b.tar"); choose one by path (--path)',
      ),
      details: { option: 'path', values: ['a.tar', 'b.tar'] },
    });
    const { dataset } = await read(folder, { uri: '.', path: 'b.tar', shape });
    expect(dataset.digest).toBe(digest);
  });

  it('hold no more together than one may', async () => {
    const folder = await folderWith({
      'a.tar': await tar(samples(marked, pictures.slice(0, 5))),
      'b.tar': await tar(samples(marked, pictures.slice(5), 5)),
    });
    const refused = read(folder, { uri: '.', shape }, { limits: { maxEntries: 19 } });
    await expect(refused).rejects.toMatchObject({
      code: 'GLIMPSE_ARCHIVE_TOO_LARGE',
      message: expect.stringContaining('19 entries'),
    });
    const { dataset } = await read(folder, { uri: '.', shape }, { limits: { maxEntries: 20 } });
    expect(dataset.digest).toBe(digest);
  });

  it('alone in a folder is what the folder holds', async () => {
    const folder = await folderWith({
      'README.md': 'hi',
      'a.zip': zip(samples(marked).map(({ name, data }) => ({ name, data: data! }))),
    });
    expect((await read(folder, { uri: '.', shape })).dataset.digest).toBe(digest);
  });
});
