import { describe, expect, it } from 'vitest';
import { bars, tinyRequest, tinyWorkshop } from './tiny-run.ts';

describe('a run that starts from a version', () => {
  it('begins with its parameters: with a rate near nothing it answers as that version does', async () => {
    // With so many neither of the two is calibrated by cross-validation.
    const { repository, run } = await tinyWorkshop(bars(1000));
    await run({ epochs: 2 });
    await run({
      startFrom: { version: 1 },
      epochs: 1,
      optimizer: { name: 'sgd', learningRate: 1e-9 },
    });
    const [one, two] = await Promise.all([1, 2].map((v) => repository.manifest('bars', v)));
    expect(two!.metrics.confusionMatrix).toEqual(one!.metrics.confusionMatrix);
    // Temperature and all: the scores are the same to their sixth digit or so.
    expect(two!.metrics.loss).toBeCloseTo(one!.metrics.loss!, 4);
    expect(two!.lineage.hyperparameters).toMatchObject({ startFrom: { version: 1 } });
  });

  it('learns on without batch norm, which was folded into the layers before it', async () => {
    const { repository, run } = await tinyWorkshop();
    const layers = [
      { type: 'conv2d', filters: 4, kernelSize: 3, useBias: false },
      { type: 'batchNormalization' },
      { type: 'activation', activation: 'relu' },
      { type: 'flatten' },
      { type: 'dense' },
    ] as const;
    const architecture = { layers: [...layers] };
    await run({ architecture });
    await run({ architecture, startFrom: { version: 1 }, epochs: 2 });
    const { metrics } = await repository.manifest('bars', 2);
    expect(metrics.accuracy).toBeGreaterThan(0.9);
  });

  it('is refused where the layers are others, or the version is not there', async () => {
    const { run } = await tinyWorkshop();
    await run({ epochs: 1 });
    const wider = {
      layers: [
        { type: 'flatten' as const },
        { type: 'dense' as const, units: 8 },
        { type: 'dense' as const },
      ],
    };
    await expect(run({ architecture: wider, startFrom: { version: 1 } })).rejects.toMatchObject({
      code: 'GLIMPSE_HYPERPARAMETER_INVALID',
      message: expect.stringContaining('version 1 of bars has other layers'),
    });
    await expect(run({ ...tinyRequest, startFrom: { version: 9 } })).rejects.toMatchObject({
      code: 'GLIMPSE_VERSION_NOT_FOUND',
    });
  });
});
