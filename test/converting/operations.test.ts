import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ort from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { convolve } from '../../src/converting/operations/convolution.ts';
import { normaliseBatch } from '../../src/converting/operations/normalisation.ts';
import { pool } from '../../src/converting/operations/pooling.ts';
import { pad } from '../../src/converting/operations/shaping.ts';
import { createNetGraph } from '../../src/converting/tensors/net-graph.ts';
import { ofPlanes, planesOf } from '../../src/converting/tensors/tensor.ts';
import { decodeModel } from '../../src/neural/onnx-model.ts';
import { serializeGraph } from '../../src/neural/serialize.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

it('counts the zeros around an image in a maximum, which ONNX Runtime forgets when it makes one step of both', async () => {
  const graph = createNetGraph(1e6);
  const image = ofPlanes(graph.input('image', [-1, 1, 4, 4]), [-1, 4, 4, 1]);
  const around = [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ] as const;
  const window = { size: [3, 3], strides: [2, 2], dilations: [1, 1], padding: 'valid' } as const;
  const pooled = pool(graph, pad(graph, image, around), 'Max', window);
  graph.output('scores', planesOf(graph, pooled));
  const session = await ort.InferenceSession.create(serializeGraph(graph, 'pooled'));
  const input = new ort.Tensor('float32', new Float32Array(16).fill(-1), [1, 1, 4, 4]);
  const { scores } = await session.run({ image: input });
  await session.release();
  expect(Array.from(scores!.data as Float32Array, (value) => Number(value.toFixed(6)))).toEqual([
    0, 0, 0, -1,
  ]);
});

it('lets ONNX Runtime make one step of a convolution without a bias, its batch norm and its activation', async () => {
  const graph = createNetGraph(1e6);
  const image = ofPlanes(graph.input('image', [-1, 1, 4, 4]), [-1, 4, 4, 1]);
  const weights = { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2, 1, 1] };
  const strides = { strides: [1, 1], dilations: [1, 1], padding: 'valid' } as const;
  const convolved = convolve(graph, image, { weights, bias: undefined }, strides);
  const [gamma, beta, mean, variance] = [2, 1, 0.5, 4].map((value) => Float32Array.of(value));
  const statistics = { gamma: gamma!, beta: beta!, mean: mean!, variance: variance! };
  const normal = planesOf(graph, normaliseBatch(graph, convolved, statistics, 0));
  graph.output('scores', graph.node('Relu', [normal], normal.shape));
  const optimizedModelFilePath = join(await temporaryFolder(), 'optimised.onnx');
  const session = await ort.InferenceSession.create(serializeGraph(graph, 'normalised'), {
    graphOptimizationLevel: 'extended',
    optimizedModelFilePath,
  });
  const input = new ort.Tensor('float32', new Float32Array(16).fill(0.1), [1, 1, 4, 4]);
  const { scores } = await session.run({ image: input });
  await session.release();
  expect(scores!.data[0]).toBeCloseTo(1 + (2 * (1 - 0.5)) / 2, 6);
  const { graph: optimised } = decodeModel(await readFile(optimizedModelFilePath));
  expect(optimised.node.map(({ opType }) => opType)).toEqual(['FusedConv']);
});
