import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openGradientMaps } from '../../src/explaining/gradient-maps.ts';
import { createRandom } from '../../src/random.ts';
import { floats, openGraphSession } from '../../src/runtime/graph-session.ts';
import type { TrainRequest } from '../../src/training/request.ts';
import { bars, tinyWorkshop } from '../training/tiny-run.ts';

const { signal } = new AbortController();
const random = createRandom(5);
const example = Float32Array.from({ length: 36 }, () => random.next());
const paper = new Float32Array(36).fill(0.1);

/** The first version of a net with these layers, and who explains it. */
async function trained(request: TrainRequest = {}) {
  const { folder, repository, run } = await tinyWorkshop(bars(60));
  await run({ epochs: 3, ...request });
  const maps = openGradientMaps(repository);
  onTestFinished(() => maps.close());
  const manifest = await repository.manifest('bars', 1);
  return { folder, repository, maps, manifest, run };
}

async function logitsOf(folder: string, image: Float32Array): Promise<Float32Array> {
  const model = await readFile(join(folder, 'models/bars/1/model.onnx'));
  const session = await openGraphSession(model, { threads: 1 });
  const given = { type: 'float32', dims: [1, 1, 6, 6], data: image } as const;
  const { logits } = await session.run({ image: given });
  await session.close();
  return floats(logits);
}

const convolutions: TrainRequest['architecture'] = {
  layers: [
    { type: 'conv2d', filters: 4, kernelSize: 3, useBias: false },
    { type: 'batchNormalization' },
    { type: 'activation', activation: 'relu' },
    { type: 'maxPool2d' },
    { type: 'dropout', rate: 0.1 },
    { type: 'flatten' },
    { type: 'dense' },
  ],
};

describe('what each number of an example gives to a class', () => {
  it.each([
    ['dense layers', {}],
    ['convolutions with batch norm', { architecture: convolutions }],
    ['a recurrent layer', { architecture: 'gru' }],
  ] as [string, TrainRequest][])(
    'is in sum by how much its logit is higher than for paper, for %s',
    async (_, request) => {
      const { folder, maps, manifest } = await trained(request);
      const [seen, bare] = [await logitsOf(folder, example), await logitsOf(folder, paper)];
      for (const label of [0, 2]) {
        const found = await maps.attributionsOf(manifest, { example, paper, label }, signal);
        const sum = found!.reduce((total, value) => total + value, 0);
        const risen = seen[label]! - bare[label]!;
        expect(Math.abs(sum - risen)).toBeLessThan(0.05 * Math.max(1, Math.abs(risen)));
      }
    },
  );

  it('is nothing where it is as the paper is', async () => {
    const { maps, manifest } = await trained();
    const half = example.map((value, at) => (at < 18 ? value : paper[at]!));
    const found = await maps.attributionsOf(manifest, { example: half, paper, label: 1 }, signal);
    expect(found!.subarray(18).every((value) => value === 0)).toBe(true);
    expect(found!.subarray(0, 18).some((value) => value !== 0)).toBe(true);
  });

  it('is not known of a version whose layers are not', async () => {
    const { repository, maps, manifest, run } = await trained();
    await run({
      architecture: 'transfer',
      backbone: { model: 'bars', version: 1 },
      model: 'other',
    });
    const onTop = await repository.manifest('other', 1);
    const elsewhere = { ...manifest, lineage: {} };
    const other = {
      ...manifest.lineage,
      architecture: { layers: [{ type: 'flatten' }, { type: 'dense' }] },
    };
    const asked = { example, paper, label: 0 };
    for (const unknown of [onTop, elsewhere]) {
      expect(await maps.attributionsOf(unknown, asked, signal)).toBeUndefined();
    }
    // The weights in its graph are those of other layers.
    expect(
      await maps.attributionsOf({ ...manifest, lineage: other }, asked, signal),
    ).toBeUndefined();
  });
});
