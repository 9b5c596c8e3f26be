import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openGraphSession } from '../../../src/runtime/graph-session.ts';
import { aDraft } from '../../support/drafts.ts';
import type { TrainRequest } from '../../../src/training/request.ts';
import { bars, tinyWorkshop } from '../tiny-run.ts';

const onTop = { architecture: 'transfer', backbone: { model: 'bars', version: 1 } } as const;

describe('training on top of a backbone', () => {
  it('publishes one graph of a version of the repository and a head', async () => {
    const { events, folder, repository, run } = await tinyWorkshop();
    await run();
    const outcome = await run({ ...onTop, model: 'other' });
    expect(outcome).toMatchObject({ model: 'other', version: 1 });
    expect(outcome.metrics.accuracy).toBeGreaterThan(0.9);
    const manifest = await repository.manifest('other', 1);
    expect(manifest.signature.input).toEqual({
      name: 'image',
      dtype: 'float32',
      layout: 'NCHW',
      shape: [1, 6, 6],
    });
    expect(manifest.golden.length).toBeGreaterThan(0);
    expect(manifest.lineage).toMatchObject({
      architecture: 'transfer',
      hyperparameters: { onTopOf: { name: 'version 1 of bars', digest: expect.any(String) } },
    });
    // 16 features, three classes: the backbone learns nothing any more.
    expect(manifest.lineage.hyperparameters).toMatchObject({ parameters: 16 * 3 + 3 });
    expect(events).toContainEqual({
      type: 'note',
      note: expect.stringMatching(/on top of version 1 of bars, which found 16 features in each/),
    });
    const file = join(folder, 'models/other/1/model.onnx');
    const session = await openGraphSession(await readFile(file), { threads: 1 });
    const image = { type: 'float32', dims: [3, 1, 6, 6], data: new Float32Array(108) } as const;
    expect((await session.run({ image }))['logits']!.dims).toEqual([3, 3]);
    await session.close();
  });

  it('gives the same bytes for the same seed', async () => {
    const { folder, run } = await tinyWorkshop();
    await run();
    const bytesOf = (version: number) =>
      readFile(join(folder, `models/other/${version}/model.onnx`));
    await run({ ...onTop, model: 'other', epochs: 2 });
    await run({ ...onTop, model: 'other', epochs: 2 });
    expect(await bytesOf(2)).toEqual(await bytesOf(1));
  });

  it('brings small grey images to the size and colours of the backbone that comes with the program', async () => {
    const { folder, repository, run } = await tinyWorkshop(bars(12));
    await run({ architecture: 'transfer', epochs: 3, model: 'shipped' });
    const { signature, preprocessing } = await repository.manifest('shipped', 1);
    expect(signature.input.shape).toEqual([1, 6, 6]);
    expect(preprocessing).toMatchObject({ scale: 1, mean: [0], std: [1], colourSpace: 'grey' });
    const model = await readFile(join(folder, 'models/shipped/1/model.onnx'));
    expect(model.length).toBeLessThan(7e6);
  });

  it('learns on top of what was learnt on top of another backbone', async () => {
    const { repository, run } = await tinyWorkshop();
    await run();
    await run({ ...onTop, model: 'first' });
    const backbone = { model: 'first', version: 1 };
    await run({ architecture: 'transfer', backbone, model: 'second' });
    const { lineage, metrics } = await repository.manifest('second', 1);
    expect(lineage.hyperparameters).toMatchObject({ onTopOf: { name: 'version 1 of first' } });
    expect(metrics.accuracy).toBeGreaterThan(0.9);
  });

  it('does not trust a version that holds a backbone of somebody else', async () => {
    const { repository, parts, run } = await tinyWorkshop();
    const { trust } = parts;
    await run();
    await run({ ...onTop, model: 'trusted' });
    expect(await trust.isTrusted(await repository.manifest('trusted', 1))).toBe(true);
    const nobody = { ...trust, isTrusted: async () => false };
    await run({ ...onTop, model: 'foreign', seed: 2 }, { trust: nobody });
    const foreign = await repository.manifest('foreign', 1);
    expect(foreign.lineage.hyperparameters).toMatchObject({ onTopOf: { isTrusted: false } });
    expect(await trust.isTrusted(foreign)).toBe(false);
  });

  it('refuses a backbone whose features nobody can find', async () => {
    const { repository, run } = await tinyWorkshop();
    await repository.publish(aDraft({ model: 'odd' }));
    await expect(
      run({ architecture: 'transfer', backbone: { model: 'odd', version: 1 } }),
    ).rejects.toMatchObject({ code: expect.stringMatching(/GLIMPSE_(BACKBONE|MODEL)_INVALID/) });
  });

  it.each([
    [{ architecture: 'cnn', backbone: { model: 'bars', version: 1 } }, 'backbone'],
    [{ architecture: 'transfer', augmentation: 'photo' }, 'augmentation'],
    [{ architecture: 'transfer', quantise: true }, 'quantise'],
    [{ architecture: 'transfer', startFrom: { version: 1 } }, 'startFrom'],
    [{ architecture: 'transfer', outliers: 'letters' }, 'outliers'],
    [{ architecture: 'transfer', preprocessing: { mean: [0.5] } }, 'preprocessing.mean'],
  ] as [TrainRequest, string][])('refuses %j before anything is read', async (asked, name) => {
    const { run } = await tinyWorkshop();
    expect(() => run(asked)).toThrow(
      expect.objectContaining({
        code: 'GLIMPSE_HYPERPARAMETER_INVALID',
        message: expect.stringContaining(name),
      }),
    );
  });
});
