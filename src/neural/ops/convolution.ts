import type { Graph, Value } from '../graph.ts';
import { reshape, transpose } from './shaping.ts';
import { isPadded, transposedAttributes, windowAttributes, type Windows } from './windows.ts';

/** x [B, C, H, W] convolved with a kernel [M, C, kh, kw], plus a bias [M]: [B, M, h, w]. */
export function convolve(
  graph: Graph,
  x: Value,
  kernel: Value,
  bias: Value | undefined,
  windows: Windows,
): Value {
  const shape = [x.shape[0]!, kernel.shape[0]!, ...windows.output];
  const out = graph.node('Conv', [x, kernel, ...(bias ? [bias] : [])], shape, {
    attributes: windowAttributes(windows),
  });
  const inputGradient = (dy: Value) =>
    graph.node('ConvTranspose', [dy, kernel], x.shape, {
      attributes: transposedAttributes(windows),
    });
  const kernelGradient = (dy: Value) => gradientByKernel(graph, x, dy, kernel.shape, windows);
  const gradients = [inputGradient, kernelGradient];
  if (!bias) return graph.differentiable(out, [x, kernel], gradients);
  const biasGradient = (dy: Value) =>
    graph.node('ReduceSum', [dy, graph.integers([0, 2, 3])], bias.shape, {
      attributes: { keepdims: { int: 0 } },
    });
  return graph.differentiable(out, [x, kernel, bias], [...gradients, biasGradient]);
}

/**
 * Entry [m, c, i, j] is the sum over the batch and all positions of dy[m, p] x[c, p + (i, j)]: a matrix
 * product of dy with shifted copies of x. Copying is what costs, so the way with fewer copies is taken.
 */
function gradientByKernel(
  graph: Graph,
  x: Value,
  dy: Value,
  kernelShape: readonly number[],
  windows: Windows,
): Value {
  const [filters, channels, rows, columns] = asFour(kernelShape);
  const padded = isPadded(windows) ? pad(graph, x, [...windows.before, ...windows.after]) : x;
  const dense = windows.strides.every((stride) => stride === 1);
  const allShifts = rows * columns * channels;
  const separateShifts = columns * channels + rows * filters;
  return dense && separateShifts <= allShifts
    ? bySeparateShifts(graph, padded, dy, [rows, columns])
    : byAllShifts(graph, padded, dy, [rows, columns], windows.strides);
}

/** Every shift (i, j) of x, gathered (im2col), against dy. Takes strides as they come. */
function byAllShifts(
  graph: Graph,
  x: Value,
  dy: Value,
  [rows, columns]: readonly [number, number],
  [down, right]: readonly [number, number],
): Value {
  const [batch, filters, h, w] = asFour(dy.shape);
  const channels = x.shape[1]!;
  const shifts = range(rows).flatMap((i) =>
    range(columns).map((j) =>
      slice(
        graph,
        x,
        [2, 3],
        [i, j],
        [i + (h - 1) * down + 1, j + (w - 1) * right + 1],
        [batch, channels, h, w],
        [down, right],
      ),
    ),
  );
  const all = flattenPositions(graph, stackChannels(graph, shifts));
  const product = productOverPositions(graph, flattenPositions(graph, dy), all);
  const split = reshape(graph, product, [filters, rows, columns, channels]);
  return transpose(graph, split, [0, 3, 1, 2]);
}

/**
 * For stride 1, the rows may be shifted on dy and the columns on x: kh + kw copies instead of kh * kw.
 * dy grows by rows of zeros, so that what a shift pushes over the edge meets a zero.
 */
function bySeparateShifts(
  graph: Graph,
  x: Value,
  dy: Value,
  [rows, columns]: readonly [number, number],
): Value {
  const [batch, filters, h, w] = asFour(dy.shape);
  const [, channels, height] = asFour(x.shape);
  const framed = pad(graph, dy, [rows - 1, 0, rows - 1, 0]);
  const flat = reshape(graph, framed, [batch, filters, (h + 2 * (rows - 1)) * w]);
  const shiftedDown = range(rows).map((i) => {
    const start = (rows - 1 - i) * w;
    return slice(graph, flat, [2], [start], [start + height * w], [batch, filters, height * w]);
  });
  const shiftedRight = range(columns).map((j) =>
    slice(graph, x, [3], [j], [j + w], [batch, channels, height, w]),
  );
  const product = productOverPositions(
    graph,
    stackChannels(graph, shiftedDown),
    flattenPositions(graph, stackChannels(graph, shiftedRight)),
  );
  const split = reshape(graph, product, [rows, filters, columns, channels]);
  return transpose(graph, split, [1, 3, 0, 2]);
}

/** a [B, M, P] and b [B, N, P] to [M, N], summed over batch and positions. */
function productOverPositions(graph: Graph, a: Value, b: Value): Value {
  const [batch, m] = [a.shape[0]!, a.shape[1]!];
  const n = b.shape[1]!;
  // The runtime fuses the transpose into the product.
  const product = graph.node('MatMul', [a, transpose(graph, b, [0, 2, 1])], [batch, m, n]);
  return graph.node('ReduceSum', [product, graph.integers([0])], [m, n], {
    attributes: { keepdims: { int: 0 } },
  });
}

function stackChannels(graph: Graph, parts: readonly Value[]): Value {
  const [first] = parts;
  if (parts.length === 1) return first!;
  const [batch, channels, ...rest] = first!.shape;
  return graph.node('Concat', parts, [batch!, channels! * parts.length, ...rest], {
    attributes: { axis: { int: 1 } },
  });
}

function flattenPositions(graph: Graph, x: Value): Value {
  const [batch, channels, h, w] = asFour(x.shape);
  return reshape(graph, x, [batch, channels, h * w]);
}

/** Zeros around the last two axes: [top, left, bottom, right]. */
function pad(graph: Graph, x: Value, [top, left, bottom, right]: readonly number[]): Value {
  const [batch, channels, h, w] = asFour(x.shape);
  const shape = [batch, channels, h + top! + bottom!, w + left! + right!];
  const pads = graph.integers([0, 0, top!, left!, 0, 0, bottom!, right!]);
  return graph.node('Pad', [x, pads], shape);
}

function slice(
  graph: Graph,
  x: Value,
  axes: readonly number[],
  starts: readonly number[],
  ends: readonly number[],
  shape: readonly number[],
  steps?: readonly number[],
): Value {
  const inputs = [starts, ends, axes, ...(steps ? [steps] : [])].map((list) =>
    graph.integers(list),
  );
  return graph.node('Slice', [x, ...inputs], shape);
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}

function asFour(shape: readonly number[]): [number, number, number, number] {
  const [a, b, c, d] = shape;
  return [a!, b!, c!, d!];
}
