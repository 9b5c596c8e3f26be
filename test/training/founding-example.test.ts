import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createDatasetOpener } from '../../src/datasets/open.ts';
import { runTraining } from '../../src/training/run.ts';
import { resolveTrainRequest } from '../../src/training/resolve-request.ts';
import { tinyWorkshop } from './tiny-run.ts';

const root = join(import.meta.dirname, '..', '..');
const mnistDir = process.env['GLIMPSE_MNIST_DIR'] || join(root, 'data', 'mnist');
const hasMnist = existsSync(join(mnistDir, 'train-images-idx3-ubyte.gz'));

/** The request that says nothing, on the data of this machine. */
async function foundingRun(withMnist: boolean) {
  const { parts, repository } = await tinyWorkshop();
  const datasets = createDatasetOpener(
    {
      root,
      buckets: undefined,
      mnistDir,
      samplesDir: join(root, 'samples', 'digits'),
      openStore: () => {
        throw new Error('this test has no store');
      },
      openRepository: () => repository,
    },
    { maxExamples: 100_000, maxBytes: 1e8, maxEntries: 10, maxRatio: 200, maxImageBytes: 1e6 },
    parts.images,
  );
  const context = { defaultModel: 'digits', hasMnist: withMnist, hasUploads: false };
  const outcome = await runTraining(resolveTrainRequest({}, context), { ...parts, datasets });
  return { outcome, manifest: await repository.manifest('digits', 1) };
}

describe('the founding example', { timeout: 120_000 }, () => {
  it('learns the digits we drew, where MNIST is not', async () => {
    const { outcome, manifest } = await foundingRun(false);
    expect(outcome.metrics.accuracy).toBeGreaterThan(0.93);
    expect(outcome.notes).toEqual([expect.stringContaining('MNIST is not on this machine')]);
    expect(manifest.preprocessing).toMatchObject({ width: 28, canonicalise: 'handwriting' });
    expect(manifest.signature).toMatchObject({
      input: { name: 'image', layout: 'NCHW', shape: [1, 28, 28] },
      classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
    });
    expect(manifest.golden.length).toBeGreaterThan(2);
  });

  it('reaches 90 % on MNIST digits it never saw, and knows how sure it is', async ({ skip }) => {
    skip(!hasMnist, 'MNIST is not on this machine');
    const { outcome } = await foundingRun(true);
    expect(outcome.metrics).toMatchObject({
      examples: 9800,
      measuredOn: expect.stringContaining('mnist: 50000..59999'),
    });
    expect(outcome.metrics.accuracy).toBeGreaterThan(0.9);
    expect(outcome.metrics.calibrationError).toBeLessThan(0.03);
  });
});
