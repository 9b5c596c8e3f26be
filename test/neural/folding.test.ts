import { describe, expect, it } from 'vitest';
import { resolveArchitecture } from '../../src/neural/architectures.ts';
import { buildEvaluationGraph, buildInferenceGraph } from '../../src/neural/inference-graph.ts';
import { modelProto } from '../../src/neural/onnx-schema.ts';
import { createCarriedState, openGraphSession } from '../../src/runtime/graph-session.ts';
import { float32, floatsOf } from './gradient-check.ts';
import { largestDifference, train, type Setup } from './trained.ts';

const common = { batchSize: 4, steps: 3, optimizer: { name: 'adam' }, learningRate: 0.01 } as const;

function opsOf(model: Uint8Array): string[] {
  const { graph }: { graph: { node: { opType: string }[] } } = JSON.parse(
    JSON.stringify(modelProto.decode(model)),
  );
  return graph.node.map((node) => node.opType);
}

/** The logits of the folded net and of the net as it was trained. */
async function bothLogits(setup: Setup, temperature = 1) {
  const { graph, after } = await train(setup);
  const { inputShape } = setup;
  const layers = resolveArchitecture(setup.architecture, setup);
  const inference = buildInferenceGraph({ layers, inputShape, values: after, temperature });
  const evaluation = buildEvaluationGraph({ layers, inputShape });
  const shape = [2, ...inputShape];
  const size = shape.reduce((product, length) => product * length, 1);
  const x = float32(
    shape,
    Float32Array.from({ length: size }, (_, i) => Math.sin(i * i)),
  );
  const served = await openGraphSession(inference.model, { threads: 1 });
  const evaluated = await openGraphSession(evaluation.model, { threads: 1 });
  const state = createCarriedState(graph.state, after);
  const folded = floatsOf((await served.run({ image: x })).logits);
  const plain = floatsOf((await evaluated.run({ x, ...state.feeds() })).logits);
  await Promise.all([served.close(), evaluated.close()]);
  return { folded, plain, ops: opsOf(inference.model) };
}

describe('a served net', () => {
  it('holds only Conv, Relu, MaxPool and Gemm, and answers as the net that was trained', async () => {
    const { folded, plain, ops } = await bothLogits({
      ...common,
      architecture: 'cnn-tiny',
      inputShape: [1, 28, 28],
      classes: 10,
    });
    const pair = ['Conv', 'Relu', 'Conv', 'Relu', 'MaxPool'];
    expect(ops).toEqual([...pair, ...pair, 'Reshape', 'Gemm', 'Relu', 'Gemm']);
    expect(largestDifference(folded, plain)).toBeLessThan(1e-4);
  });

  it('folds batch norm into a layer that has a bias of its own', async () => {
    const { folded, plain, ops } = await bothLogits({
      ...common,
      architecture: {
        layers: [
          { type: 'conv2d', filters: 3, kernelSize: 2 },
          { type: 'batchNormalization' },
          { type: 'flatten' },
          { type: 'dense', units: 4 },
          { type: 'batchNormalization' },
          { type: 'dense' },
        ],
      },
      inputShape: [2, 4, 4],
      classes: 3,
    });
    expect(ops).toEqual(['Conv', 'Reshape', 'Gemm', 'Gemm']);
    expect(largestDifference(folded, plain)).toBeLessThan(1e-4);
  });

  it('keeps a batch norm that follows an activation or pooling', async () => {
    const { folded, plain, ops } = await bothLogits({
      ...common,
      architecture: {
        layers: [
          { type: 'batchNormalization' },
          { type: 'conv2d', filters: 3, kernelSize: 2, activation: 'relu' },
          { type: 'batchNormalization' },
          { type: 'globalAveragePooling2d' },
          { type: 'dense' },
        ],
      },
      inputShape: [2, 4, 4],
      classes: 3,
    });
    expect(ops.filter((op) => op === 'BatchNormalization')).toHaveLength(2);
    expect(largestDifference(folded, plain)).toBeLessThan(1e-5);
  });

  it.each(['rnn', 'lstm', 'gru'])(
    'answers as the net that was trained: %s',
    async (architecture) => {
      const { folded, plain, ops } = await bothLogits({
        ...common,
        architecture,
        inputShape: [3, 6, 4],
        classes: 5,
      });
      expect(ops).toContain(architecture.toUpperCase());
      expect(largestDifference(folded, plain)).toBeLessThan(1e-5);
    },
  );

  it('carries its temperature in its last layer', async () => {
    const { folded, plain, ops } = await bothLogits(
      { ...common, architecture: 'dense', inputShape: [1, 5, 5], classes: 3 },
      0.5,
    );
    expect(ops).toEqual(['Reshape', 'Gemm', 'Relu', 'Gemm']);
    expect(
      largestDifference(
        folded,
        plain.map((logit) => logit * 2),
      ),
    ).toBeLessThan(1e-5);
  });
});
