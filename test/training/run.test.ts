import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openGraphSession } from '../../src/runtime/graph-session.ts';
import { aDraft } from '../support/drafts.ts';
import { bars, tinyWorkshop } from './tiny-run.ts';

const sum = (counts: readonly number[]) => counts.reduce((all, one) => all + one, 0);

describe('a run', () => {
  it('trains, measures on examples it never saw, and publishes the next version', async () => {
    const { events, folder, repository, run } = await tinyWorkshop();
    const outcome = await run();
    expect(outcome).toMatchObject({ model: 'bars', version: 1 });
    expect(outcome.metrics.accuracy).toBeGreaterThan(0.9);
    expect(outcome.metrics).toMatchObject({
      examples: 12,
      measuredOn: expect.stringContaining('set aside'),
    });
    expect(await repository.versions('bars')).toEqual([1]);
    const manifest = await repository.manifest('bars', 1);
    expect(manifest.signature.classes).toEqual(['flat', 'none', 'tall']);
    expect(manifest.preprocessing).toMatchObject({ width: 6, height: 6, canonicalise: 'none' });
    expect(manifest.metrics).toEqual(outcome.metrics);
    const { classes, confidence, brightness, ...others } = manifest.baseline!;
    expect(others).toEqual({ examples: 12 });
    expect([classes, confidence.counts, brightness.counts].map(sum)).toEqual([12, 12, 12]);
    expect(classes).toHaveLength(3);
    expect(brightness.edges.length).toBeGreaterThan(5);
    expect(brightness.edges.every((edge) => edge > 0.05 && edge < 0.3)).toBe(true);
    expect(manifest.golden.length).toBeGreaterThan(0);
    expect(await readFile(join(folder, 'models/bars/1/model.onnx'))).not.toHaveLength(0);

    const epochs = events.flatMap((event) => (event.type === 'epoch' ? [event.epoch] : []));
    expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(epochs.at(-1)!.loss).toBeLessThan(epochs[0]!.loss);
    expect(
      epochs.every(
        ({ validationLoss, validationAccuracy }) =>
          validationLoss! >= 0 && validationAccuracy! >= 0,
      ),
    ).toBe(true);
    const stages = events.flatMap((event) => (event.type === 'stage' ? [event.stage] : []));
    expect(stages).toEqual(['reading', 'training', 'evaluating', 'publishing']);
  });

  it('publishes thresholds for warnings: of scores with validation examples, of ink never here', async () => {
    const { repository, run } = await tinyWorkshop(bars(400));
    await run({ epochs: 2, validationSplit: 0.3 });
    const { gate } = await repository.manifest('bars', 1);
    expect(gate).toMatchObject({ maxError: 0.05, chosenBy: 120, sets: { coverage: 0.99 } });
    expect(Object.keys(gate!)).toEqual(['minScore', 'maxError', 'sets', 'chosenBy']);
    expect(gate!.minScore).toBeGreaterThan(1 / 3);
    expect(gate!.minScore).toBeLessThan(1);
  });

  it('chooses them by cross-validation where there are few validation examples', async () => {
    const { repository, run } = await tinyWorkshop(bars(200));
    await run({ epochs: 2, maxError: 0.02 });
    const { gate } = await repository.manifest('bars', 1);
    // Of 200, 20 are watched and 20 measured on.
    expect(gate).toMatchObject({ maxError: 0.02, chosenBy: 160, folds: 5 });
    await run({ epochs: 2, maxError: 0.02 });
    expect((await repository.manifest('bars', 2)).gate).toEqual(gate);
  });

  it('says that too few examples promise nothing, and publishes no threshold', async () => {
    const { repository, run } = await tinyWorkshop(bars(21));
    const { notes } = await run({ epochs: 1, maxError: 0.01 });
    expect(notes).toContainEqual(
      expect.stringMatching(/cannot be promised by \d+ .*; it takes 99/),
    );
    const { gate } = await repository.manifest('bars', 1);
    expect(gate).not.toHaveProperty('minScore');
  });

  it('leaves the label production where it is, and says how to promote what it has published', async () => {
    const { repository, run } = await tinyWorkshop();
    await repository.publish(aDraft({ model: 'bars', label: 'production' }));
    const { version, notes } = await run({ epochs: 1 });
    expect(version).toBe(2);
    expect(notes).toContainEqual(
      expect.stringMatching(
        /"production" stays on version 1.* PUT \/models\/bars\/labels\/production with {"version": 2}/,
      ),
    );
    expect(await repository.labels('bars')).toMatchObject({ labels: { production: 1, latest: 2 } });
    const promoted = await run({ epochs: 1, publish: { label: 'production' } });
    expect(promoted.notes.filter((note) => note.includes('production'))).toEqual([]);
  });

  it('publishes a net that answers what its manifest says', async () => {
    const { folder, repository, images, run } = await tinyWorkshop();
    await run();
    const { golden, preprocessing, signature } = await repository.manifest('bars', 1);
    const served = join(folder, 'models/bars/1');
    const session = await openGraphSession(await readFile(join(served, 'model.onnx')), {
      threads: 1,
    });
    for (const { file, label, scores } of golden) {
      const data = await images.prepare(await readFile(join(served, file)), preprocessing, 'NCHW');
      const { logits } = await session.run({
        image: { type: 'float32', dims: [1, 1, 6, 6], data },
      });
      const weights = Array.from(logits!.data as Float32Array, Math.exp);
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      expect(signature.classes[scores.indexOf(Math.max(...scores))]).toBe(label);
      weights.forEach((weight, index) => expect(weight / total).toBeCloseTo(scores[index]!, 4));
    }
    await session.close();
  });

  it('gives the same bytes for the same seed, data and workers, and others for others', async () => {
    const { folder, run } = await tinyWorkshop();
    const bytesOf = (version: number) =>
      readFile(join(folder, `models/bars/${version}/model.onnx`));
    const wide = { augmentation: 'handwriting', epochs: 3 } as const;
    await run(wide);
    await run(wide);
    await run({ ...wide, seed: 2 });
    await run({ ...wide, workers: 2 });
    await run({ ...wide, workers: 2 });
    expect((await bytesOf(2)).equals(await bytesOf(1))).toBe(true);
    expect((await bytesOf(3)).equals(await bytesOf(1))).toBe(false);
    expect((await bytesOf(4)).equals(await bytesOf(1))).toBe(false);
    expect((await bytesOf(5)).equals(await bytesOf(4))).toBe(true);
  });

  it('gives the same bytes on one thread as on two', async () => {
    const { folder, run } = await tinyWorkshop();
    const wide = { augmentation: 'handwriting', epochs: 3 } as const;
    await run(wide, { threads: 1 });
    await run(wide, { threads: 2 });
    const [one, two] = await Promise.all(
      [1, 2].map((version) => readFile(join(folder, `models/bars/${version}/model.onnx`))),
    );
    expect(one!.equals(two!)).toBe(true);
  });

  it('records what it was made of, so that it can be made again', async () => {
    const { repository, run } = await tinyWorkshop();
    await run();
    await run({ epochs: 2, seed: 9 }, { job: 'abc', command: 'glimpse train' });
    const { lineage } = await repository.manifest('bars', 2);
    expect(lineage).toMatchObject({
      codeVersion: '0.0.0-test',
      parent: 1,
      job: 'abc',
      seed: 9,
      command: 'glimpse train',
      dataset: {
        uri: 'bars.csv',
        examples: 120,
        parts: { training: 96, validation: 12, test: 12 },
      },
      architecture: { layers: expect.any(Array) },
      hyperparameters: {
        epochs: 2,
        epochsTrained: 2,
        batchSize: 16,
        optimizer: { name: 'adam', learningRate: 0.01 },
      },
    });
    expect(lineage.dataset!.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it('publishes once for one job, however often it is run to its end', async () => {
    const { repository, run } = await tinyWorkshop();
    const first = await run({}, { job: 'same' });
    const again = await run({}, { job: 'same' });
    expect(again.version).toBe(first.version);
    expect(await repository.versions('bars')).toEqual([1]);
  });

  it('publishes beside a version whose manifest somebody damaged', async () => {
    const { folder, repository, run } = await tinyWorkshop();
    await run({ epochs: 1 }, { job: 'first' });
    await writeFile(join(folder, 'models/bars/1/manifest.json'), '{');
    expect(await run({ epochs: 1 }, { job: 'second' })).toMatchObject({ version: 2 });
    expect((await repository.manifest('bars', 2)).lineage.job).toBe('second');
  });

  it('points the label it was asked for at the new version', async () => {
    const { repository, run } = await tinyWorkshop();
    await run({ epochs: 1, publish: { label: 'candidate' } });
    expect(await repository.labels('bars')).toMatchObject({ labels: { candidate: 1, latest: 1 } });
  });

  it('measures on an evaluation dataset, a part of which it watches while training', async () => {
    const { events, folder, run } = await tinyWorkshop();
    await writeFile(join(folder, 'other.csv'), bars(90, 7));
    const { metrics } = await run({ evaluation: { uri: 'other.csv' } });
    const report = events.find((event) => event.type === 'dataset')!.dataset;
    expect(report.parts).toEqual({ training: 120, validation: 45, test: 45 });
    expect(metrics).toMatchObject({
      examples: 45,
      measuredOn: 'examples of other.csv, which nothing was chosen by',
    });
  });

  it('stops early and keeps the best epoch', async () => {
    const { events, repository, run } = await tinyWorkshop();
    await run({
      epochs: 200,
      optimizer: { name: 'adam', learningRate: 0.1 },
      earlyStopping: { patience: 3 },
    });
    const epochs = events.flatMap((event) => (event.type === 'epoch' ? [event.epoch] : []));
    expect(epochs.length).toBeLessThan(200);
    const { hyperparameters } = (await repository.manifest('bars', 1)).lineage;
    expect(hyperparameters).toMatchObject({
      epochsTrained: epochs.length,
      bestEpoch: epochs.length - 3,
    });
    const losses = epochs.map(({ validationLoss }) => validationLoss!);
    expect(losses.indexOf(Math.min(...losses))).toBe(epochs.length - 4);
  });

  it.each([['balanced'], [{ tall: 3 }]] as const)(
    'takes class weights: %j',
    async (classWeights) => {
      const { run } = await tinyWorkshop();
      const { metrics } = await run({ classWeights, epochs: 20 });
      expect(metrics.accuracy).toBeGreaterThan(0.8);
    },
  );

  it('makes golden samples of the images it is given, named after their classes', async () => {
    const { folder, repository, run } = await tinyWorkshop();
    await run({ epochs: 20 });
    const own = (await repository.manifest('bars', 1)).golden;
    await mkdir(join(folder, 'golden'));
    const bytes = (file: string) => readFile(join(folder, 'models/bars/1', file));
    const flat = await bytes(own.find(({ label }) => label === 'flat')!.file);
    await writeFile(join(folder, 'golden/flat-one.png'), flat);
    await writeFile(join(folder, 'golden/tall.png'), flat);
    await writeFile(join(folder, 'golden/README.md'), 'not an image');
    const { notes } = await run({ epochs: 20 }, { goldenDir: join(folder, 'golden') });
    const { golden } = await repository.manifest('bars', 2);
    expect(golden.map(({ file, label }) => [file, label])).toEqual([
      ['golden/flat-one.png', 'flat'],
    ]);
    expect(notes[0]).toBe('golden sample tall.png left out: answered "flat"');
  });
});

describe('a run that cannot be', () => {
  it.each([
    [
      'a learning rate that blows up',
      {
        optimizer: { name: 'sgd', learningRate: 100 },
        epochs: 50,
        architecture: {
          layers: [
            { type: 'flatten' },
            { type: 'dense', units: 64 },
            { type: 'dense', units: 64 },
            { type: 'dense' },
          ],
        },
      },
      'GLIMPSE_TRAINING_DIVERGED',
    ],
    [
      'layers that do not fit the data',
      { architecture: { layers: [{ type: 'flatten' }, { type: 'dense', units: 7 }] } },
      'GLIMPSE_ARCHITECTURE_INVALID',
    ],
    [
      'a weight for an unknown class',
      { classWeights: { round: 2 } },
      'GLIMPSE_HYPERPARAMETER_INVALID',
    ],
    [
      'early stopping with nothing to watch',
      { validationSplit: 0, earlyStopping: { patience: 1 } },
      'GLIMPSE_HYPERPARAMETER_INVALID',
    ],
    [
      'a colour space of another number of channels',
      { preprocessing: { colourSpace: 'rgb' } },
      'GLIMPSE_HYPERPARAMETER_INVALID',
    ],
    [
      'means of another number of channels',
      { preprocessing: { mean: [0.5, 0.5, 0.5] } },
      'GLIMPSE_HYPERPARAMETER_INVALID',
    ],
    [
      'a dataset that is not there',
      { dataset: { uri: 'nothing.csv' } },
      'GLIMPSE_DATASET_NOT_FOUND',
    ],
  ] as const)('says why and publishes nothing: %s', async (_, request, code) => {
    const { repository, run } = await tinyWorkshop();
    await expect(run(request as object)).rejects.toMatchObject({ code });
    expect(await repository.versions('bars')).toEqual([]);
  });

  it.each([1, 2])('stops between two steps when it is cancelled: %i workers', async (workers) => {
    const { repository, run } = await tinyWorkshop();
    const cancel = new AbortController();
    const reason = new Error('enough');
    const report = (event: { type: string }) => event.type === 'epoch' && cancel.abort(reason);
    await expect(run({ epochs: 1000, workers }, { signal: cancel.signal, report })).rejects.toBe(
      reason,
    );
    expect(await repository.versions('bars')).toEqual([]);
  });
});
