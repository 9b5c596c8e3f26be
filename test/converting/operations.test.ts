import ort from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { pool } from '../../src/converting/operations/pooling.ts';
import { pad } from '../../src/converting/operations/shaping.ts';
import { createNetGraph } from '../../src/converting/tensors/net-graph.ts';
import { ofPlanes, planesOf } from '../../src/converting/tensors/tensor.ts';
import { serializeGraph } from '../../src/neural/serialize.ts';

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
