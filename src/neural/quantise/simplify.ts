import { tensorOf, type OnnxNode, type OnnxTensor } from '../onnx-model.ts';
import {
  attributeOf,
  consumersOf,
  floatConstant,
  integerConstant,
  isOperator,
  type FloatGraph,
} from './float-graph.ts';

/**
 * The same function in the form that eight bits go into best: nothing that only hands values on, batch normalisation
 * within the layer before it, an activation in front of the pooling it commutes with, and dense layers as one node.
 */
export function simplified(graph: FloatGraph): FloatGraph {
  return [withoutCopies, withFoldedNormalisation, activatedBeforePooling, withWholeDense].reduce(
    (simpler, step) => step(simpler),
    graph,
  );
}

/** Without Identity and Dropout, whose consumers take what went in. */
function withoutCopies(graph: FloatGraph): FloatGraph {
  const original = new Map<string, string>();
  const resolve = (name: string): string => original.get(name) ?? name;
  const nodes: OnnxNode[] = [];
  for (const node of graph.nodes) {
    const [input = ''] = node.input;
    const [output = '', mask = ''] = node.output;
    const isCopy = isOperator(node, 'Identity', 'Dropout') && mask === '';
    if (isCopy && !graph.outputs.includes(output)) original.set(output, resolve(input));
    else nodes.push({ ...node, input: node.input.map(resolve) });
  }
  return { ...graph, nodes };
}

/** The node that alone takes what this one gives; undefined where others or the caller do as well. */
function onlyConsumer(
  graph: FloatGraph,
  consumers: ReadonlyMap<string, OnnxNode[]>,
  node: OnnxNode | undefined,
): OnnxNode | undefined {
  const [output = ''] = node?.output ?? [];
  const takers = consumers.get(output) ?? [];
  return takers.length === 1 && !graph.outputs.includes(output) ? takers[0] : undefined;
}

/** Batch normalisation of a convolution is a convolution with other weights. */
function withFoldedNormalisation(graph: FloatGraph): FloatGraph {
  const consumers = consumersOf(graph.nodes);
  const constants = new Map(graph.constants);
  const folded = new Map<OnnxNode, OnnxNode>();
  const gone = new Set<OnnxNode>();
  for (const node of graph.nodes) {
    const next = onlyConsumer(graph, consumers, node);
    if (!next || !isOperator(node, 'Conv') || !isOperator(next, 'BatchNormalization')) continue;
    if (next.input[0] !== node.output[0]) continue;
    const weights = foldedWeights(graph, node, next);
    if (!weights) continue;
    for (const tensor of weights) constants.set(tensor.name, tensor);
    const input = [node.input[0]!, weights[0].name, weights[1].name];
    folded.set(node, { ...node, input, output: [next.output[0]!] });
    gone.add(next);
  }
  const nodes = graph.nodes.flatMap((node) => (gone.has(node) ? [] : (folded.get(node) ?? node)));
  return { ...graph, nodes, constants };
}

function foldedWeights(
  graph: FloatGraph,
  conv: OnnxNode,
  normalisation: OnnxNode,
): [OnnxTensor, OnnxTensor] | undefined {
  const [, ...names] = normalisation.input;
  const [gamma, beta, mean, variance] = names.map((name) => floatConstant(graph, name)?.numbers);
  const weights = floatConstant(graph, conv.input[1]);
  const hasBias = (conv.input[2] ?? '') !== '';
  const bias = hasBias ? floatConstant(graph, conv.input[2])?.numbers : undefined;
  if (!gamma || !beta || !mean || !variance || !weights || (hasBias && !bias)) return undefined;
  const epsilon = attributeOf(normalisation, 'epsilon')?.f ?? 1e-5;
  const factor = gamma.map((scale, channel) => scale / Math.sqrt(variance[channel]! + epsilon));
  const perChannel = weights.numbers.length / factor.length;
  const kernel = weights.numbers.map((weight, at) => weight * factor[Math.floor(at / perChannel)]!);
  const shift = factor.map(
    (scale, channel) => ((bias?.[channel] ?? 0) - mean[channel]!) * scale + beta[channel]!,
  );
  const name = normalisation.output[0]!;
  return [
    tensorOf(`${name}.folded_weight`, kernel, weights.dims),
    tensorOf(`${name}.folded_bias`, shift, [shift.length]),
  ];
}

/**
 * The largest value of a window after a rising function is the function of the largest value. In eight bits the
 * activation in front costs nothing, as it is where the range of the layer before it ends.
 */
function activatedBeforePooling(graph: FloatGraph): FloatGraph {
  const consumers = consumersOf(graph.nodes);
  const swapped = new Map<OnnxNode, OnnxNode>();
  for (const pool of graph.nodes) {
    const next = onlyConsumer(graph, consumers, pool);
    if (!next || !isOperator(pool, 'MaxPool') || pool.output.length > 1) continue;
    if (!isOperator(next, 'Relu', 'Clip')) continue;
    const between = pool.output[0]!;
    swapped.set(pool, {
      ...next,
      input: [pool.input[0]!, ...next.input.slice(1)],
      output: [between],
    });
    swapped.set(next, { ...pool, input: [between], output: next.output });
  }
  return { ...graph, nodes: graph.nodes.map((node) => swapped.get(node) ?? node) };
}

/** A product with a matrix, and a bias added to it, is one node, where it is known that there are two axes. */
function withWholeDense(graph: FloatGraph): FloatGraph {
  const consumers = consumersOf(graph.nodes);
  const flat = new Set<string>();
  const merged = new Map<OnnxNode, OnnxNode>();
  const gone = new Set<OnnxNode>();
  for (const node of graph.nodes) {
    if (givesMatrix(graph, node, flat)) flat.add(node.output[0]!);
    const weights = floatConstant(graph, node.input[1]);
    const next = onlyConsumer(graph, consumers, node);
    if (!isOperator(node, 'MatMul') || !flat.has(node.input[0]!) || weights?.dims.length !== 2) {
      continue;
    }
    if (!next || !isOperator(next, 'Add')) continue;
    const bias = next.input.find((name) => name !== node.output[0]);
    const dims = floatConstant(graph, bias)?.dims;
    if (bias === undefined || dims?.length !== 1 || dims[0] !== weights.dims[1]) continue;
    const input = [node.input[0]!, node.input[1]!, bias];
    merged.set(node, { ...node, opType: 'Gemm', input, output: next.output });
    gone.add(next);
    flat.add(next.output[0]!);
  }
  const nodes = graph.nodes.flatMap((node) => (gone.has(node) ? [] : (merged.get(node) ?? node)));
  return { ...graph, nodes };
}

/** Operators that give as many axes as they take. */
const shapeless = ['Relu', 'Clip', 'LeakyRelu', 'Sigmoid', 'Tanh', 'Elu', 'Dropout', 'Identity'];

function givesMatrix(graph: FloatGraph, node: OnnxNode, flat: ReadonlySet<string>): boolean {
  const [input = '', second] = node.input;
  if (isOperator(node, 'Flatten', 'Gemm')) return true;
  if (isOperator(node, 'Reshape')) return integerConstant(graph, second)?.length === 2;
  const isProduct = isOperator(node, 'MatMul');
  const isTwoDimensional = !isProduct || floatConstant(graph, second)?.dims.length === 2;
  return (isProduct || isOperator(node, ...shapeless)) && isTwoDimensional && flat.has(input);
}
