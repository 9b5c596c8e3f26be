import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { resolveArchitecture } from '../../src/neural/architectures.ts';
import { buildInferenceGraph } from '../../src/neural/inference-graph.ts';
import { presetNames } from '../../src/neural/presets.ts';
import { openGraphSession } from '../../src/runtime/graph-session.ts';
import { float32, floatsOf } from './gradient-check.ts';
import { train, type Setup } from './trained.ts';

const colour: Omit<Setup, 'architecture'> = {
  inputShape: [3, 32, 32],
  classes: 5,
  batchSize: 8,
  steps: 30,
  oneBatch: true,
  optimizer: { name: 'adam' },
  learningRate: 0.003,
};

const rowsOf = (values: Float32Array, width: number) =>
  Array.from({ length: values.length / width }, (_, row) =>
    Array.from(values.subarray(row * width, (row + 1) * width)),
  );
const digestOf = (arrays: Iterable<Uint8Array | Float32Array>) => {
  const hash = createHash('sha256');
  for (const array of arrays) hash.update(array);
  return hash.digest('hex');
};
const largestAt = (row: readonly number[]) => row.indexOf(Math.max(...row));

describe('every preset learns a batch of colour images of five classes by heart', () => {
  it.each(presetNames.filter((name) => name !== 'cnn-wide' && name !== 'cnn-large'))(
    '%s',
    async (architecture) => {
      const { losses, after, batches } = await train({ ...colour, architecture });
      expect(losses.at(-1)).toBeLessThan(losses[0]! / 3);
      if (architecture.startsWith('cnn')) return;
      // Without running averages, which lag behind, the served net knows the batch by heart too.
      const layers = resolveArchitecture(architecture, colour);
      const { model } = buildInferenceGraph({ ...colour, layers, values: after });
      const session = await openGraphSession(model, { threads: 1 });
      const { logits } = await session.run({ image: float32([8, 3, 32, 32], batches[0]!.x) });
      await session.close();
      const answers = rowsOf(floatsOf(logits), 5).map(largestAt);
      expect(answers).toEqual(rowsOf(batches[0]!.targets, 5).map(largestAt));
    },
  );
});

describe('the running averages of batch norm', () => {
  it('follow the statistics of the batches, a tenth at each step', async () => {
    const { after, batches } = await train({
      architecture: {
        layers: [{ type: 'flatten' }, { type: 'batchNormalization' }, { type: 'dense' }],
      },
      inputShape: [1, 1, 2],
      classes: 2,
      batchSize: 16,
      steps: 3,
      optimizer: { name: 'sgd' },
      learningRate: 0.1,
    });
    let [mean, variance] = [0, 1];
    for (const { x } of batches) {
      const first = x.filter((_, index) => index % 2 === 0);
      const centre = first.reduce((sum, value) => sum + value, 0) / 16;
      const spread = first.reduce((sum, value) => sum + (value - centre) ** 2, 0) / 16;
      [mean, variance] = [0.9 * mean + 0.1 * centre, 0.9 * variance + 0.1 * spread];
    }
    expect(after.get('2.batchNormalization.mean')![0]).toBeCloseTo(mean, 6);
    expect(after.get('2.batchNormalization.variance')![0]).toBeCloseTo(variance, 6);
  });
});

describe('the same seed, data and code give the same bytes', () => {
  const cases: [name: string, setup: Partial<Setup>][] = [
    ['dense', { architecture: 'dense' }],
    ['cnn-tiny', { architecture: 'cnn-tiny' }],
    ['gru', { architecture: 'gru' }],
    ['lstm', { architecture: 'lstm' }],
    ['rnn with clipping and L2', { architecture: 'rnn', gradientClip: 1, l2: 1e-4 }],
  ];
  it.each(cases)('of the graph and of every tensor after six steps: %s', async (_, setup) => {
    const whole: Setup = { ...colour, architecture: '', steps: 6, ...setup };
    const [one, two] = [await train(whole), await train(whole)];
    expect(digestOf([two.graph.model])).toBe(digestOf([one.graph.model]));
    expect(two.losses).toEqual(one.losses);
    expect(digestOf(two.after.values())).toBe(digestOf(one.after.values()));
    expect(digestOf(two.after.values())).not.toBe(digestOf(two.before.values()));
  });
});
