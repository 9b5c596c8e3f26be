import { sizeOf } from '../../tensor.ts';
import type { Graph, Value } from '../graph.ts';
import { divide, multiply, scale, subtract } from './arithmetic.ts';
import { isPositive } from './comparison.ts';
import { isPadded, transposedAttributes, windowAttributes, type Windows } from './windows.ts';

/** Low enough to lose against any activation, and finite, so that times zero it is zero. */
const lowest = -3e38;

/** The largest value of each window of x [B, C, H, W]. Where several are largest, they share the gradient. */
export function maxPool(graph: Graph, x: Value, windows: Windows): Value {
  const shape = [x.shape[0]!, x.shape[1]!, ...windows.output];
  const out = graph.node('MaxPool', [x], shape, { attributes: windowAttributes(windows) });
  const gradient = (dy: Value) =>
    tiles(windows)
      ? gradientByTiles(graph, x, out, dy, windows)
      : gradientByWindows(graph, x, out, dy, windows);
  return graph.differentiable(out, [x], [gradient]);
}

/** The mean of each window; padding does not count. */
export function averagePool(graph: Graph, x: Value, windows: Windows): Value {
  const shape = [x.shape[0]!, x.shape[1]!, ...windows.output];
  const out = graph.node('AveragePool', [x], shape, { attributes: windowAttributes(windows) });
  const gradient = (dy: Value) => {
    const share = multiply(graph, dy, graph.constant(...reciprocalCounts(windows)));
    const channels = x.shape[1]!;
    const ones = graph.constant(new Float32Array(channels * sizeOf(windows.kernel)).fill(1), [
      channels,
      1,
      ...windows.kernel,
    ]);
    return graph.node('ConvTranspose', [share, ones], x.shape, {
      attributes: { ...transposedAttributes(windows), group: { int: channels } },
    });
  };
  return graph.differentiable(out, [x], [gradient]);
}

/** Windows that lie side by side and cover the input exactly: the usual case, and the fast one. */
function tiles(windows: Windows): boolean {
  const covered = ([0, 1] as const).every((axis) => {
    const size = windows.kernel[axis];
    return size === windows.strides[axis] && windows.input[axis] === size * windows.output[axis];
  });
  return covered && !isPadded(windows);
}

/** Blows the maxima up to the input's size; whoever equals the maximum of its tile gets its share. */
function gradientByTiles(graph: Graph, x: Value, out: Value, dy: Value, windows: Windows): Value {
  const below = subtract(graph, x, repeatTiles(graph, out, windows));
  const isLargest = isPositive(graph, below, 1);
  const share = graph.node('AveragePool', [isLargest], out.shape, {
    attributes: windowAttributes(windows),
  });
  const each = divide(graph, scale(graph, dy, 1 / sizeOf(windows.kernel)), share);
  return multiply(graph, isLargest, repeatTiles(graph, each, windows));
}

function repeatTiles(graph: Graph, x: Value, { kernel, input }: Windows): Value {
  const factors = graph.constant(Float32Array.of(1, 1, ...kernel), [4]);
  return graph.node('Resize', [x, undefined, factors], [x.shape[0]!, x.shape[1]!, ...input], {
    attributes: {
      mode: { string: 'nearest' },
      coordinate_transformation_mode: { string: 'asymmetric' },
      nearest_mode: { string: 'floor' },
    },
  });
}

/** Any windows: lays every window out as channels, by a convolution with ones and zeros, and back. */
function gradientByWindows(graph: Graph, x: Value, out: Value, dy: Value, windows: Windows): Value {
  const [batch, channels] = [x.shape[0]!, x.shape[1]!];
  const size = sizeOf(windows.kernel);
  const laidOut = [batch, channels, size, ...windows.output];
  const pick = pickingKernel(graph, channels, windows);
  const group = { int: channels };
  const { padded, unpadded } = padWithLowest(graph, x, windows);
  const values = graph.node('Conv', [padded, pick], [batch, channels * size, ...windows.output], {
    attributes: { ...windowAttributes(unpadded), group },
  });
  const columns = graph.node('Reshape', [values, graph.integers(laidOut)], laidOut);
  const isLargest = isPositive(graph, subtract(graph, columns, column(graph, out)), 1);
  const count = graph.node('ReduceSum', [isLargest, graph.integers([2])], column(graph, out).shape);
  const each = multiply(graph, isLargest, divide(graph, column(graph, dy), count));
  const flat = [batch, channels * size, ...windows.output];
  return graph.node(
    'ConvTranspose',
    [graph.node('Reshape', [each, graph.integers(flat)], flat), pick],
    x.shape,
    { attributes: { ...transposedAttributes(windows), group } },
  );
}

/** [B, C, h, w] as [B, C, 1, h, w], beside windows laid out. */
function column(graph: Graph, x: Value): Value {
  const [batch, channels, ...rest] = x.shape;
  const shape = [batch!, channels!, 1, ...rest];
  return graph.node('Reshape', [x, graph.integers(shape)], shape);
}

/** One filter for each place in a window and channel: 1 at that place, else 0. */
function pickingKernel(graph: Graph, channels: number, { kernel }: Windows): Value {
  const size = sizeOf(kernel);
  const ones = new Float32Array(channels * size * size);
  for (let filter = 0; filter < channels * size; filter += 1) {
    ones[filter * size + (filter % size)] = 1;
  }
  return graph.constant(ones, [channels * size, 1, ...kernel]);
}

function padWithLowest(graph: Graph, x: Value, windows: Windows) {
  if (!isPadded(windows)) return { padded: x, unpadded: windows };
  const { before, after, input } = windows;
  const shape = [
    x.shape[0]!,
    x.shape[1]!,
    input[0] + before[0] + after[0],
    input[1] + before[1] + after[1],
  ];
  const pads = graph.integers([0, 0, ...before, 0, 0, ...after]);
  const padded = graph.node('Pad', [x, pads, graph.constant(lowest)], shape);
  return { padded, unpadded: { ...windows, before: [0, 0], after: [0, 0] } as const };
}

/** 1 / how many places of each window lie on the input, as the arguments of a constant [h, w]. */
function reciprocalCounts(windows: Windows): [Float32Array, number[]] {
  const covered = ([0, 1] as const).map((axis) =>
    Array.from({ length: windows.output[axis] }, (_, index) => {
      const start = index * windows.strides[axis] - windows.before[axis];
      const end = Math.min(start + windows.kernel[axis], windows.input[axis]);
      return end - Math.max(start, 0);
    }),
  );
  const [rows, columns] = [covered[0]!, covered[1]!];
  const counts = rows.flatMap((height) => columns.map((width) => 1 / (height * width)));
  return [Float32Array.from(counts), [rows.length, columns.length]];
}
