import { createGraph, symbolicBatch, type Graph, type Value } from '../src/neural/graph.ts';
import { serializeGraph } from '../src/neural/serialize.ts';
import { createRandom } from '../src/random.ts';
import type { Signature } from '../src/signature.ts';

/** A net as large as those that people bring: residual blocks over 224x224 pixels in colour, 24 MB of weights. */
export const residualSignature: Signature = {
  input: { name: 'image', dtype: 'float32', layout: 'NCHW', shape: [3, 224, 224] },
  output: { name: 'logits', kind: 'logits' },
  classes: Array.from({ length: 100 }, (_, index) => `class ${index}`),
};

/** Channels and blocks of the four stages; each halves the sides of the one before. */
const stages = [
  [64, 2],
  [128, 2],
  [256, 2],
  [384, 1],
] as const;

/** The bytes of the graph; the weights are drawn, since only their number counts here. */
export function residualNet(): Uint8Array {
  const graph = createGraph();
  const random = createRandom(1);
  const image = graph.input('image', [symbolicBatch, 3, 224, 224]);
  let value = relu(
    graph,
    convolution(graph, random, image, { channels: 64, kernel: 7, stride: 2 }),
  );
  value = graph.node('MaxPool', [value], [symbolicBatch, 64, 56, 56], {
    attributes: {
      kernel_shape: { ints: [3, 3] },
      strides: { ints: [2, 2] },
      pads: { ints: [1, 1, 1, 1] },
    },
  });
  for (const [stage, [channels, blocks]] of stages.entries()) {
    for (let block = 0; block < blocks; block += 1) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      const first = relu(graph, convolution(graph, random, value, { channels, kernel: 3, stride }));
      const second = convolution(graph, random, first, { channels, kernel: 3, stride: 1 });
      const beside =
        value.shape[1] === channels
          ? value
          : convolution(graph, random, value, { channels, kernel: 1, stride });
      value = relu(graph, graph.node('Add', [second, beside], second.shape));
    }
  }
  const channels = value.shape[1]!;
  const pooled = graph.node('GlobalAveragePool', [value], [symbolicBatch, channels, 1, 1]);
  const flat = graph.node('Flatten', [pooled], [symbolicBatch, channels]);
  const { classes } = residualSignature;
  const weights = drawn(graph, random, [channels, classes.length]);
  graph.output('logits', graph.node('MatMul', [flat, weights], [symbolicBatch, classes.length]));
  return serializeGraph(graph, 'residual');
}

interface Convolution {
  readonly channels: number;
  readonly kernel: number;
  readonly stride: number;
}

type Random = ReturnType<typeof createRandom>;

function convolution(
  graph: Graph,
  random: Random,
  input: Value,
  { channels, kernel, stride }: Convolution,
): Value {
  const [, depth, height] = input.shape;
  const pad = (kernel - 1) / 2;
  const side = Math.floor((height! + 2 * pad - kernel) / stride) + 1;
  const weights = drawn(graph, random, [channels, depth!, kernel, kernel]);
  const bias = graph.constant(new Float32Array(channels), [channels]);
  return graph.node('Conv', [input, weights, bias], [symbolicBatch, channels, side, side], {
    attributes: {
      kernel_shape: { ints: [kernel, kernel] },
      strides: { ints: [stride, stride] },
      pads: { ints: [pad, pad, pad, pad] },
    },
  });
}

const relu = (graph: Graph, value: Value): Value => graph.node('Relu', [value], value.shape);

/** Weights that keep the size of what passes through them. */
function drawn(graph: Graph, random: Random, shape: readonly number[]): Value {
  const size = shape.reduce((product, length) => product * length, 1);
  const scale = Math.sqrt(6 / (size / shape[0]!));
  const values = Float32Array.from({ length: size }, () => (random.next() - 0.5) * scale);
  return graph.constant(values, shape);
}
