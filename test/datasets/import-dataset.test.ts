import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runImport } from '../../src/datasets/importing/import-dataset.ts';
import type { ImportEvent } from '../../src/datasets/importing/import-events.ts';
import type { ResolvedImportRequest } from '../../src/datasets/importing/import-request.ts';
import { plainContract } from '../../src/preprocessing/presets.ts';
import { withMode } from '../support/contracts.ts';
import { jpegKinds } from '../image/images.ts';
import { idx, openerOver, repositoryIn } from './dataset-files.ts';
import { drawPictures, folderWith, nameOf, pictureShape } from './pictures.ts';

/** A folder with these files, whose datasets are imported into a repository beside them. */
async function workshop(files: Readonly<Record<string, Uint8Array | string>>) {
  const folder = await folderWith(files);
  const repository = repositoryIn(folder);
  onTestFinished(() => repository.close());
  const events: ImportEvent[] = [];
  const load = (request: Partial<ResolvedImportRequest>, more = {}) =>
    runImport(
      { name: 'rows', dataset: { uri: 'x.csv' }, maxBadRows: 0, keepDuplicates: false, ...request },
      {
        repository,
        datasets: openerOver(folder),
        uploads: [],
        jobDir: join(folder, 'job'),
        signal: new AbortController().signal,
        report: (event) => events.push(event),
        ...more,
      },
    );
  return { folder, repository, events, load };
}

const stage = (name: string) => ({ type: 'stage', stage: name });

const rows = 'a,1\nb,2\na,3\nb,200\n';

describe('an import', () => {
  it('reads, cleans and stores, and says so', async () => {
    const { folder, repository, events, load } = await workshop({ 'x.csv': `${rows}a,1\n` });
    const { imported, timings, notes } = await load({}, { job: 'j1' });
    const manifest = await repository.datasets.find('rows');
    expect(manifest).toMatchObject({
      name: 'rows',
      writerId: 'j1',
      digest: imported.digest,
      shape: { width: 1, height: 1, channels: 1 },
      classes: ['a', 'b'],
      classCounts: [2, 2],
      examples: 4,
      source: { uri: 'x.csv', format: 'csv' },
      report: imported.report,
    });
    expect(Object.keys(manifest.source)).toEqual(['uri', 'format']);
    expect(manifest).not.toHaveProperty('preprocessing');
    expect(imported).toEqual({
      name: 'rows',
      digest: manifest.digest,
      uri: `dataset:rows@${manifest.digest}`,
      created: true,
      examples: 4,
      report: {
        rowsRead: 5,
        refused: { count: 0, rows: [] },
        duplicates: { count: 1, rows: [{ line: 5, label: 'a', first: { line: 1, label: 'a' } }] },
        conflicts: { count: 0, rows: [] },
        keptDuplicates: false,
      },
    });
    expect(Object.keys(timings)).toEqual(['read', 'clean', 'store']);
    expect(notes).toEqual([]);
    expect(events).toEqual([
      stage('reading'),
      stage('cleaning'),
      {
        type: 'dataset',
        dataset: expect.objectContaining({
          examples: 4,
          rowsRead: 5,
          parts: { training: 0, validation: 0, test: 0 },
        }),
      },
      stage('storing'),
    ]);
    expect(await readdir(join(folder, 'job'))).toEqual([]);
  });

  it('keeps what is there twice when it is told to, and bad rows out', async () => {
    const { load } = await workshop({ 'x.csv': `${rows}a,1\nb,x\n` });
    const { imported } = await load({ keepDuplicates: true, maxBadRows: 1 });
    expect(imported).toMatchObject({
      examples: 5,
      report: {
        refused: { count: 1, rows: [{ line: 6 }] },
        duplicates: { count: 1 },
        keptDuplicates: true,
      },
    });
  });

  it('tells of damaged images, of files that were not read, and what else was decided', async () => {
    const { whole, cutAndEnded } = await jpegKinds();
    const [picture] = await drawPictures(1);
    const { load } = await workshop({
      'x/cat/cut.jpg': cutAndEnded,
      'x/dog/0.png': picture!.png,
      'x/dog/1.jpg': whole,
      'x/notes.txt': 'none',
      'x/prices.csv': 'fruit,price\napple,3\npear,4\n',
    });
    const { imported, notes } = await load({
      dataset: { uri: 'x', shape: pictureShape },
      keepDuplicates: true,
    });
    expect(imported.report).toMatchObject({
      damaged: { count: 1, rows: [{ line: 1, entry: 'cat/cut.jpg' }] },
      ignored: { count: 2, archives: 0, names: ['notes.txt', 'prices.csv'] },
    });
    expect(notes).toEqual([expect.stringContaining('"prices.csv"')]);
  });

  it('names the files that were sent instead of a place', async () => {
    const { folder, repository, load } = await workshop({});
    const file = join(folder, 'upload-0');
    await writeFile(file, rows);
    const uploads = [{ part: 'dataset', name: 'sent.csv', file }];
    await load({ dataset: { labelColumn: 0 } }, { uploads });
    expect((await repository.datasets.find('rows')).source).toEqual({
      labelColumn: 0,
      format: 'csv',
      uploads: ['sent.csv'],
    });
  });
});

/** The preprocessing that the dataset of an import is stored with. */
const storedOf = async (
  files: Readonly<Record<string, Uint8Array | string>>,
  request: Partial<ResolvedImportRequest>,
) => {
  const { repository, load } = await workshop(files);
  await load(request);
  return (await repository.datasets.find('rows')).preprocessing;
};

describe('how the images of an import became pixels', () => {
  const shape = { width: 1, height: 1, channels: 1 } as const;
  const cover = withMode(plainContract(shape), 'cover');

  it('is kept where the request says it, or images were decoded', async () => {
    expect(await storedOf({ 'x.csv': rows }, { preprocessing: { fit: 'cover' } })).toEqual(cover);
    const pictures = await drawPictures(4);
    const folders = Object.fromEntries(
      pictures.map((one, at) => [`x/${nameOf(one, at)}`, one.png]),
    );
    expect(await storedOf(folders, { dataset: { uri: 'x', shape: pictureShape } })).toEqual(
      plainContract(pictureShape),
    );
  });

  it('is that of MNIST for its digits', async () => {
    const images = idx(
      [2, 28, 28],
      Uint8Array.from({ length: 1568 }, (_, at) => at % 256),
    );
    const files = {
      'samples/train-images.idx3-ubyte': images,
      'samples/train-labels.idx1-ubyte': idx([2], Uint8Array.of(0, 1)),
    };
    expect(await storedOf(files, { dataset: { uri: 'sample:' } })).toEqual({
      ...plainContract({ width: 28, height: 28, channels: 1 }),
      canonicalise: 'handwriting',
      alpha: 'ink',
      page: 'find',
    });
  });

  it('is kept of a dataset that was stored with it', async () => {
    const { repository, load } = await workshop({ 'x.csv': rows });
    await load({ preprocessing: { fit: 'cover' } });
    await load({ name: 'again', dataset: { uri: 'dataset:rows' } });
    expect((await repository.datasets.find('again')).preprocessing).toEqual(cover);
  });
});

describe('an import is refused', () => {
  it('when a class has no example left, with the report that says where they went', async () => {
    const dataset = { uri: 'x.csv', classes: ['a', 'b', 'c', 'd', 'e', 'f'] };
    const conflicts = 'a,1\ne,1\nb,2\ne,2\nc,3\ne,3\ne,200\nf,100\n';
    const { load } = await workshop({ 'x.csv': `${conflicts}d,4\ne,4\n` });
    await expect(load({ dataset })).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringMatching(/no example is left of "a", "b", "c", \.\.\.$/),
      details: { report: { conflicts: { count: 8 } } },
    });
    const three = await workshop({ 'x.csv': `${conflicts}d,4\n` });
    await expect(three.load({ dataset })).rejects.toMatchObject({
      message: expect.stringMatching(/no example is left of "a", "b", "c"$/),
    });
  });

  it('when no example is left at all', async () => {
    const { load, folder } = await workshop({ 'x.csv': 'a,200\nb,200\n' });
    await expect(load({})).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_EMPTY',
      details: {
        report: {
          conflicts: {
            count: 2,
            rows: [{ line: 2, label: 'b', first: { line: 1, label: 'a' } }],
          },
        },
      },
    });
    expect(await readdir(folder)).toEqual(['x.csv']);
  });
});
