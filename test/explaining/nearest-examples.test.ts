import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openNearestExamples } from '../../src/explaining/nearest-examples.ts';
import { packExamples, unpackExamples } from '../../src/repository/kept-examples.ts';
import { openOnnxRuntime } from '../../src/runtime/onnx-runtime.ts';
import type { TrainRequest } from '../../src/training/request.ts';
import { bars, tinyWorkshop } from '../training/tiny-run.ts';

const { signal } = new AbortController();

/** The first version of a net that keeps examples, and who finds the likest among them. */
async function trained(request: TrainRequest = {}) {
  const workshop = await tinyWorkshop(bars(90));
  await workshop.run({ epochs: 4, keepExamples: 12, ...request });
  let opened = 0;
  const nearest = openNearestExamples({
    repository: workshop.repository,
    openRuntime(_, file, signature) {
      opened += 1;
      return openOnnxRuntime({ file, signature, threads: 1 });
    },
  });
  onTestFinished(() => nearest.close());
  const manifest = await workshop.repository.manifest('bars', 1);
  const file = join(workshop.folder, 'models/bars/1/examples.bin');
  return { ...workshop, nearest, manifest, file, opened: () => opened };
}

/** A picture as the net takes it: bars.csv is prepared by the contract plain. */
async function exampleOf(png: Uint8Array): Promise<Float32Array> {
  const pixels = await sharp(png).toColourspace('b-w').raw().toBuffer();
  return Float32Array.from(pixels, (value) => value / 255);
}

describe('the training examples that are likest an example', () => {
  it.each([
    ['a net of its own', {}],
    [
      'a net whose only layer is its last',
      { architecture: { layers: [{ type: 'flatten' }, { type: 'dense' }] } },
    ],
    ['a recurrent net', { architecture: 'gru' }],
    ['a net in eight bits', { quantise: { minAgreement: 0, maxAccuracyFall: 1 } }],
  ] as [string, TrainRequest][])(
    'are of all classes alike, and begin with itself, by %s',
    async (_, request) => {
      const { nearest, manifest, file, opened } = await trained(request);
      expect(manifest.keptExamples).toMatchObject({ file: 'examples.bin', count: 12 });
      const kept = unpackExamples(await readFile(file))!;
      expect([0, 1, 2].map((label) => kept.filter((one) => one.label === label).length)).toEqual([
        4, 4, 4,
      ]);
      for (const { row, label, png } of kept.slice(0, 4)) {
        const found = await nearest.nearestTo(manifest, await exampleOf(png), 3, signal);
        expect(found).toHaveLength(3);
        expect(found![0]).toMatchObject({ row, label });
        expect(found![0]!.similarity).toBeCloseTo(1, 2);
        const falling = found!.map(({ similarity }) => similarity);
        expect(falling).toEqual(falling.toSorted((one, other) => other - one));
      }
      expect(opened()).toBe(1);
    },
  );

  it('are mostly of the class that it is of', async () => {
    const { nearest, manifest, file } = await trained({ epochs: 12, keepExamples: 30 });
    const kept = unpackExamples(await readFile(file))!;
    let same = 0;
    for (const { label, png } of kept) {
      const found = await nearest.nearestTo(manifest, await exampleOf(png), 2, signal);
      if (found![1]!.label === label) same += 1;
    }
    expect(same).toBeGreaterThanOrEqual(24);
  });

  it('are those of the backbone and its pictures, on top of one', async () => {
    const { nearest, repository, run } = await trained();
    const backbone = { model: 'bars', version: 1 };
    await run({ architecture: 'transfer', backbone, model: 'other', keepExamples: 6 });
    const manifest = await repository.manifest('other', 1);
    expect(manifest.keptExamples).toMatchObject({ count: 6, features: 16 });
    const found = await nearest.nearestTo(manifest, new Float32Array(36).fill(0.5), 9, signal);
    expect(found).toHaveLength(6);
  });

  it('are not known of a version that keeps none', async () => {
    const { nearest, repository, run } = await trained();
    await run({ model: 'bare' });
    const manifest = await repository.manifest('bare', 1);
    expect(manifest).not.toHaveProperty('keptExamples');
    expect(await nearest.nearestTo(manifest, new Float32Array(36), 3, signal)).toBeUndefined();
  });

  it('are as many as there are, where more were to be kept, and the same bytes by the same seed', async () => {
    const { manifest, repository, run } = await trained({ keepExamples: 1000 });
    expect(manifest.keptExamples!.count).toBe(72);
    await run({ epochs: 4, keepExamples: 1000, model: 'again' });
    const again = await repository.manifest('again', 1);
    const digestOf = ({ files }: typeof manifest) =>
      files.find(({ path }) => path === 'examples.bin')!.sha256;
    expect(digestOf(again)).toBe(digestOf(manifest));
  });

  it('are refused where their file names a class that the version does not have', async () => {
    const { folder, repository, nearest, manifest, file } = await trained();
    const kept = unpackExamples(await readFile(file))!;
    const model = await readFile(join(folder, 'models/bars/1/model.onnx'));
    const { signature, preprocessing, golden, lineage, metrics, keptExamples } = manifest;
    const draft = {
      model: 'odd',
      runtime: 'onnx',
      entry: 'model.onnx',
      signature,
      preprocessing,
    } as const;
    const odd = await repository.publish({
      ...draft,
      lineage,
      metrics,
      golden: golden.slice(0, 0),
      keptExamples: keptExamples!,
      files: new Map([
        ['model.onnx', model],
        ['examples.bin', packExamples(kept.map((one) => ({ ...one, label: 7 })))],
      ]),
    });
    await expect(nearest.nearestTo(odd, new Float32Array(36), 3, signal)).rejects.toMatchObject({
      code: 'GLIMPSE_MANIFEST_INVALID',
    });
  });
});
