import {
  createGraph,
  symbolicBatch,
  type ElementType,
  type Graph,
  type Value,
} from '../../src/neural/graph.ts';
import { dataTypes } from '../../src/neural/onnx-schema.ts';
import { serializeGraph } from '../../src/neural/serialize.ts';
import type { Signature } from '../../src/signature.ts';

/** ONNX models small enough to check by hand: four pixels in, three classes out. */
export const tinySignature: Signature = {
  input: { name: 'image', dtype: 'float32', layout: 'NCHW', shape: [1, 2, 2] },
  output: { name: 'logits', kind: 'logits' },
  classes: ['dark', 'left', 'bright'],
};

const weights = [
  [-2, 1, 0.5],
  [-2, -1, 1.5],
  [-2, 1, 0.5],
  [-2, -1, 1.5],
];
const bias = [1, 0, -1];

/** What a tiny model answers to four pixels. `shift` is added to the last class. */
export function tinyLogits(pixels: ArrayLike<number>, shift = 0): number[] {
  return bias.map(
    (start, unit) =>
      weights.reduce((sum, row, pixel) => sum + pixels[pixel]! * row[unit]!, start) +
      (unit === 2 ? shift : 0),
  );
}

export interface TinyOptions {
  readonly shift?: number;
  readonly inputName?: string;
  readonly outputName?: string;
  readonly inputShape?: readonly number[];
  /** A number instead of the symbolic batch axis, as many exporters write it. */
  readonly batch?: number;
  /**
   * What the logits go through on their way out; "eight bits" is a softmax whose scores are rounded to 1/255, "int8" one
   * between the operators that quantised graphs have, "odds" are of no operator that says what they are.
   */
  readonly head?: 'softmax' | 'eight bits' | 'int8' | 'sigmoid' | 'odds';
  /** Bytes are divided by 255 in the graph. */
  readonly inputType?: ElementType;
  readonly outputType?: ElementType;
  /** Divides by zero on the way, so that every answer is NaN. */
  readonly isNaN?: boolean;
  /** Takes the root of a negative number on the way of a bright image, so that only its answer is NaN. */
  readonly isNaNWhenBright?: boolean;
}

export function tinyModel(options: TinyOptions = {}): Uint8Array {
  const { shift = 0, batch = symbolicBatch, inputShape = [1, 2, 2] } = options;
  const graph = createGraph();
  const image = imageOf(graph, [batch, ...inputShape], options);
  const flat = graph.node('Reshape', [image, graph.integers([batch, 4])], [batch, 4]);
  const matrix = graph.constant(Float32Array.from(weights.flat()), [4, 3]);
  const product = graph.node('MatMul', [flat, matrix], [batch, 3]);
  const start = graph.constant(Float32Array.from([bias[0]!, bias[1]!, bias[2]! + shift]), [3]);
  const sum = graph.node('Add', [product, start], [batch, 3]);
  const zero = graph.node('Sub', [sum, sum], [batch, 3]);
  const above = graph.constant(Float32Array.from([7, 7, 7]), [3]);
  const root = graph.node('Sqrt', [graph.node('Add', [product, above], [batch, 3])], [batch, 3]);
  const logits = options.isNaN
    ? graph.node('Div', [zero, zero], [batch, 3])
    : options.isNaNWhenBright
      ? graph.node('Add', [sum, root], [batch, 3])
      : sum;
  const head = headOf(graph, logits, options);
  const { outputType } = options;
  const output = outputType === undefined ? head : cast(graph, head, outputType);
  graph.output(options.outputName ?? 'logits', output);
  return serializeGraph(graph, 'tiny');
}

function cast(graph: Graph, value: Value, type: ElementType): Value {
  const attributes = { to: { int: dataTypes[type] } };
  return graph.node('Cast', [value], value.shape, { attributes, type });
}

function imageOf(graph: Graph, shape: number[], { inputName, inputType }: TinyOptions): Value {
  const image = graph.input(inputName ?? 'image', shape, inputType);
  if (inputType === undefined) return image;
  const numbers = cast(graph, image, 'float32');
  return inputType === 'uint8'
    ? graph.node('Mul', [numbers, graph.constant(1 / 255)], shape)
    : numbers;
}

/** Into eight bits and back, as graphs do that were quantised. */
function throughBytes(graph: Graph, scores: Value): Value {
  const { shape } = scores;
  const parameters = [graph.constant(1 / 256), cast(graph, graph.constant(-128), 'int8')];
  const bytes = graph.node('QuantizeLinear', [scores, ...parameters], shape, { type: 'int8' });
  return graph.node('DequantizeLinear', [bytes, ...parameters], shape);
}

function headOf(graph: Graph, logits: Value, { head }: TinyOptions): Value {
  if (head === undefined) return logits;
  const isSigmoid = head === 'sigmoid' || head === 'odds';
  const scores = graph.node(isSigmoid ? 'Sigmoid' : 'Softmax', [logits], logits.shape);
  if (head === 'int8') return throughBytes(graph, scores);
  if (head === 'odds') return graph.node('Mul', [scores, graph.constant(0.5)], logits.shape);
  if (head !== 'eight bits') return scores;
  const steps = graph.constant(Float32Array.from([255, 255, 255]), [3]);
  const scaled = graph.node('Mul', [scores, steps], logits.shape);
  const rounded = graph.node('Round', [scaled], logits.shape);
  return graph.node('Div', [rounded, steps], logits.shape);
}

/** The same answers to a zero image as the tiny model's bias, after `rounds` needless matrix products. */
export function slowModel(rounds: number, width = 512): Uint8Array {
  const graph = createGraph();
  const image = graph.input('image', [symbolicBatch, 1, 2, 2]);
  const flat = graph.node('Reshape', [image, graph.integers([-1, 4])], [symbolicBatch, 4]);
  const widen = graph.constant(new Float32Array(4 * width).fill(0.01), [4, width]);
  const mix = graph.constant(new Float32Array(width * width).fill(1 / width), [width, width]);
  const narrow = graph.constant(new Float32Array(width * 3).fill(0.01), [width, 3]);
  let value = graph.node('MatMul', [flat, widen], [symbolicBatch, width]);
  for (let round = 0; round < rounds; round += 1) {
    value = graph.node('MatMul', [value, mix], [symbolicBatch, width]);
  }
  const product = graph.node('MatMul', [value, narrow], [symbolicBatch, 3]);
  graph.output(
    'logits',
    graph.node('Add', [product, graph.constant(Float32Array.from(bias), [3])], [symbolicBatch, 3]),
  );
  return serializeGraph(graph, 'slow');
}
