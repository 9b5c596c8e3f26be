import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isInMnistFrame } from '../../src/image/handwriting/mnist-frame.ts';
import { createRandom } from '../../src/random.ts';
import { openOnnxRuntime } from '../../src/runtime/onnx-runtime.ts';
import { softmax, unstack } from '../../src/tensor.ts';
import { drawOutliers } from '../../src/training/outliers/draw-outliers.ts';
import { tinyWorkshop } from './tiny-run.ts';

const images = (count: number, seed = 1) => {
  const pixels = drawOutliers(createRandom(seed), count);
  return Array.from({ length: count }, (_, i) => pixels.subarray(i * 784, (i + 1) * 784));
};

describe('drawn outliers', () => {
  it('are the same for the same seed, and no two alike', () => {
    expect(drawOutliers(createRandom(3), 20)).toEqual(drawOutliers(createRandom(3), 20));
    const texts = new Set(images(60).map((image) => Buffer.from(image).toString('base64')));
    expect(texts.size).toBe(60);
  });

  it('stand in the frame that digits are brought into, light on dark', () => {
    const drawn = images(60);
    expect(drawn.every((image) => Math.max(...image) === 255)).toBe(true);
    const framed = drawn.filter(isInMnistFrame);
    expect(framed.length).toBeGreaterThan(50);
  });
});

describe('a run with outliers', () => {
  it('is refused letters where no digits are learnt, before anything is trained', async () => {
    const { run, events } = await tinyWorkshop();
    await expect(run({ outliers: 'letters' })).rejects.toMatchObject({
      code: 'GLIMPSE_HYPERPARAMETER_INVALID',
      message: expect.stringContaining('models of handwritten digits'),
    });
    expect(events.some(({ type }) => type === 'epoch')).toBe(false);
  });

  it('learns to find no class in images like those of the dataset that it names', async () => {
    const { folder, repository, run, events } = await tinyWorkshop();
    const random = createRandom(4);
    // Neither bar: a bright picture with a dark spot. Labels are not looked at.
    const rows = Array.from({ length: 80 }, () => {
      const dark = random.integer(36);
      return [
        'what',
        ...Array.from({ length: 36 }, (_, i) => (i === dark ? 0 : 200 + random.integer(50))),
      ];
    });
    await writeFile(join(folder, 'others.csv'), `${rows.map((row) => row.join(',')).join('\n')}\n`);
    const pixels = Float32Array.from(
      rows.slice(0, 20).flatMap((row) => row.slice(1).map(Number)),
      (v) => v / 255,
    );
    const surest = async (version: number): Promise<number> => {
      const { folder: files, manifest } = await repository.open('bars', version);
      const { signature, entry } = manifest;
      const runtime = await openOnnxRuntime({ file: join(files, entry), signature, threads: 1 });
      const answers = unstack(await runtime.infer({ shape: [20, 1, 6, 6], data: pixels }));
      await runtime.close();
      return answers.reduce((sum, row) => sum + Math.max(...softmax(row)), 0) / 20;
    };
    await run({ epochs: 30 });
    await run({ epochs: 30, outliers: { uri: 'others.csv' } });
    // Every class alike would be a third.
    expect(await surest(1)).toBeGreaterThan(0.8);
    expect(await surest(2)).toBeLessThan(0.55);
    const { lineage, metrics } = await repository.manifest('bars', 2);
    expect(lineage.hyperparameters).toMatchObject({
      outliers: { uri: 'others.csv' },
      outlierImages: { count: 80, digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(metrics.accuracy).toBeGreaterThan(0.9);
    const epochs = events.flatMap((event) => (event.type === 'epoch' ? [event.epoch] : []));
    // Outliers are no right answers: all examples right is all that there can be.
    expect(epochs.every(({ accuracy }) => accuracy <= 1)).toBe(true);
    expect(epochs.at(-1)!.accuracy).toBeGreaterThan(0.9);
  });
});
