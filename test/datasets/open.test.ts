import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { FoundLabel } from '../../src/datasets/label-column.ts';
import { createDatasetCheck, type OpenOptions } from '../../src/datasets/open.ts';
import { localFilesSource, localFolderSource } from '../../src/datasets/places/local.ts';
import { planReading, type ReadingOptions } from '../../src/datasets/plan-reading.ts';
import { refuseAtOnce } from '../../src/datasets/refusal.ts';
import type { DatasetRoots } from '../../src/datasets/places/location.ts';
import type { DatasetSpec, UploadedFile } from '../../src/datasets/spec.ts';
import { encodePng } from '../../src/image/encode-png.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { createMemoryStore } from '../../src/repository/stores/memory-store.ts';
import { aDataset } from '../support/drafts.ts';
import { npy } from '../support/npy.ts';
import { zip } from '../support/zip.ts';
import { idx, openerOver, repositoryIn } from './dataset-files.ts';
import { drawPictures, folderWith, pictureShape } from './pictures.ts';

const rows = 'a,1\nb,2\na,3\nb,200\n';

/** Opens a dataset of a folder with these files. */
async function open(
  files: Record<string, string | Uint8Array>,
  spec: DatasetSpec,
  more: Partial<OpenOptions> = {},
) {
  const folder = await folderWith(files);
  const labels: FoundLabel[] = [];
  const opened = await openerOver(folder).open(spec, {
    uploads: [],
    workDir: folder,
    maxBadRows: 0,
    onLabel: (label) => labels.push(label),
    ...more,
  });
  return { ...opened, labels };
}

/** Ten examples of two pixels in two classes, of which the first pixel is the label. */
const ten = Uint8Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? (at / 2) % 2 : 200));
const tenLabels = Uint8Array.from({ length: 10 }, (_, at) => at % 2);

/** A record of CIFAR-10, of which the first value is its label. */
const record = (label: number) => [label, label, ...new Uint8Array(3071).fill(200)];

/** An example of three planes of four lines of three values. */
const line = (first: number) => [first, first + 1, first + 2];
const plane = (first: number) => [0, 3, 6, 9].map((from) => line(first + from));
const planes = (label: string) => JSON.stringify({ label, image: [0, 20, 240].map(plane) });

describe('the pixels of a dataset', () => {
  it('of which one is the label are refused in a table', async () => {
    const lines = Array.from(tenLabels, (label) => `${label},${label},200\n`).join('');
    const shape = { width: 2, height: 1, channels: 1 } as const;
    const spec = { uri: 'x.csv', labelColumn: 0, shape };
    await expect(open({ 'x.csv': lines }, spec)).rejects.toMatchObject({
      details: { option: 'labelColumn' },
    });
  });

  it('of which one is the label by chance are taken in any format that says what its label is', async () => {
    const opened = [
      await open(
        { 'images-idx3-ubyte': idx([10, 1, 2], ten), 'labels-idx1-ubyte': idx([10], tenLabels) },
        { uri: 'images-idx3-ubyte' },
      ),
      await open(
        {
          'x.npy': npy({ descr: '|u1', shape: [10, 1, 2], data: ten }),
          'y.npy': npy({ descr: '|u1', shape: [10], data: tenLabels }),
        },
        { uri: 'x.npy' },
      ),
    ];
    opened.push(
      await open(
        { 'data_batch_1.bin': Uint8Array.from([...tenLabels].flatMap(record)) },
        { uri: 'data_batch_1.bin' },
      ),
    );
    const shape = { width: 2, height: 1, channels: 1 } as const;
    const drawn = Array.from(tenLabels, async (label, at) => [
      `set/${label}/${at}.png`,
      await encodePng(Buffer.of(label, 200), shape),
    ]);
    opened.push(await open(Object.fromEntries(await Promise.all(drawn)), { uri: 'set', shape }));
    expect(opened.map(({ format, labels }) => [format, labels])).toEqual([
      ['idx', [{ by: 'format' }]],
      ['numpy', [{ by: 'format' }]],
      ['cifar', [{ by: 'format' }]],
      ['images', [{ by: 'folder' }]],
    ]);
    for (const { dataset } of opened) expect(dataset.labels.toSorted().join('')).toBe('0000011111');
  });
});

describe('reading', () => {
  it('ends with the rows that are wanted: what comes after them may be anything', async () => {
    const { dataset, rowsRead } = await open(
      { 'x.csv': `${rows}c\n` },
      { uri: 'x.csv', offset: 1, limit: 3 },
    );
    expect([[...dataset.pixels], rowsRead]).toEqual([[2, 3, 200], 4]);
  });

  it('may have many listeners to its end', async () => {
    const { signal } = new AbortController();
    const warned: unknown[] = [];
    const onWarning = (warning: Error) => warned.push(warning.message);
    process.on('warning', onWarning);
    onTestFinished(() => void process.off('warning', onWarning));
    await open({ 'x.csv': rows }, { uri: 'x.csv' }, { signal });
    for (let at = 0; at < 20; at += 1) signal.addEventListener('abort', () => {});
    await setImmediate();
    expect(warned).toEqual([]);
    const ended = AbortSignal.abort(new Error('enough'));
    await expect(open({ 'x.csv': 'x' }, { uri: 'x.csv' }, { signal: ended })).rejects.toThrow(
      'enough',
    );
  });

  it('tells the images that a list does not name, unless it was left before its end', async () => {
    const [one, two] = await drawPictures(2);
    const files = {
      'set/list.csv': 'path,label\n0.png,cat\n1.png,dog\n',
      'set/0.png': one!.png,
      'set/1.png': two!.png,
      'set/2.png': two!.png,
    };
    const spec = { uri: 'set', shape: pictureShape };
    const whole = await open(files, spec);
    expect(whole.ignored.kinds).toEqual([
      { reason: 'an image that the list does not name', count: 1, names: ['2.png'] },
    ]);
    expect([...whole.encoded.keys()]).toEqual([0, 1]);
    const classes = ['cat', 'dog'];
    expect((await open(files, { ...spec, classes, limit: 1 })).ignored.kinds).toEqual([]);
  });

  it('takes images of a list from a bucket', async () => {
    const [one, two] = await drawPictures(2);
    const store = createMemoryStore();
    await store.write('a.png', one!.png);
    const folder = await folderWith({
      'list.csv': 'path,label\ns3://b/a.png,cat\n0.png,dog\n',
      '0.png': two!.png,
    });
    let closed = 0;
    const counted = { ...store, close: async () => void (closed += 1) };
    const { dataset } = await openerOver(folder, {}, () => counted).open(
      { uri: 'list.csv', shape: pictureShape },
      { uploads: [], workDir: folder, maxBadRows: 0 },
    );
    expect([...dataset.pixels]).toEqual([...one!.pixels, ...two!.pixels]);
    expect([closed, await readdir(folder)]).toEqual([1, ['0.png', 'list.csv']]);
  });

  it.each([
    ['deep/set', { uri: 'deep/set/test' }],
    ['deep/set/', { uri: 'deep/set/test' }],
    ['deep', { path: 'set/test' }, 'set'],
    ['x.zip', { path: 'test' }],
  ])('names what lies apart as a request would: %s', async (uri, heldOut, path?: string) => {
    const [one, two] = await drawPictures(2);
    const names = { 'train/cat/0.png': one, 'train/dog/1.png': two, 'test/cat/2.png': one };
    const set = Object.entries(names).map(([name, picture]) => ({ name, data: picture!.png }));
    const files = Object.fromEntries(set.map(({ name, data }) => [`deep/set/${name}`, data]));
    const spec = { uri, shape: pictureShape, ...(path !== undefined && { path }) };
    expect((await open({ ...files, 'x.zip': zip(set) }, spec)).heldOut).toEqual(heldOut);
  });

  it('tells that a name says something else only when the request does not say it either', async () => {
    const said = { uri: 'x.json', format: 'csv' } as const;
    expect((await open({ 'x.json': rows }, { uri: 'x.json' })).notes).toHaveLength(1);
    expect((await open({ 'x.json': rows }, said)).notes).toEqual([]);
  });
});

describe('what a request says of a dataset', () => {
  it('is the order of its classes, of any format', async () => {
    const files = {
      'images-idx3-ubyte': idx([10, 1, 2], ten),
      'labels-idx1-ubyte': idx([10], tenLabels),
    };
    const { dataset } = await open(files, { uri: 'images-idx3-ubyte', classes: ['1', '0'] });
    expect([dataset.classes, ...dataset.labels.subarray(0, 2)]).toEqual([['1', '0'], 1, 0]);
  });

  it('is the split only where files may hold several', async () => {
    await expect(open({ 'x.csv': rows }, { uri: 'x.csv', split: 'test' })).rejects.toThrow(
      'split is for idx, numpy, cifar; name the files or the folder of "test" instead',
    );
  });

  it('is the order of the values of nested pixels', async () => {
    const files = { 'x.ndjson': `${planes('a')}\n${planes('b')}\n` };
    const first = async (layout: 'hwc' | 'chw') => {
      const { dataset } = await open(files, { uri: 'x.ndjson', layout });
      return [dataset.shape, [...dataset.pixels.subarray(0, 6)]];
    };
    const [height, width] = [4, 3];
    expect(await first('chw')).toEqual([{ height, width, channels: 3 }, [0, 20, 240, 1, 21, 241]]);
    expect(await first('hwc')).toEqual([{ height: 3, width: 4, channels: 3 }, [0, 1, 2, 3, 4, 5]]);
  });

  it('is nothing of numbers where its rows hold files of images', async () => {
    const folder = join(import.meta.dirname, 'parquet-files');
    const spec = { uri: 'images-bytes.parquet', labelColumn: 'kind', shape: pictureShape };
    const opening = (more: DatasetSpec) =>
      openerOver(folder).open(
        { ...spec, ...more },
        { uploads: [], workDir: folder, maxBadRows: 0 },
      );
    expect((await opening({})).format).toBe('parquet');
    for (const said of [{ range: 255 }, { layout: 'hwc' }] as const) {
      await expect(opening(said)).rejects.toThrow('its rows hold files of images');
    }
  });

  it('leaves files beside a table out, and tells them', async () => {
    const files = { 'set/a.csv': rows, 'set/b.txt': 'x', 'set/c.md': 'y' };
    const { ignored } = await open(files, { uri: 'set' });
    expect(ignored.kinds).toEqual([
      { reason: 'another table or file', count: 2, names: ['b.txt', 'c.md'] },
    ]);
  });
});

describe('the files of a dataset', () => {
  it('are let go of when they were read, and when they cannot be', async () => {
    const folder = await folderWith({ 'x.csv': rows, 'y.csv': rows });
    const seen: string[] = [];
    const files = (await localFolderSource('t', folder, { root: folder, maxFiles: 2 })).files;
    const plan = (title: string, markers: readonly string[]) =>
      planReading(
        {
          source: {
            ...localFilesSource(title, files.slice(0, 1)),
            isFolder: true,
            markers,
            close: async () => void seen.push(title),
          },
        },
        {},
        { limits: {}, refuse: refuseAtOnce } as unknown as ReadingOptions,
      );
    await expect(plan('a', ['_temporary/x'])).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_UNFINISHED',
    });
    expect(seen).toEqual(['a']);
    const { close } = await plan('b', []);
    expect(seen).toEqual(['a']);
    await close();
    expect(seen).toEqual(['a', 'b']);
  });
});

/** A folder with a repository of one dataset, and how often that was closed. */
async function shop() {
  const folder = await folderWith({});
  const first = repositoryIn(folder);
  const images = idx([3, 2, 2], Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 250));
  const files = new Map([
    ['images.idx', images],
    ['labels.idx', idx([3], Uint8Array.of(1, 0, 1))],
  ]);
  const stored = aDataset(1, { files });
  await first.datasets.put(stored);
  await first.close();
  let closed = 0;
  const openRepository = (): Repository => {
    const repository = repositoryIn(folder);
    return {
      ...repository,
      close: async () => {
        closed += 1;
        await repository.close();
      },
    };
  };
  const opener = openerOver(folder, {}, undefined, openRepository);
  return { folder, opener, closed: () => closed };
}

/** A check of requests to a server that may read the bucket "open" and a folder. */
async function checkIn(files: Record<string, string>, more: Partial<DatasetRoots> = {}) {
  const folder = await folderWith(files);
  const roots = {
    root: folder,
    buckets: ['s3://open'],
    mnistDir: join(folder, 'mnist'),
    samplesDir: join(folder, 'samples'),
    openStore: () => createMemoryStore(),
    openRepository: () => repositoryIn(folder),
    ...more,
  };
  const bounds = { maxExamples: 9, maxBytes: 999, maxEntries: 1, maxRatio: 9, maxImageBytes: 9 };
  const checks = createDatasetCheck(roots, bounds);
  return (spec: DatasetSpec, uploads: readonly UploadedFile[] = []) => checks.check(spec, uploads);
}

describe('a stored dataset', () => {
  it('is read under its classes, and its repository is let go of', async () => {
    const { folder, opener, closed } = await shop();
    const labels: FoundLabel[] = [];
    const { dataset, notes, heldOut, preprocessing } = await opener.open(
      { uri: 'dataset:fruit' },
      { uploads: [], workDir: folder, maxBadRows: 0, onLabel: (label) => labels.push(label) },
    );
    expect(dataset.classes).toEqual(['apple', 'pear']);
    expect([...dataset.labels]).toEqual([1, 0, 1]);
    expect([notes, heldOut, preprocessing]).toEqual([[], undefined, undefined]);
    expect(labels).toEqual([{ by: 'format' }]);
    expect(closed()).toBe(1);
    await opener.open({ uri: 'dataset:fruit' }, { uploads: [], workDir: folder, maxBadRows: 0 });
  });
});

describe('the check of a request', () => {
  it.each<DatasetSpec>([
    { uri: 's3://open/none.csv' },
    { uri: 'S3://open/x', labelsUri: 's3://open/y' },
    { uri: 'x.csv' },
    { uri: 'x.csv', labelsUri: 'y.csv' },
    { uri: 'x.csv', labelsUri: 's3://open/y.csv' },
    { uri: 'f' },
  ])('looks at no more than a row of a file, and at no bucket: %j', async (spec) => {
    const check = await checkIn({ 'x.csv': rows, 'y.csv': rows, 'f/a.csv': '', 'f/b.csv': '' });
    // Where only the store is left to ask, or several files are, nothing is asked.
    if (spec.labelsUri?.startsWith('s3:') && spec.uri === 'x.csv') {
      await expect(check(spec)).rejects.toThrow('this is our bug');
    } else expect(await check(spec)).toEqual({ spec });
  });

  it.each([
    [{ uri: 's3://other/x' }, 'GLIMPSE_DATASET_URI_FORBIDDEN'],
    [{ uri: 's3://open/x', labelsUri: 's3://other/y' }, 'GLIMPSE_DATASET_URI_FORBIDDEN'],
    [{ uri: 'x.csv', labelsUri: 's3://other/y' }, 'GLIMPSE_DATASET_URI_FORBIDDEN'],
    [{ uri: 'none' }, 'GLIMPSE_DATASET_NOT_FOUND'],
    [{ uri: '../x' }, 'GLIMPSE_DATASET_FORBIDDEN'],
    [{ uri: 'mnist:' }, 'GLIMPSE_DATASET_NOT_FOUND'],
    [{ uri: 'ftp:x' }, 'GLIMPSE_DATASET_INVALID'],
    [{ uri: 'x.csv', path: '..' }, 'GLIMPSE_INVALID_REQUEST'],
    [{}, 'GLIMPSE_DATASET_NOT_FOUND'],
  ])('refuses at once what cannot be read: %j', async (spec, code) => {
    await expect((await checkIn({ 'x.csv': rows }))(spec)).rejects.toMatchObject({ code });
  });

  it('names a stored dataset by its digest, and tells what is known of it', async () => {
    const { opener, closed } = await shop();
    const checked = await opener.check({ uri: 'dataset:fruit', limit: 2 }, []);
    const { digest } = aDataset(1);
    expect(checked).toEqual({
      spec: { uri: `dataset:fruit@${digest}`, limit: 2 },
      known: { shape: { width: 2, height: 2, channels: 1 }, classes: 2 },
    });
    const named = await opener.check({ uri: 'dataset:fruit', classes: ['a', 'b', 'c'] }, []);
    expect(named.known?.classes).toBe(3);
    await expect(opener.check({ uri: 'dataset:none' }, [])).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_NOT_FOUND',
    });
    expect(closed()).toBe(3);
  });
});
