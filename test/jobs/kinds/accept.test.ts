import { describe, expect, it } from 'vitest';
import type { DatasetSpec, UploadedFile } from '../../../src/datasets/spec.ts';
import { undecided } from '../../../src/datasets/refusal.ts';
import { evaluateJob } from '../../../src/jobs/kinds/evaluate.ts';
import { importJob } from '../../../src/jobs/kinds/import.ts';
import type { AcceptContext } from '../../../src/jobs/kinds/job-kind.ts';
import { lookJob } from '../../../src/jobs/kinds/look.ts';
import { predictJob } from '../../../src/jobs/kinds/predict.ts';
import { trainJob } from '../../../src/jobs/kinds/train.ts';

const uploads: UploadedFile[] = [{ part: 'dataset', name: 'x.csv', file: '/x' }];

/** A context that takes every dataset, or refuses it, and tells what it was asked. */
function contextWith(refuse?: (spec: DatasetSpec) => unknown) {
  const asked: unknown[] = [];
  const context: AcceptContext = {
    defaultModel: 'digits',
    datasets: {
      async check(spec, files) {
        asked.push([spec, files.length]);
        const error = refuse?.(spec);
        if (error) throw error;
        return { spec: { ...spec, uri: `${spec.uri ?? 'upload'}@1` } };
      },
    },
    checkRoom: async (model, labels) => asked.push([model, labels]),
    checkVersion: async (model, version) => asked.push([model, version]),
    versions: {
      labels: async () => ({ labels: { production: 3, candidate: 4 }, etag: undefined }),
      versions: async () => [1, 3, 4],
      manifest: async (model, version) => ({ model, version }) as never,
    },
    outputs: { check: async (...place) => void asked.push(place) },
    searches: { maxTrials: 20 },
  };
  return { asked, context };
}

describe('a request to import', () => {
  it('has everything decided, and the dataset that was checked', async () => {
    const { asked, context } = contextWith();
    expect(await importJob.accept({ name: 'a' }, uploads, context)).toEqual({
      request: { name: 'a', maxBadRows: 0.01, keepDuplicates: false, dataset: { uri: 'upload@1' } },
      notes: [],
    });
    const all = { name: 'a', dataset: { uri: 'x' }, maxBadRows: 2, keepDuplicates: true };
    expect((await importJob.accept(all, [], context)).request).toEqual({
      ...all,
      dataset: { uri: 'x@1' },
    });
    expect(asked).toEqual([
      [{}, 1],
      [{ uri: 'x' }, 0],
    ]);
    await expect(importJob.accept({ dataset: {} }, [], context)).rejects.toMatchObject({
      code: 'GLIMPSE_INVALID_REQUEST',
      details: { in: 'body' },
    });
    expect(importJob).toMatchObject({ name: 'import', lane: 'short', publishes: false });
    expect(
      importJob.subject({ name: 'a', dataset: {}, maxBadRows: 0, keepDuplicates: false }),
    ).toEqual({ dataset: 'a' });
  });

  it('is told in short by what it made, without the report', () => {
    const imported = { uri: 'dataset:a@1', name: 'a', report: { rowsRead: 1 } };
    expect(importJob.summary({ imported } as never)).toEqual({
      fields: { imported: { uri: 'dataset:a@1', name: 'a' } },
      words: 'dataset:a@1',
    });
    expect(importJob.summary({})).toBeUndefined();
  });
});

describe('a request to look', () => {
  it('has everything decided but what only an import knows', async () => {
    const { asked, context } = contextWith();
    const decided = { maxBadRows: 0.01, seed: 1, validationSplit: 0.1, testSplit: 0.1 };
    const shipped = { name: 'a', keepDuplicates: true };
    expect(await lookJob.accept(shipped, uploads, context)).toEqual({
      request: { ...decided, dataset: { uri: 'upload@1' } },
      notes: [],
    });
    const own = { maxBadRows: 2, seed: 3, validationSplit: 0.2, testSplit: 0.3 };
    const { request } = await lookJob.accept({ ...own, dataset: { uri: 'x' } }, [], context);
    expect(request).toEqual({ ...own, dataset: { uri: 'x@1' } });
    expect(asked).toEqual([
      [{}, 1],
      [{ uri: 'x' }, 0],
    ]);
    expect(lookJob).toMatchObject({ name: 'look', lane: 'short', publishes: false });
    expect(lookJob.subject(request)).toEqual({ dataset: 'x@1' });
    expect(lookJob.subject({ ...request, dataset: {} })).toEqual({ dataset: 'the upload' });
    expect(lookJob.subject({ ...request, model: 'digits' })).toEqual({ model: 'digits' });
  });

  it('asks itself which column is the label, and is refused for anything else', async () => {
    const open = contextWith(() => undecided('labelColumn', 'which?'));
    const { request } = await lookJob.accept({ dataset: { uri: 'x' } }, [], open.context);
    expect(request.dataset).toEqual({ uri: 'x' });
    const refused = contextWith(() => undecided('path', 'which?'));
    await expect(
      lookJob.accept({ dataset: { uri: 'x' } }, [], refused.context),
    ).rejects.toMatchObject({ details: { option: 'path' } });
  });

  it('is told in short by what was found', () => {
    const looked = { trainable: true, examples: 7, findings: [1, 2], source: 'x' };
    expect(lookJob.summary({ looked } as never)).toEqual({
      fields: { looked: { trainable: true, examples: 7, findings: 2 } },
      words: '7 examples, 2 findings',
    });
    expect(lookJob.summary({})).toBeUndefined();
  });
});

describe('a request to train', () => {
  const wanted = { dataset: { uri: 'x' } };

  it('checks its name, room for it, and every dataset', async () => {
    const { asked, context } = contextWith((spec) =>
      spec.uri === 'mnist:' ? new Error('it is not there') : undefined,
    );
    const all = { ...wanted, evaluation: { uri: 'y' } };
    const files = [...uploads, { ...uploads[0]!, part: 'evaluation' }];
    const { request, notes } = await trainJob.accept(all, files.slice(0, 0), context);
    expect(request).toMatchObject({
      model: 'digits',
      dataset: { uri: 'x@1' },
      evaluation: { uri: 'y@1' },
    });
    expect(notes).toEqual([]);
    expect(asked).toEqual([
      [{ uri: 'mnist:' }, 0],
      ['digits', ['production']],
      [{ uri: 'x' }, 0],
      [{ uri: 'y' }, 0],
    ]);
    expect((await trainJob.accept(wanted, [], context)).request).not.toHaveProperty('evaluation');
    await expect(trainJob.accept({ ...wanted, model: 'datasets' }, [], context)).rejects.toThrow();
    expect(trainJob).toMatchObject({ name: 'train', lane: 'training', publishes: true });
    expect(trainJob.summary({ version: 3 })).toEqual({
      fields: { version: 3 },
      words: 'version 3',
    });
    expect(trainJob.summary({})).toBeUndefined();
  });

  it('releases its version when it names a label, or a rule other than that of a person', async () => {
    const { context } = contextWith();
    for (const [publish, releases] of [
      [{}, false],
      [{ promote: 'never' }, false],
      [{ promote: 'always' }, true],
      [{ label: 'beta' }, true],
    ] as const) {
      const { request } = await trainJob.accept({ ...wanted, publish }, [], context);
      expect(trainJob.subject(request)).toEqual({ model: 'digits', releases });
    }
  });

  it('asks for room for its label, and is refused with a rule that could not be recorded', async () => {
    const { asked, context } = contextWith();
    await trainJob.accept({ ...wanted, publish: { label: 'beta' } }, [], context);
    expect(asked).toContainEqual(['digits', ['production', 'beta']]);
    const names = Array.from({ length: 1_000 }, (_, n) => [
      `${n}`.padEnd(150, 'x'),
      'y'.repeat(150),
    ]);
    const promote = { classes: Object.fromEntries(names) as Record<string, string> };
    await expect(
      trainJob.accept({ ...wanted, publish: { promote } }, [], context),
    ).rejects.toMatchObject({
      code: 'GLIMPSE_INVALID_REQUEST',
      message: expect.stringContaining('at most 262144 are recorded'),
      details: { path: '/publish/promote' },
    });
  });

  it('is refused with the label that nobody sets', async () => {
    const { context } = contextWith();
    await expect(
      trainJob.accept({ ...wanted, publish: { label: 'latest' } }, [], context),
    ).rejects.toMatchObject({
      code: 'GLIMPSE_INVALID_REQUEST',
      message: expect.stringContaining('follows the newest version by itself'),
    });
  });

  it('with an upload and no dataset learns from the upload', async () => {
    const { context } = contextWith();
    const { request, notes } = await trainJob.accept({}, uploads, context);
    expect([request.dataset, notes]).toEqual([{ uri: 'upload@1' }, []]);
  });

  it('without a dataset says in a note what it learns from', async () => {
    const { context } = contextWith();
    const { request, notes } = await trainJob.accept({}, [], context);
    expect(request.dataset.uri).toMatch(/^(mnist|sample):.*@1$/);
    const lacking = contextWith((spec) => spec.uri === 'mnist:' && new Error('it is not there'));
    const other = await trainJob.accept({}, [], lacking.context);
    expect(other.request.dataset.uri).not.toBe(request.dataset.uri);
    expect([...notes, ...other.notes]).toEqual([expect.any(String)]);
  });
});

describe('a request to evaluate', () => {
  it('is for a version that is there, and has everything decided', async () => {
    const { asked, context } = contextWith();
    const version = { model: 'a', version: 2 };
    expect(await evaluateJob.accept(version, uploads, context)).toEqual({
      request: { ...version, maxBadRows: 0.01, dataset: { uri: 'upload@1' } },
      notes: [],
    });
    const own = { ...version, maxBadRows: 3, dataset: { uri: 'x' } };
    const { request } = await evaluateJob.accept(own, [], context);
    expect(request).toEqual({ ...own, dataset: { uri: 'x@1' } });
    expect(asked).toEqual([
      ['a', 2],
      [{}, 1],
      ['a', 2],
      [{ uri: 'x' }, 0],
    ]);
    expect(evaluateJob).toMatchObject({ name: 'evaluate', lane: 'short', publishes: false });
    expect(evaluateJob.subject(request)).toEqual({ model: 'a' });
    expect(evaluateJob.summary({ version: 2 })).toEqual({
      fields: { version: 2 },
      words: 'version 2',
    });
    expect(evaluateJob.summary({})).toBeUndefined();
  });
});

describe('a request to predict', () => {
  it('has everything decided: the version that is meant now, and places that may be read and written', async () => {
    const { asked, context } = contextWith();
    const dataset = { uri: 'photos' };
    expect(await predictJob.accept({ dataset, out: 'out' }, [], context)).toEqual({
      request: {
        model: 'digits',
        version: 3,
        dataset: { uri: 'photos@1' },
        out: 'out',
        format: 'json-lines',
        topK: 3,
        rowsPerPart: 1000,
      },
      notes: [],
    });
    expect(asked).toEqual([
      [dataset, 0],
      ['out', 'photos@1'],
    ]);
    const versions = [{ label: 'candidate' }, { version: 1 }].map(async (choice) => {
      const accepted = await predictJob.accept({ dataset, out: 'o', ...choice }, [], context);
      return accepted.request.version;
    });
    expect(await Promise.all(versions)).toEqual([4, 1]);
  });

  it.each([
    [{ version: 1, label: 'candidate' }, 'GLIMPSE_INVALID_REQUEST'],
    [{ label: 'nobody' }, 'GLIMPSE_LABEL_NOT_FOUND'],
    [{ label: 'toString' }, 'GLIMPSE_LABEL_NOT_FOUND'],
    [{ topK: 0 }, 'GLIMPSE_INVALID_REQUEST'],
    [{ format: 'parquet' }, 'GLIMPSE_INVALID_REQUEST'],
    [{ dataset: { uri: 'x', limit: 3 } }, 'GLIMPSE_INVALID_REQUEST'],
  ])('is refused with %j', async (fields, code) => {
    const { context } = contextWith();
    const request = { dataset: { uri: 'x' }, out: 'o', ...fields };
    await expect(predictJob.accept(request, [], context)).rejects.toMatchObject({ code });
  });

  it('needs no label column', async () => {
    const { context } = contextWith(() => undecided('labelColumn', 'it has none'));
    const accepted = await predictJob.accept({ dataset: { uri: 'x' }, out: 'o' }, [], context);
    expect(accepted.request.dataset).toEqual({ uri: 'x' });
    const { context: away } = contextWith(() => undecided('range', 'what is white?'));
    await expect(
      predictJob.accept({ dataset: { uri: 'x' }, out: 'o' }, [], away),
    ).rejects.toMatchObject({ code: 'GLIMPSE_DATASET_INVALID' });
  });

  it('is told in short by how many rows it has predicted', () => {
    expect(predictJob).toMatchObject({ name: 'predict', lane: 'prediction', publishes: false });
    const predicted = { rows: 12, errors: 1, out: 's3://b/p', classes: { a: 11 } };
    expect(predictJob.summary({ predicted } as never)).toEqual({
      fields: { predicted: { rows: 12, errors: 1, out: 's3://b/p' } },
      words: '12 rows predicted, 1 with an error',
    });
  });
});
