import { describe, expect, it } from 'vitest';
import { buildTensorflow } from '../../src/converting/build-graph.ts';
import { readFrozenGraph } from '../../src/converting/read-graph.ts';
import { answerOf, maxBytes, row, steps, walking } from './answer-of.ts';
import { floats, frozen, ints, node, placeholder, whole, type NodeDef } from './graph-file.ts';

const image = [1, 2, 2, 2];
const pixels = [-2, -1, -0.5, 0.5, 1, 2, 4, 8];

/** What one operation makes of each pixel, computed here. */
const each = async (op: string, attr: NodeDef['attr'] = {}): Promise<number[]> =>
  (await answerOf([node(op, ['x'], attr)], image, pixels)).values;
const rounded = (compute: (value: number) => number): number[] =>
  pixels.map((value) => Number(compute(value).toFixed(4)) + 0);

const selu = (x: number): number => 1.050701 * (x > 0 ? x : 1.6732632 * Math.expm1(x));

describe('operations of TensorFlow on every number', () => {
  it.each<[string, (value: number) => number]>([
    ['Relu', (x) => Math.max(x, 0)],
    ['Relu6', (x) => Math.min(Math.max(x, 0), 6)],
    ['Elu', (x) => (x > 0 ? x : Math.expm1(x))],
    ['Selu', selu],
    ['Sigmoid', (x) => 1 / (1 + Math.exp(-x))],
    ['Tanh', Math.tanh],
    ['Softplus', (x) => Math.log1p(Math.exp(x))],
    ['Softsign', (x) => x / (1 + Math.abs(x))],
    ['Square', (x) => x * x],
    ['Neg', (x) => -x],
    ['Abs', Math.abs],
    ['Exp', Math.exp],
    ['Reciprocal', (x) => 1 / x],
    ['Floor', Math.floor],
    ['Ceil', Math.ceil],
    ['Sign', Math.sign],
  ])('%s', async (op, compute) => {
    const given = await each(op);
    for (const [at, value] of rounded(compute).entries()) expect(given[at]).toBeCloseTo(value, 2);
  });

  it('take their attributes: the slope of LeakyRelu, which is 0.2 unless it is said', async () => {
    expect(await each('LeakyRelu')).toEqual([-0.4, -0.2, -0.1, 0.5, 1, 2, 4, 8]);
    expect(await each('LeakyRelu', { alpha: { f: 0.5 } })).toEqual([
      -1, -0.5, -0.25, 0.5, 1, 2, 4, 8,
    ]);
  });

  it('round halves to the even number, as TensorFlow does', async () => {
    const { values } = await answerOf([node('Round', ['x'])], [1, 1, 2, 2], [0.5, 1.5, 2.5, -0.5]);
    expect(values).toEqual([0, 2, 2, 0]);
  });

  it('softmax over the channels, and its logarithm', async () => {
    const sums = await answerOf([node('Softmax', ['x'])], [1, 1, 1, 2], [0, Math.log(3)]);
    expect(sums.values).toEqual([0.25, 0.75]);
    const logs = await answerOf([node('LogSoftmax', ['x'])], [1, 1, 1, 2], [0, Math.log(3)]);
    expect(logs.values).toEqual([-1.3863, -0.2877]);
  });
});

const two = (op: string): NodeDef[] => [floats('c', [2], [2, 4]), node(op, ['x', 'c'])];

describe('operations of TensorFlow on two values', () => {
  it.each<[string, (value: number, other: number) => number]>([
    ['Add', (x, c) => x + c],
    ['AddV2', (x, c) => x + c],
    ['BiasAdd', (x, c) => x + c],
    ['Sub', (x, c) => x - c],
    ['Mul', (x, c) => x * c],
    ['RealDiv', (x, c) => x / c],
    ['Maximum', Math.max],
    ['Minimum', Math.min],
    ['Pow', (x, c) => x ** c],
    ['SquaredDifference', (x, c) => (x - c) ** 2],
  ])('%s with a constant for each channel', async (op, compute) => {
    const { values } = await answerOf(two(op), image, pixels);
    const expected = pixels.map((value, at) => compute(value, at % 2 === 0 ? 2 : 4));
    expect(values).toEqual(expected.map((value) => Number(value.toFixed(4))));
  });

  it('computes what only constants go into before the graph runs: Rsqrt(variance + epsilon) * gamma', async () => {
    const nodes = [
      floats('variance', [2], [3, 8]),
      floats('epsilon', [], [1]),
      floats('gamma', [2], [4, 6]),
      node('AddV2', ['variance', 'epsilon'], {}, 'sum'),
      node('Rsqrt', ['sum'], {}, 'root'),
      node('Mul', ['root', 'gamma'], {}, 'factor'),
      node('Mul', ['x', 'factor'], {}, 'scaled'),
    ];
    const { model } = buildTensorflow(
      readFrozenGraph(frozen([placeholder('x', [-1, 1, 1, 2]), ...nodes])),
      maxBytes,
    );
    expect(model.length).toBeLessThan(400);
    expect((await answerOf(nodes, [1, 1, 1, 2], [1, 1])).values).toEqual([2, 2]);
  });

  it('chooses by a condition', async () => {
    const nodes = [
      floats('zero', [], [0]),
      node('Greater', ['x', 'zero'], {}, 'is'),
      node('SelectV2', ['is', 'x', 'zero'], {}, 'chosen'),
    ];
    expect((await answerOf(nodes, image, pixels)).values).toEqual([0, 0, 0, 0.5, 1, 2, 4, 8]);
  });
});

/** What is fused into a convolution. */
const attr = (...ops: readonly string[]): Record<string, object> => ({
  ...walking('VALID'),
  fused_ops: { list: { s: ops.map((op) => Buffer.from(op)) } },
  leakyrelu_alpha: { f: 0.5 },
});

describe('convolutions and pools of TensorFlow', () => {
  it.each([
    ['VALID', 1, [5, 10, 20]],
    ['SAME', 1, [5, 10, 20, 8]],
    ['SAME', 2, [5, 20]],
  ])('Conv2D padded %s in steps of %i', async (padding, stride, expected) => {
    const nodes = [
      floats('k', [1, 2, 1, 1], [1, 2]),
      node('Conv2D', ['x', 'k'], walking(padding, stride)),
    ];
    expect((await answerOf(nodes, row, steps)).values).toEqual(expected);
  });

  it('Conv2D with explicit padding, and with its kernel spread out', async () => {
    const kernel = floats('k', [1, 2, 1, 1], [1, 2]);
    const padded = {
      ...walking('EXPLICIT'),
      explicit_paddings: ints(0, 0, 0, 0, 1, 0, 0, 0),
    };
    expect(
      (await answerOf([kernel, node('Conv2D', ['x', 'k'], padded)], row, steps)).values,
    ).toEqual([2, 5, 10, 20]);
    const spread = { ...walking('VALID'), dilations: ints(1, 1, 2, 1) };
    expect(
      (await answerOf([kernel, node('Conv2D', ['x', 'k'], spread)], row, steps)).values,
    ).toEqual([9, 18]);
  });

  it('DepthwiseConv2dNative, each channel by itself', async () => {
    const nodes = [
      floats('k', [1, 1, 2, 2], [1, 2, 3, 4]),
      node('DepthwiseConv2dNative', ['x', 'k'], walking('VALID')),
    ];
    expect((await answerOf(nodes, [1, 1, 1, 2], [1, 10])).values).toEqual([1, 2, 30, 40]);
  });

  it('_FusedConv2D with a bias, statistics and an activation', async () => {
    const kernel = floats('k', [1, 1, 1, 2], [1, -1]);
    const bias = floats('b', [2], [1, 0]);
    const fused = [
      kernel,
      bias,
      node('_FusedConv2D', ['x', 'k', 'b'], attr('BiasAdd', 'LeakyRelu')),
    ];
    expect((await answerOf(fused, [1, 1, 1, 1], [2])).values).toEqual([3, -1]);
    const norms = ['g', 'o', 'm', 'v'].map((name, at) =>
      floats(
        name,
        [2],
        [
          [2, 2],
          [1, 1],
          [0, 0],
          [1, 1],
        ][at]!,
      ),
    );
    const named = { ...attr('FusedBatchNorm', 'Relu'), epsilon: { f: 0 } };
    const normalised = [
      kernel,
      ...norms,
      node('_FusedConv2D', ['x', 'k', 'g', 'o', 'm', 'v'], named),
    ];
    expect((await answerOf(normalised, [1, 1, 1, 1], [2])).values).toEqual([5, 0]);
  });

  it('_FusedMatMul, MatMul with its matrix transposed, and Prelu', async () => {
    const flat = [whole('shape', [-1, 2]), node('Reshape', ['x', 'shape'], {}, 'flat')];
    const matrix = floats('m', [2, 2], [1, 2, 3, 4]);
    const plain = [...flat, matrix, node('MatMul', ['flat', 'm'])];
    expect((await answerOf(plain, [1, 1, 1, 2], [1, 10])).values).toEqual([31, 42]);
    const turned = [...flat, matrix, node('MatMul', ['flat', 'm'], { transpose_b: { b: true } })];
    expect((await answerOf(turned, [1, 1, 1, 2], [1, 10])).values).toEqual([21, 43]);
    const ops = { fused_ops: { list: { s: ['BiasAdd', 'Prelu'].map((op) => Buffer.from(op)) } } };
    const fused = [
      ...flat,
      matrix,
      floats('b', [2], [-40, 0]),
      floats('s', [2], [0.5, 9]),
      node('_FusedMatMul', ['flat', 'm', 'b', 's'], ops),
    ];
    expect((await answerOf(fused, [1, 1, 1, 2], [1, 10])).values).toEqual([-4.5, 42]);
  });

  it('MaxPool and AvgPool, of which neither counts what was added around the image', async () => {
    const attr = { ...walking('SAME', 2), ksize: ints(1, 1, 3, 1) };
    const negative = [-1, -2, -3, -4, -5];
    const wide = [1, 1, 5, 1];
    expect((await answerOf([node('MaxPool', ['x'], attr)], wide, negative)).values).toEqual([
      -1, -2, -4,
    ]);
    expect((await answerOf([node('AvgPool', ['x'], attr)], wide, negative)).values).toEqual([
      -1.5, -3, -4.5,
    ]);
  });

  it('FusedBatchNormV3 with what was learnt', async () => {
    const nodes = [
      floats('g', [2], [2, 1]),
      floats('o', [2], [1, 0]),
      floats('m', [2], [1, 1]),
      floats('v', [2], [4, 1]),
      node('FusedBatchNormV3', ['x', 'g', 'o', 'm', 'v'], {
        is_training: { b: false },
        epsilon: { f: 0 },
      }),
    ];
    expect((await answerOf(nodes, [1, 1, 1, 2], [3, 3])).values).toEqual([3, 2]);
  });
});

const counted = [1, 2, 3, 4, 5, 6, 7, 8];

describe('operations of TensorFlow that place values otherwise', () => {
  it.each<[string, NodeDef[], number[], number[]]>([
    ['Mean', [whole('a', [1, 2]), node('Mean', ['x', 'a'])], [1, 2], [4, 5]],
    [
      'Max with its axes kept',
      [whole('a', [-3, -2]), node('Max', ['x', 'a'], { keep_dims: { b: true } })],
      [1, 1, 1, 2],
      [7, 8],
    ],
    ['Sum over the channels', [whole('a', 3), node('Sum', ['x', 'a'])], [1, 2, 2], [3, 7, 11, 15]],
    [
      'ExpandDims',
      [
        whole('m', [1, 2, 3]),
        node('Max', ['x', 'm']),
        whole('a', -1),
        node('ExpandDims', ['max', 'a']),
      ],
      [1, 1],
      [8],
    ],
    [
      'Transpose, as images and as planes',
      [whole('a', [0, 3, 1, 2]), node('Transpose', ['x', 'a'])],
      [1, 2, 2, 2],
      [1, 3, 5, 7, 2, 4, 6, 8],
    ],
    [
      'ConcatV2 of the halves of Split, turned',
      [
        whole('a', 3),
        node('Split', ['a', 'x'], { num_split: { i: 2 } }),
        node('ConcatV2', ['split:1', 'split', 'a']),
      ],
      [1, 2, 2, 2],
      [2, 1, 4, 3, 6, 5, 8, 7],
    ],
    [
      'PadV2',
      [
        whole('a', [0, 0, 1, 0, 0, 0, 0, 0]),
        floats('c', [], [9]),
        whole('shape', [4, 2]),
        node('Reshape', ['a', 'shape'], {}, 'pads'),
        node('PadV2', ['x', 'pads', 'c']),
      ],
      [1, 3, 2, 2],
      [9, 9, 9, 9, ...counted],
    ],
    [
      'StridedSlice backwards, and at one place',
      [
        whole('b', [0, 1, 0]),
        whole('e', [0, 2, 0]),
        whole('s', [1, 1, -1]),
        node('StridedSlice', ['x', 'b', 'e', 's'], {
          begin_mask: { i: 5 },
          end_mask: { i: 5 },
          shrink_axis_mask: { i: 2 },
        }),
      ],
      [1, 2, 2],
      [7, 8, 5, 6],
    ],
    [
      'GatherV2 of channels',
      [whole('i', [1, 1, 0]), whole('a', 3), node('GatherV2', ['x', 'i', 'a'])],
      [1, 2, 2, 3],
      [2, 2, 1, 4, 4, 3, 6, 6, 5, 8, 8, 7],
    ],
    [
      'SpaceToDepth',
      [node('SpaceToDepth', ['x'], { block_size: { i: 2 } })],
      [1, 1, 1, 8],
      counted,
    ],
    [
      'ResizeNearestNeighbor',
      [whole('s', [1, 4]), node('ResizeNearestNeighbor', ['x', 's'])],
      [1, 1, 4, 2],
      [1, 2, 1, 2, 3, 4, 3, 4],
    ],
    [
      'ResizeBilinear with its corners kept',
      [whole('s', [3, 2]), node('ResizeBilinear', ['x', 's'], { align_corners: { b: true } })],
      [1, 3, 2, 2],
      [1, 2, 3, 4, 3, 4, 5, 6, 5, 6, 7, 8],
    ],
  ])('%s', async (_, nodes, dims, values) => {
    expect(await answerOf(nodes, image, counted)).toEqual({ dims, values });
  });

  it('flattens by Shape, StridedSlice, Prod and Pack, for however many images there are', async () => {
    const nodes = [
      node('Shape', ['x']),
      whole('zero', [0]),
      whole('one', [1]),
      whole('none', [0]),
      node(
        'StridedSlice',
        ['shape', 'zero', 'one', 'one'],
        { shrink_axis_mask: { i: 1 } },
        'count',
      ),
      node('StridedSlice', ['shape', 'one', 'none', 'one'], { end_mask: { i: 1 } }, 'sides'),
      node('Prod', ['sides', 'none']),
      node('Pack', ['count', 'prod']),
      node('Reshape', ['x', 'pack'], {}, 'flat'),
    ];
    const both = await answerOf(nodes, [2, 1, 1, 4], counted);
    expect(both).toEqual({ dims: [2, 4], values: counted });
  });

  it('takes rows of all images together for a matrix, and apart again', async () => {
    const nodes = [
      whole('rows', [-1, 2]),
      node('Reshape', ['x', 'rows'], {}, 'row'),
      floats('m', [2, 1], [1, 10]),
      node('MatMul', ['row', 'm']),
      whole('back', [-1, 2, 2, 1]),
      node('Reshape', ['matmul', 'back'], {}, 'again'),
    ];
    const answer = await answerOf(nodes, [2, 2, 2, 2], [...counted, ...counted]);
    expect(answer).toEqual({ dims: [2, 2, 2, 1], values: [21, 43, 65, 87, 21, 43, 65, 87] });
  });
});
