import { copyFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodePng } from '../../../src/image/encode-png.ts';
import type { ImportRequest } from '../../../src/datasets/importing/import-request.ts';
import { evaluateJob } from '../../../src/jobs/kinds/evaluate.ts';
import { importJob } from '../../../src/jobs/kinds/import.ts';
import type { RunEvent } from '../../../src/jobs/kinds.ts';
import { trainJob } from '../../../src/jobs/kinds/train.ts';
import type { JobContext } from '../../../src/jobs/kinds/job-kind.ts';
import { openOnnxRuntime } from '../../../src/runtime/onnx-runtime.ts';
import type { TrainRequest } from '../../../src/training/request.ts';
import { idx } from '../../datasets/dataset-files.ts';
import { predictionParts } from '../predicting/prediction-parts.ts';
import { bars, tinyRequest, tinyWorkshop } from '../../training/tiny-run.ts';

/** A workshop that also imports, and trains on what it has imported. */
async function workshop() {
  const shop = await tinyWorkshop();
  const events: RunEvent[] = [];
  const parts: JobContext<RunEvent> = {
    ...shop.parts,
    ...predictionParts(shop.folder, shop.images),
    publishUpload: () => Promise.reject(new Error('nothing is uploaded here')),
    loadRuntime: ({ file, signature }) => openOnnxRuntime({ file, signature, threads: 1 }),
    report: (event) => events.push(event),
  };
  const context = {
    datasets: shop.parts.datasets,
    defaultModel: 'digits',
    checkRoom: async () => {},
    checkVersion: async () => {},
  };
  const accept = {
    train: async (asked: unknown) => (await trainJob.accept(asked, [], context)).request,
    evaluate: async (asked: unknown) => (await evaluateJob.accept(asked, [], context)).request,
    import: async (asked: unknown) => (await importJob.accept(asked, [], context)).request,
  };
  const write = (name: string, content: string | Uint8Array) =>
    writeFile(join(shop.folder, name), content);
  const load = async (request: Partial<ImportRequest>, job?: string) => {
    const accepted = await accept.import({ name: 'bars', ...request });
    return importJob.run(accepted, { ...parts, ...(job && { job }) });
  };
  const store = async (text: string, request: Partial<ImportRequest> = {}) => {
    await write('rows.csv', text);
    return (await load({ dataset: { uri: 'rows.csv' }, ...request })).imported;
  };
  const train = async (request: TrainRequest) =>
    trainJob.run(await accept.train({ ...tinyRequest, ...request }), parts);
  const modelOf = (model: string, version: number) =>
    readFile(join(shop.folder, 'models', model, String(version), 'model.onnx'));
  const read = (uri: string, more = {}) =>
    shop.parts.datasets.open(
      { uri, ...more },
      { uploads: [], workDir: shop.folder, maxBadRows: 0 },
    );
  return { ...shop, parts, events, accept, write, load, store, train, modelOf, read };
}

describe('importing a dataset', () => {
  it('cleans, stores, and tells what it read and left out', async () => {
    const { store, repository, events, folder } = await workshop();
    const imported = await store('a,1\nb,2\na,1\nc,3\nb,x\na,9\nb,9\nb,4\n', { maxBadRows: 1 });
    expect(imported).toMatchObject({ name: 'bars', created: true, examples: 4 });
    expect(imported.uri).toBe(`dataset:bars@${imported.digest}`);
    expect(imported.report).toEqual({
      rowsRead: 8,
      refused: { count: 1, rows: [{ line: 5, reason: 'pixel 0 is not a number from 0 to 255' }] },
      duplicates: { count: 1, rows: [{ line: 3, label: 'a', first: { line: 1, label: 'a' } }] },
      conflicts: { count: 2, rows: [{ line: 7, label: 'b', first: { line: 6, label: 'a' } }] },
      keptDuplicates: false,
    });
    const manifest = await repository.datasets.find('bars');
    expect(manifest).toMatchObject({
      digest: imported.digest,
      classes: ['a', 'b', 'c'],
      classCounts: [1, 2, 1],
      source: { uri: 'rows.csv', format: 'csv' },
      report: imported.report,
    });
    expect(manifest).not.toHaveProperty('preprocessing');
    expect(events.map((event) => (event.type === 'stage' ? event.stage : event.type))).toEqual([
      'reading',
      'cleaning',
      'dataset',
      'storing',
    ]);
    expect(await readdir(folder)).not.toContain('storing');
  });

  it('stores plain IDX: the same examples from another form are the same dataset', async () => {
    const { store, write, load, folder, read } = await workshop();
    const first = await store('0,1,2,3,4\n1,5,6,7,8\n');
    await write('x-images-idx3-ubyte', idx([2, 2, 2], Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)));
    await write('x-labels-idx1-ubyte', idx([2], Uint8Array.of(0, 1)));
    const again = (await load({ dataset: { uri: 'x-images-idx3-ubyte' } })).imported;
    expect(again).toMatchObject({ digest: first.digest, created: false });
    const stored = join(folder, 'models/datasets/bars', first.digest);
    expect(await readFile(join(stored, 'images.idx'))).toEqual(
      await readFile(join(folder, 'x-images-idx3-ubyte')),
    );
    expect((await readdir(stored)).sort()).toEqual(['dataset.json', 'images.idx', 'labels.idx']);
    expect((await read('dataset:bars')).dataset.digest).toBe(first.digest);
  });

  it('counts the work of a job that died after it had stored as its own', async () => {
    const { write, load } = await workshop();
    await write('rows.csv', 'a,1\nb,2\n');
    const request = { dataset: { uri: 'rows.csv' } };
    expect((await load(request, 'a job')).imported.created).toBe(true);
    expect((await load(request, 'a job')).imported.created).toBe(true);
    expect((await load(request, 'another')).imported.created).toBe(false);
  });

  it('keeps colour, more classes than a byte can count, and names with blanks as they are', async () => {
    const { write, load, read } = await workshop();
    const names = Array.from({ length: 300 }, (_, at) => `class ${at}`);
    await write(
      'many.json',
      JSON.stringify(names.map((label, at) => ({ label, pixels: [at % 256, at >> 8, 7] }))),
    );
    const shape = { width: 1, height: 1, channels: 3 } as const;
    const { imported } = await load({ dataset: { uri: 'many.json', shape, classes: names } });
    const { dataset } = await read('dataset:bars');
    expect(dataset).toMatchObject({ shape, digest: imported.digest });
    expect(dataset.classes[dataset.labels[257]!]).toBe('class 257');
    await write('two.csv', '0,1\n1,2\n');
    const odd = await load({ name: 'odd', dataset: { uri: 'two.csv', classes: [' 7.0', 'b '] } });
    expect((await read('dataset:odd')).dataset.digest).toBe(odd.imported.digest);
  });

  it('remembers how images became pixels, for the images that are served later', async () => {
    const { load, folder, repository, train, accept, parts, events } = await workshop();
    const size = { width: 8, height: 6, channels: 1 } as const;
    for (const [name, grey] of [
      ['dark', 20],
      ['light', 230],
    ] as const) {
      await mkdir(join(folder, 'photos', name), { recursive: true });
      for (let at = 0; at < 10; at += 1) {
        await writeFile(
          join(folder, 'photos', name, `${at}.png`),
          await encodePng(Buffer.alloc(48, grey + at), size),
        );
      }
    }
    await copyFile(join(folder, 'photos/dark/0.png'), join(folder, 'photos/light/x.png'));
    const { imported } = await load({
      name: 'photos',
      dataset: { uri: 'photos', shape: { width: 6, height: 6, channels: 1 } },
      preprocessing: { fit: 'contain' },
    });
    expect(imported.report.conflicts).toEqual({
      count: 2,
      rows: [
        expect.objectContaining({
          entry: 'light/x.png',
          label: 'light',
          first: { line: 1, entry: 'dark/0.png', label: 'dark' },
        }),
      ],
    });
    await train({ model: 'photos', dataset: { uri: 'dataset:photos' }, epochs: 1 });
    const { preprocessing, lineage } = await repository.manifest('photos', 1);
    expect(preprocessing).toMatchObject({
      resize: { mode: 'contain' },
      width: 6,
      canonicalise: 'none',
    });
    expect(lineage.dataset).toMatchObject({ uri: imported.uri, digest: imported.digest });

    const notes = () => events.flatMap((event) => (event.type === 'note' ? [event.note] : []));
    expect(notes()).toEqual([]);
    const cover = { preprocessing: { fit: 'cover' as const }, dataset: { uri: 'dataset:photos' } };
    await train({ ...cover, model: 'photos', epochs: 1 });
    expect(notes()).toEqual([
      expect.stringMatching(
        /prepared with resize.mode contain, .*; those sent to the model are with resize.mode cover/,
      ),
      expect.stringMatching(
        /^Version 1 prepared its images with resize.mode contain, .*; this one does with/,
      ),
    ]);
    const target = { model: 'photos', version: 2 };
    const request = await accept.evaluate({ ...target, dataset: cover.dataset });
    await evaluateJob.run(request, parts);
    expect(notes()).toHaveLength(3);
  });

  it.each([
    ['one class', 'a,1\na,2\n', 'GLIMPSE_DATASET_INVALID', 'one class'],
    ['a class that conflicts took away', 'a,1\nb,1\nb,2\nc,3\n', 'GLIMPSE_DATASET_INVALID', '"a"'],
    ['conflicts alone', 'a,1\nb,1\n', 'GLIMPSE_DATASET_EMPTY', 'no usable'],
    ['bad rows alone', 'a,1,2,x\nb,1,2,y\n', 'GLIMPSE_TOO_MANY_BAD_ROWS', 'rows'],
    ['nothing', '', 'GLIMPSE_DATASET', ''],
  ])('refuses %s, and stores nothing', async (_, text, code, words) => {
    const { store, repository } = await workshop();
    const error = await store(text).catch((error: unknown) => error);
    expect(error).toMatchObject({
      code: expect.stringContaining(code),
      message: expect.stringContaining(words),
    });
    expect(await repository.datasets.names()).toEqual([]);
  });

  it('tells with a refusal where the examples of a class went', async () => {
    const { store } = await workshop();
    await expect(store('a,1\nb,1\nb,2\nc,3\n')).rejects.toMatchObject({
      details: { report: { conflicts: { count: 2, rows: [{ line: 2 }] } } },
    });
    await expect(
      store('a,1\nb,2\n', { dataset: { uri: 'rows.csv', classes: ['a', 'b', 'c'] } }),
    ).rejects.toThrow('no example is left of "c"');
  });

  it('keeps duplicates and conflicts on demand', async () => {
    const { store, read } = await workshop();
    const { examples, report } = await store('a,1\na,1\nb,1\n', { keepDuplicates: true });
    expect(examples).toBe(3);
    expect(report).toMatchObject({ keptDuplicates: true, conflicts: { count: 3 } });
    expect((await read('dataset:bars')).dataset.labels).toHaveLength(3);
  });

  it('takes a part of a stored dataset as another one', async () => {
    const { store, load } = await workshop();
    const whole = await store('a,1\nb,2\nc,3\nb,4\n');
    const { imported } = await load({ name: 'part', dataset: { uri: 'dataset:bars', limit: 3 } });
    expect(imported).toMatchObject({ name: 'part', examples: 3 });
    expect(imported.digest).not.toBe(whole.digest);
  });
});

describe('training on a stored dataset', { timeout: 60_000 }, () => {
  it('gives the bytes that training on its source gives, and names its digest', async () => {
    const { store, train, modelOf, repository } = await workshop();
    const { digest, uri } = await store(bars(120));
    await train({ dataset: { uri: 'rows.csv' } });
    const { metrics } = await train({ dataset: { uri: 'dataset:bars' } });
    expect((await modelOf('bars', 1)).equals(await modelOf('bars', 2))).toBe(true);
    const [source, stored] = [
      await repository.manifest('bars', 1),
      await repository.manifest('bars', 2),
    ];
    expect(stored.lineage.dataset).toMatchObject({ uri, digest });
    expect(stored.preprocessing).toEqual(source.preprocessing);
    expect(stored.golden).toEqual(source.golden);
    expect(metrics).toEqual(source.metrics);
  });

  it('brings served digits into the frame of MNIST when it was made of such', async () => {
    const { folder, load, train, modelOf, repository } = await workshop();
    await mkdir(join(folder, 'samples'));
    const pixels = Uint8Array.from({ length: 40 * 784 }, (_, at) => (at * 7 + (at >> 8)) % 251);
    await writeFile(join(folder, 'samples/train-images-idx3-ubyte'), idx([40, 28, 28], pixels));
    const labels = Uint8Array.from({ length: 40 }, (_, at) => at % 4);
    await writeFile(join(folder, 'samples/train-labels-idx1-ubyte'), idx([40], labels));
    const { imported } = await load({ name: 'drawn', dataset: { uri: 'sample:' } });
    const shares = { validationSplit: 0.1, testSplit: 0.1, epochs: 2 };
    await train({ ...shares, dataset: { uri: 'sample:' } });
    await train({ ...shares, dataset: { uri: 'dataset:drawn' } });
    expect((await modelOf('bars', 1)).equals(await modelOf('bars', 2))).toBe(true);
    const manifest = await repository.manifest('bars', 2);
    expect(manifest.preprocessing).toEqual((await repository.manifest('bars', 1)).preprocessing);
    expect(manifest.preprocessing.canonicalise).toBe('handwriting');
    expect(manifest.lineage.dataset).toMatchObject({ digest: imported.digest });
  });
});

describe('a stored dataset in a request', () => {
  it('means the latest at the moment the request is accepted', async () => {
    const { store, accept } = await workshop();
    const first = await store('a,1\nb,2\n');
    const dataset = { uri: 'dataset:bars', limit: 1 };
    const accepted = await accept.train({ dataset, evaluation: { uri: 'DATASET:bars' } });
    const second = await store('a,1\nb,3\n');
    expect(accepted.dataset).toEqual({ uri: first.uri, limit: 1 });
    expect(accepted.evaluation).toEqual({ uri: first.uri });
    const uri = `dataset:bars@${second.digest.slice(0, 8)}`;
    const evaluated = await accept.evaluate({ model: 'm', version: 1, dataset: { uri } });
    expect(evaluated.dataset.uri).toBe(second.uri);
  });

  it('is read with offset, limit and classes in another order', async () => {
    const { store, read } = await workshop();
    await store('a,1\nb,2\na,3\nb,4\n');
    const { dataset } = await read('dataset:bars', { offset: 1, limit: 2, classes: ['b', 'a'] });
    expect([...dataset.pixels]).toEqual([2, 3]);
    expect([...dataset.labels]).toEqual([0, 1]);
    await expect(read('dataset:bars', { classes: ['b', 'c'] })).rejects.toMatchObject({
      code: 'GLIMPSE_TOO_MANY_BAD_ROWS',
    });
  });

  it.each([
    ['dataset:none', {}, 'GLIMPSE_DATASET_NOT_FOUND'],
    ['dataset:bars@00000000', {}, 'GLIMPSE_DATASET_NOT_FOUND'],
    ['dataset:bars@1234567', {}, 'GLIMPSE_DATASET_INVALID'],
    ['dataset:bars@latest', {}, 'GLIMPSE_DATASET_INVALID'],
    ['dataset:../bars', {}, 'GLIMPSE_DATASET_INVALID'],
    ['dataset:', {}, 'GLIMPSE_DATASET_INVALID'],
    [`dataset:${'x'.repeat(2000)}`, {}, 'GLIMPSE_DATASET_INVALID'],
    ['dataset:bars', { format: 'csv' }, 'GLIMPSE_INVALID_REQUEST'],
    ['dataset:bars', { labelColumn: 0 }, 'GLIMPSE_INVALID_REQUEST'],
    ['dataset:bars', { shape: { width: 2, height: 1, channels: 1 } }, 'GLIMPSE_DATASET_INVALID'],
  ])('is refused at once: %s %j', async (uri, more, code) => {
    const { store, accept } = await workshop();
    await store('a,1\nb,2\n');
    await expect(accept.train({ dataset: { uri, ...more } })).rejects.toMatchObject({ code });
  });

  it('is refused at once when the net does not fit it', async () => {
    const { store, accept } = await workshop();
    await store('a,1\nb,2\n');
    const architecture = { layers: [{ type: 'conv2d', filters: 2, kernelSize: 5 }] };
    await expect(
      accept.train({ dataset: { uri: 'dataset:bars' }, architecture }),
    ).rejects.toMatchObject({ code: 'GLIMPSE_ARCHITECTURE_INVALID' });
  });

  it('is not read when its bytes are not those that were stored', async () => {
    const { store, read, folder } = await workshop();
    const { digest } = await store('a,1\nb,2\n');
    const file = join(folder, 'models/datasets/bars', digest, 'images.idx');
    const bytes = await readFile(file);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(file, bytes);
    await expect(read('dataset:bars')).rejects.toMatchObject({ code: 'GLIMPSE_CHECKSUM_MISMATCH' });
  });
});

describe('a model called datasets', () => {
  it('is not trained', async () => {
    const { accept } = await workshop();
    await expect(accept.train({ model: 'datasets' })).rejects.toMatchObject({
      code: 'GLIMPSE_NAME_RESERVED',
    });
  });
});
