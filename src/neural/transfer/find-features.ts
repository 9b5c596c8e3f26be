import type { OnnxModel, OnnxNode } from '../onnx-model.ts';

/** The value of a graph that holds what was found in an image, before classes are made of it; or why nobody can say which it is. */
export type FoundFeatures = { readonly name: string } | { readonly fault: string };

/** What may come after the scores: it changes no order of classes, or only their form. */
const afterwards = new Set([
  'Softmax',
  'LogSoftmax',
  'Sigmoid',
  'Identity',
  'Flatten',
  'Reshape',
  'Squeeze',
  'Cast',
]);
/** What makes one number of each plane of an image. */
const poolings = new Set([
  'GlobalAveragePool',
  'GlobalMaxPool',
  'AveragePool',
  'MaxPool',
  'ReduceMean',
]);
const scoring = new Set(['Softmax', 'LogSoftmax', 'Sigmoid']);

/**
 * What goes into the last dense layer before an output (Gemm, MatMul with or without a bias, a convolution of what was
 * pooled to a point); of a graph that ends with pooling, and makes no scores, the output itself.
 */
export function findFeatures(model: OnnxModel, output: string): FoundFeatures {
  const known = producersIn(model);
  const { node, isScored } = lastOf(known.producers, output);
  if (!node) return { fault: 'its output is computed by nothing' };
  if (poolings.has(node.opType)) {
    return isScored
      ? { fault: `its scores are made without a dense layer (${node.opType})` }
      : { name: output };
  }
  const name = inputOfDense(node, known);
  return name === undefined
    ? { fault: `before its output is no dense layer, and no pooling either, but ${node.opType}` }
    : { name };
}

interface Known {
  readonly producers: ReadonlyMap<string, OnnxNode>;
  /** Whether a value is the same for every image. */
  readonly isConstant: (name: string) => boolean;
}

function producersIn({ graph }: OnnxModel): Known {
  const producers = new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node])));
  const tensors = new Set(graph.initializer.map(({ name }) => name));
  const isConstant = (name: string): boolean => {
    if (tensors.has(name)) return true;
    const node = producers.get(name);
    return node !== undefined && node.input.every((input) => input === '' || isConstant(input));
  };
  return { producers, isConstant };
}

/** The last node that computes something, and whether scores are made of it. */
function lastOf(producers: Known['producers'], output: string) {
  let node = producers.get(output);
  let isScored = false;
  while (node && afterwards.has(node.opType)) {
    isScored ||= scoring.has(node.opType);
    node = producers.get(node.input[0]!);
  }
  return { node, isScored };
}

function inputOfDense(node: OnnxNode, { producers, isConstant }: Known): string | undefined {
  const [first = '', second = ''] = node.input;
  switch (node.opType) {
    case 'Gemm':
    case 'MatMul':
      return isConstant(second) && !isConstant(first) ? first : undefined;
    case 'Conv':
      return poolings.has(producers.get(first)?.opType ?? '') ? first : undefined;
    case 'Add': {
      const product = producers.get(isConstant(second) ? first : second);
      return product?.opType === 'MatMul'
        ? inputOfDense(product, { producers, isConstant })
        : undefined;
    }
    default:
      return undefined;
  }
}

/** A model up to one of its values: what else it computes is left out. */
export function cutAt(model: OnnxModel, name: string): OnnxModel {
  const { graph } = model;
  const producers = new Map(graph.node.flatMap((node) => node.output.map((made) => [made, node])));
  const needed = new Set<string>();
  const open = [name];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (needed.has(next)) continue;
    needed.add(next);
    open.push(...(producers.get(next)?.input ?? []));
  }
  const tensors = graph.initializer.filter((tensor) => needed.has(tensor.name));
  const stored = new Set(tensors.map((tensor) => tensor.name));
  return {
    ...model,
    graph: {
      name: graph.name ?? 'backbone',
      node: graph.node.filter(({ output }) => output.some((made) => needed.has(made))),
      initializer: tensors,
      // Older files list their tensors as inputs too.
      input: graph.input.filter((port) => needed.has(port.name) && !stored.has(port.name)),
      output: [],
    },
  };
}

/** Whether a node of a model has a graph of its own, whose values nobody sees from outside. */
export function hasInnerGraphs({ graph }: OnnxModel): boolean {
  return graph.node.some(({ attribute }) =>
    attribute.some(({ g }) => g !== undefined && g !== null),
  );
}
