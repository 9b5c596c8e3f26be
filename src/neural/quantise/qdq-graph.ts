import {
  encodeModel,
  tensorOf,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
} from '../onnx-model.ts';
import { attributeOf, floatConstant, isOperator } from './float-graph.ts';
import type { QuantisationPlan } from './plan.ts';
import { eightBitsOf, type EightBits, type Range } from './ranges.ts';
import { quantiseBias, quantiseWeights } from './weights.ts';

/** What is written while the nodes are gone through. */
interface Writing {
  readonly nodes: OnnxNode[];
  readonly constants: Map<string, OnnxTensor>;
  readonly plan: QuantisationPlan;
  readonly bitsOf: (name: string) => EightBits;
}

/**
 * The graph with its values in eight bits, as ONNX says it: every such value is quantised and taken back right after
 * (QDQ), and the weights are taken back right before their layer. ONNX Runtime recognises that form and computes in
 * between with whole numbers; other runtimes get the same numbers one by one.
 */
export function writeQuantised(
  model: OnnxModel,
  plan: QuantisationPlan,
  ranges: ReadonlyMap<string, Range>,
): Uint8Array {
  const bits = new Map([...ranges].map(([name, range]) => [name, eightBitsOf(range)]));
  const { graph, absorbed, rangeOf } = plan;
  const bitsOf = (name: string): EightBits => bits.get(rangeOf.get(name)!)!;
  const writing: Writing = { nodes: [], constants: new Map(graph.constants), plan, bitsOf };
  const instead = new Map([...absorbed].map(({ input, output }) => [input[0]!, output[0]!]));
  if (rangeOf.has(graph.input)) writeQuantisation(writing, graph.input);
  for (const node of graph.nodes) {
    if (absorbed.has(node)) continue;
    const output = node.output.map((name) => instead.get(name) ?? name);
    writing.nodes.push({ ...writeInputs(writing, node), output });
    for (const name of output) if (rangeOf.has(name)) writeQuantisation(writing, name);
  }
  const used = new Set(writing.nodes.flatMap(({ input }) => input));
  return encodeModel({
    ...model,
    graph: {
      ...model.graph,
      node: writing.nodes,
      initializer: [...writing.constants.values()].filter(
        ({ name }) => used.has(name) || graph.outputs.includes(name),
      ),
      // A weight may be listed as an input with a default, and is no float any more.
      input: model.graph.input.filter(({ name }) => name === graph.input),
    },
  });
}

const afterwards = (name: string): string => `${name}.dequantized`;

/** The value in eight bits and back, which everybody takes from now on. */
function writeQuantisation({ nodes, constants, bitsOf }: Writing, name: string): void {
  const { scale, zero } = bitsOf(name);
  const parameters = [`${name}.scale`, `${name}.zero_point`];
  add(constants, tensorOf(parameters[0]!, Float32Array.of(scale), []));
  add(constants, tensorOf(parameters[1]!, Uint8Array.of(zero), []));
  const bytes = `${name}.quantized`;
  nodes.push(nodeOf('QuantizeLinear', [name, ...parameters], bytes));
  nodes.push(nodeOf('DequantizeLinear', [bytes, ...parameters], afterwards(name)));
}

/** The node with what it takes: values that were in eight bits, and its weights. */
function writeInputs(writing: Writing, node: OnnxNode): OnnxNode {
  const { rangeOf, weighted } = writing.plan;
  const input = node.input.map((name) => (rangeOf.has(name) ? afterwards(name) : name));
  if (!weighted.has(node)) return { ...node, input };
  const [, ...parameters] = writeWeights(writing, node);
  return { ...node, input: [input[0]!, ...parameters] };
}

/** Names of the activation, of the weights and of the bias, if there is one, as the layer takes them. */
function writeWeights({ nodes, constants, plan, bitsOf }: Writing, node: OnnxNode): string[] {
  const [activation = '', weightName, biasName] = node.input;
  const { dims, numbers } = floatConstant(plan.graph, weightName)!;
  const bias = floatConstant(plan.graph, biasName)?.numbers;
  const { axis, outputAt } = outputsOf(node, dims);
  const inputScale = bitsOf(activation).scale;
  const weights = quantiseWeights(numbers, dims[axis]!, outputAt, bias, inputScale);
  const own = node.output[0]!;
  const write = (what: string, levels: Int8Array | Int32Array, scales: Float32Array): string => {
    const shape = levels instanceof Int8Array ? dims : [levels.length];
    const along = levels instanceof Int8Array ? axis : 0;
    const names = [`${own}.${what}`, `${own}.${what}.scale`, `${own}.${what}.zero_point`];
    add(constants, tensorOf(names[0]!, levels, shape));
    add(constants, tensorOf(names[1]!, scales, [scales.length]));
    // All are zero, and said to be: ONNX Runtime leaves a dense layer in float32 where they are left out.
    add(constants, tensorOf(names[2]!, zeros(levels, scales.length), [scales.length]));
    nodes.push(nodeOf('DequantizeLinear', names, `${own}.${what}.dequantized`, along));
    return `${own}.${what}.dequantized`;
  };
  const names = [activation, write('weight', weights.levels, weights.scales)];
  if (!bias) return names;
  const { levels, scales } = quantiseBias(bias, weights.scales, inputScale);
  return [...names, write('bias', levels, scales)];
}

function zeros(like: Int8Array | Int32Array, length: number): Int8Array | Int32Array {
  return like instanceof Int8Array ? new Int8Array(length) : new Int32Array(length);
}

/** Along which axis the outputs of a layer lie in its weights. */
function outputsOf(node: OnnxNode, dims: readonly number[]) {
  const isTransposed = (attributeOf(node, 'transB')?.i ?? 0) !== 0;
  const axis = isOperator(node, 'Conv') || (isOperator(node, 'Gemm') && isTransposed) ? 0 : 1;
  const perOutput = dims.slice(1).reduce((product, length) => product * length, 1);
  const outputAt = (index: number): number =>
    axis === 0 ? Math.floor(index / perOutput) : index % dims[1]!;
  return { axis, outputAt };
}

function nodeOf(opType: string, input: string[], output: string, axis?: number): OnnxNode {
  const attribute = axis === undefined ? [] : [{ name: 'axis', i: axis, type: 2 }];
  return { opType, input, output: [output], name: output, attribute };
}

function add(constants: Map<string, OnnxTensor>, tensor: OnnxTensor): void {
  constants.set(tensor.name, tensor);
}
