import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { createGraph, symbolicBatch, type Graph, type Value } from '../../../src/neural/graph.ts';
import { decodeModel, encodeModel } from '../../../src/neural/onnx-model.ts';
import { quantiseModel, type QuantiseOptions } from '../../../src/neural/quantise/quantise.ts';
import { serializeGraph } from '../../../src/neural/serialize.ts';
import { createRandom } from '../../../src/random.ts';
import { sizeOf, type Tensor } from '../../../src/tensor.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const shape = [2, 8, 8];
const count = 24;

/** Numbers of about one, the same at each call with the same seed. */
function numbers(seed: number, ...dims: number[]): Float32Array {
  const random = createRandom(seed);
  const spread = Math.sqrt(6 / sizeOf(dims.slice(1)));
  return Float32Array.from({ length: sizeOf(dims) }, () => random.symmetric(spread));
}

const images = (from: number): Tensor => ({
  shape: [count, ...shape],
  data: numbers(from, count * sizeOf(shape), 1).map((value) => Math.abs(value) / 3),
});

/** Writes nets of the operators that exporters use. */
function netOf(build: (net: Builder, image: Value) => Value): Uint8Array {
  const graph = createGraph();
  const image = graph.input('image', [symbolicBatch, ...shape]);
  graph.output('scores', build(builderOf(graph), image));
  return serializeGraph(graph, 'net');
}

interface Builder {
  readonly graph: Graph;
  readonly conv: (x: Value, filters: number, group?: number) => Value;
  readonly op: (
    name: string,
    inputs: Value[],
    like?: readonly number[],
    ints?: Record<string, number[]>,
  ) => Value;
  readonly dense: (x: Value, units: number) => Value;
  readonly flat: (x: Value) => Value;
}

function builderOf(graph: Graph): Builder {
  let seed = 0;
  const weights = (...dims: number[]): Value => graph.constant(numbers((seed += 1), ...dims), dims);
  return {
    graph,
    conv(x, filters, group = 1) {
      const [n, channels, h, w] = x.shape as [number, number, number, number];
      const attributes = { pads: { ints: [1, 1, 1, 1] }, group: { int: group } };
      const inputs = [x, weights(filters, channels / group, 3, 3), weights(filters)];
      return graph.node('Conv', inputs, [n, filters, h, w], { attributes });
    },
    op(name, inputs, like = inputs[0]!.shape, ints = {}) {
      const attributes = Object.fromEntries(
        Object.entries(ints).map(([key, value]) => [key, { ints: value }]),
      );
      return graph.node(name, inputs, like, { attributes });
    },
    dense(x, units) {
      return graph.node(
        'Gemm',
        [x, weights(x.shape[1]!, units), weights(units)],
        [x.shape[0]!, units],
      );
    },
    flat(x) {
      const length = sizeOf(x.shape.slice(1));
      return graph.node('Reshape', [x, graph.integers([-1, length])], [x.shape[0]!, length]);
    },
  };
}

const halves = (x: Value): number[] => [x.shape[0]!, x.shape[1]!, x.shape[2]! / 2, x.shape[3]! / 2];

const plainNet = netOf(({ conv, op, dense, flat }, image) => {
  const first = op('Relu', [conv(image, 8)]);
  const pooled = op('MaxPool', [conv(first, 8)], halves(first), {
    kernel_shape: [2, 2],
    strides: [2, 2],
  });
  return dense(op('Relu', [dense(flat(op('Relu', [pooled])), 16)]), 5);
});

async function run(
  model: Uint8Array,
  { data, shape }: Tensor,
  save?: string,
): Promise<Float32Array> {
  const options = { logSeverityLevel: 4, intraOpNumThreads: 1 } as const;
  const session = await ort.InferenceSession.create(model, {
    ...options,
    ...(save !== undefined && { optimizedModelFilePath: save }),
  });
  const results = await session.run({ image: new ort.Tensor('float32', data, shape) });
  await session.release();
  const { data: values } = results[session.outputNames[0]!]!;
  return values as Float32Array;
}

const options: QuantiseOptions = {
  readData: () => Promise.reject(new Error('there is no file beside it')),
  open: async ({ model, output }) => {
    const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1 });
    return {
      infer: async ({ shape, data }) => {
        const results = await session.run({ image: new ort.Tensor('float32', data, shape) });
        return { shape: [], data: results[output]!.data as Float32Array };
      },
      close: () => session.release(),
    };
  },
  batches: async function* () {
    yield images(101);
    yield images(102);
  },
};

/** How often each operator is in what ONNX Runtime makes of a model. */
async function optimised(model: Uint8Array): Promise<Record<string, number>> {
  const file = join(await temporaryFolder(), 'optimised.onnx');
  await run(model, images(1), file);
  const operators: Record<string, number> = {};
  for (const { opType } of decodeModel(await readFile(file)).graph.node) {
    operators[opType] = (operators[opType] ?? 0) + 1;
  }
  return operators;
}

/** By how much of the spread of the float scores the others are off, at most. */
async function difference(float: Uint8Array, quantised: Uint8Array): Promise<number> {
  const [right, other] = [await run(float, images(7)), await run(quantised, images(7))];
  const spread = Math.max(...right) - Math.min(...right);
  return Math.max(...right.map((value, at) => Math.abs(value - other[at]!))) / spread;
}

const quantised = quantiseModel(plainNet, options);

describe('a quantised model', () => {
  it('gives nearly the scores of the float one, whichever way its ranges were chosen', async () => {
    for (const model of (await quantised).values()) {
      const off = await difference(plainNet, model);
      expect(off).toBeLessThan(0.04);
      expect(off).toBeGreaterThan(0);
      expect(model.length).toBeLessThan(plainNet.length * 0.65);
    }
  });

  it('is computed in whole numbers from the image to the scores', async () => {
    const model = (await quantised).get('min-max')!;
    const { QLinearConv, QGemm, QuantizeLinear, ...others } = await optimised(model);
    expect({ QLinearConv, QGemm, QuantizeLinear }).toEqual({
      QLinearConv: 2,
      QGemm: 2,
      QuantizeLinear: 1,
    });
    expect(
      Object.keys(others).filter((name) => /^(Conv|Gemm|Relu|DequantizeLinear)$/.test(name)),
    ).toEqual([]);
  });

  it('has the same bytes whenever it is made of the same model and examples', async () => {
    expect(await quantiseModel(plainNet, options)).toEqual(await quantised);
  });

  it('adds, concatenates, averages and clips in whole numbers, and convolves channel by channel', async () => {
    const six = Float32Array.of(6);
    const net = netOf(({ graph, conv, op, dense, flat }, image) => {
      const clip = (x: Value): Value => op('Clip', [x, graph.constant(0), graph.constant(six, [])]);
      const first = clip(conv(image, 8));
      const sum = op('Relu', [op('Add', [clip(conv(first, 8, 8)), first])]);
      const wide = graph.node('Concat', [sum, first], [symbolicBatch, 16, 8, 8], {
        attributes: { axis: { int: 1 } },
      });
      const mean = op('GlobalAveragePool', [wide], [symbolicBatch, 16, 1, 1]);
      return op('Softmax', [dense(flat(mean), 5)]);
    });
    const model = (await quantiseModel(net, options)).get('least-error')!;
    const { Softmax, QLinearAdd, QLinearConcat, QLinearGlobalAveragePool, ...rest } =
      await optimised(model);
    expect({ Softmax, QLinearAdd, QLinearConcat, QLinearGlobalAveragePool }).toEqual({
      Softmax: 1,
      QLinearAdd: 1,
      QLinearConcat: 1,
      QLinearGlobalAveragePool: 1,
    });
    expect(rest).toMatchObject({ QLinearConv: 2, QGemm: 1, QuantizeLinear: 1 });
    expect(await difference(net, model)).toBeLessThan(0.05);
  });

  it('has batch normalisation in its weights, and dense layers of two nodes as one', async () => {
    const net = netOf(({ graph, conv, op, flat }, image) => {
      const channel = (seed: number): Value =>
        graph.constant(
          numbers(seed, 8).map((value) => 1 + Math.abs(value)),
          [8],
        );
      const normal = op('BatchNormalization', [conv(image, 8), ...[1, 2, 3, 4].map(channel)]);
      const matrix = graph.constant(numbers(9, 512, 5), [512, 5]);
      const product = graph.node(
        'MatMul',
        [flat(op('Relu', [normal])), matrix],
        [symbolicBatch, 5],
      );
      return op('Identity', [op('Add', [product, graph.constant(numbers(10, 5), [5])])]);
    });
    const model = (await quantiseModel(net, options)).get('min-max')!;
    expect(await optimised(model)).toMatchObject({ QLinearConv: 1, QGemm: 1 });
    const written = decodeModel(model).graph.node.map(({ opType }) => opType);
    expect(written).not.toContain('BatchNormalization');
    expect(written).not.toContain('Add');
    expect(await difference(net, model)).toBeLessThan(0.04);
  });

  it('takes a graph that lists its weights as inputs, as old exporters do', async () => {
    const decoded = decodeModel(plainNet);
    const { input, initializer } = decoded.graph;
    const weights = initializer.map(({ name, dims, dataType }) => ({
      name,
      type: {
        tensorType: { elemType: dataType, shape: { dim: dims.map((dimValue) => ({ dimValue })) } },
      },
    }));
    const listed = encodeModel({
      ...decoded,
      graph: { ...decoded.graph, input: [...input, ...weights] },
    });
    expect(await quantiseModel(listed, options)).toEqual(await quantised);
  });

  it('leaves what eight bits save nothing at as it is', async () => {
    const net = netOf(({ conv, op }, image) => {
      const sine = op('Sin', [conv(image, 5)]);
      return op(
        'Flatten',
        [op('GlobalAveragePool', [conv(sine, 5)], [symbolicBatch, 5, 1, 1])],
        [symbolicBatch, 5],
      );
    });
    const model = (await quantiseModel(net, options)).get('min-max')!;
    const operators = decodeModel(model).graph.node.map(({ opType }) => opType);
    expect(operators.filter((name) => name === 'QuantizeLinear')).toHaveLength(2);
    expect(await difference(net, model)).toBeLessThan(0.04);
  });
});

const refused = async (net: Uint8Array, change: Partial<QuantiseOptions> = {}): Promise<unknown> =>
  quantiseModel(net, { ...options, ...change }).catch((error: unknown) => error);

describe('a model that cannot be quantised', () => {
  const code = 'GLIMPSE_NOT_QUANTISABLE';

  it('has no layer with constant weights', async () => {
    const net = netOf(({ op }, image) =>
      op('Flatten', [op('Relu', [image])], [symbolicBatch, 128]),
    );
    expect(await refused(net)).toMatchObject({
      code,
      message: expect.stringContaining('constant weights'),
    });
  });

  it('is quantised already', async () => {
    const again = (await quantised).get('min-max')!;
    expect(await refused(again)).toMatchObject({
      code,
      message: expect.stringContaining('already'),
    });
  });

  it('has values that are not finite, or no examples to see them on', async () => {
    const broken = netOf(({ graph, conv, op, flat, dense }, image) =>
      dense(flat(op('Div', [conv(image, 2), graph.constant(0)])), 5),
    );
    expect(await refused(broken)).toMatchObject({
      code,
      message: expect.stringContaining('not finite'),
    });
    const none = await refused(plainNet, { batches: async function* () {} });
    expect(none).toMatchObject({ code, message: expect.stringContaining('no calibration') });
  });

  it('is no ONNX file', async () => {
    expect(await refused(Buffer.from('garbage'))).toMatchObject({ code: 'GLIMPSE_MODEL_INVALID' });
  });
});
