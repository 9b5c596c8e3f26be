import type { OnnxNode } from '../onnx-model.ts';
import {
  attributeOf,
  consumersOf,
  floatConstant,
  isOperator,
  notQuantisable,
  type FloatGraph,
} from './float-graph.ts';

/** What of a graph is computed in eight bits. */
export interface QuantisationPlan {
  readonly graph: FloatGraph;
  /** Layers whose weights become eight bits. */
  readonly weighted: ReadonlySet<OnnxNode>;
  /** Activations that the end of the range of their input does the work of. */
  readonly absorbed: ReadonlySet<OnnxNode>;
  /**
   * The values that are held in eight bits, each with the one whose range it has: what only moves numbers, or picks
   * some of them, changes no range.
   */
  readonly rangeOf: ReadonlyMap<string, string>;
}

/** Operators whose output has the range of their input. */
const moving = ['MaxPool', 'Flatten', 'Reshape', 'Transpose', 'Squeeze', 'Unsqueeze'];
/** Operators that ONNX Runtime computes in eight bits, beside those with weights. */
const computing = ['Add', 'Mul', 'Concat', 'AveragePool', 'GlobalAveragePool', 'LeakyRelu'];
const clipping = ['Relu', 'Clip'];

/** Decides what is computed in eight bits. GLIMPSE_NOT_QUANTISABLE where nothing is. */
export function planQuantisation(graph: FloatGraph): QuantisationPlan {
  const weighted = new Set(graph.nodes.filter((node) => isWeighted(graph, node)));
  if (weighted.size === 0) {
    throw notQuantisable('it has no convolution and no dense layer with constant weights');
  }
  const followers = usefulOf(graph, weighted, followersOf(graph, weighted));
  const held = heldValues(weighted, followers);
  const absorbed = absorbedOf(graph, weighted, followers, held);
  for (const { input } of absorbed) held.delete(input[0]!);
  return { graph, weighted, absorbed, rangeOf: rangesOf(followers, held) };
}

function isWeighted(graph: FloatGraph, node: OnnxNode): boolean {
  const weights = floatConstant(graph, node.input[1]);
  if (!weights || graph.constants.has(node.input[0] ?? '')) return false;
  if (isOperator(node, 'MatMul')) return weights.dims.length === 2;
  const hasBias = (node.input[2] ?? '') !== '';
  const bias = hasBias ? floatConstant(graph, node.input[2]) : undefined;
  if (hasBias && bias?.dims.length !== 1) return false;
  if (isOperator(node, 'Conv')) return weights.dims.length >= 3;
  if (!isOperator(node, 'Gemm')) return false;
  const [alpha, beta] = ['alpha', 'beta'].map((name) => attributeOf(node, name)?.f ?? 1);
  const isTransposed = (attributeOf(node, 'transA')?.i ?? 0) !== 0;
  const outputs = weights.dims[(attributeOf(node, 'transB')?.i ?? 0) === 0 ? 1 : 0];
  return alpha === 1 && beta === 1 && !isTransposed && (!bias || bias.dims[0] === outputs);
}

/** Nodes that can go on in eight bits with what layers with weights, or the input of one, have given. */
function followersOf(graph: FloatGraph, weighted: ReadonlySet<OnnxNode>): Set<OnnxNode> {
  const able = new Set([...weighted].map(({ input }) => input[0]!));
  const followers = new Set<OnnxNode>();
  for (const node of graph.nodes) {
    if (
      weighted.has(node) ||
      (canFollow(graph, node) && dataOf(node).every((name) => able.has(name)))
    ) {
      able.add(node.output[0]!);
      if (!weighted.has(node)) followers.add(node);
    }
  }
  return followers;
}

function canFollow(graph: FloatGraph, node: OnnxNode): boolean {
  if (node.output.length > 1) return false;
  if (isOperator(node, ...moving, ...clipping)) return true;
  // A constant beside the values would have to be quantised for itself, which saves nothing.
  return isOperator(node, ...computing) && node.input.every((name) => !graph.constants.has(name));
}

/** The inputs of a follower that are no constants of it, such as the shape of a Reshape. */
function dataOf(node: OnnxNode): readonly string[] {
  return isOperator(node, ...moving, ...clipping) ? node.input.slice(0, 1) : node.input;
}

/** Of those that could follow the ones that a layer with weights comes after: eight bits are good for nothing behind the last. */
function usefulOf(
  graph: FloatGraph,
  weighted: ReadonlySet<OnnxNode>,
  followers: ReadonlySet<OnnxNode>,
): Set<OnnxNode> {
  const useful = new Set<OnnxNode>();
  const wanted = new Set<string>();
  for (const node of graph.nodes.toReversed()) {
    if (weighted.has(node)) wanted.add(node.input[0]!);
    else if (followers.has(node) && wanted.has(node.output[0]!)) {
      useful.add(node);
      for (const name of dataOf(node)) wanted.add(name);
    }
  }
  return useful;
}

function heldValues(
  weighted: ReadonlySet<OnnxNode>,
  followers: ReadonlySet<OnnxNode>,
): Set<string> {
  const held = new Set([...weighted].map(({ input }) => input[0]!));
  for (const node of followers) {
    held.add(node.output[0]!);
    for (const name of dataOf(node)) held.add(name);
  }
  return held;
}

/**
 * A range that ends where the activation clips needs no activation: what lies outside of it becomes its end. That
 * holds where nobody else wants the values before it.
 */
function absorbedOf(
  graph: FloatGraph,
  weighted: ReadonlySet<OnnxNode>,
  followers: ReadonlySet<OnnxNode>,
  held: ReadonlySet<string>,
): Set<OnnxNode> {
  const consumers = consumersOf(graph.nodes);
  const makers = new Set(
    [...weighted, ...followers]
      .filter((node) => weighted.has(node) || isOperator(node, ...computing))
      .map(({ output }) => output[0]!),
  );
  return new Set(
    graph.nodes.filter((node) => {
      const [input = ''] = node.input;
      const isAlone = consumers.get(input)?.length === 1 && !graph.outputs.includes(input);
      const isRight =
        isOperator(node, 'Relu') || (isOperator(node, 'Clip') && clipsAround(graph, node));
      return isRight && isAlone && makers.has(input) && held.has(node.output[0]!);
    }),
  );
}

/** Whether a Clip keeps zero, which every range of eight bits has in it. */
function clipsAround(graph: FloatGraph, node: OnnxNode): boolean {
  const [, ...limits] = node.input;
  const [low = -Infinity, high = Infinity] = limits.map((name) => {
    return name === '' ? undefined : (floatConstant(graph, name)?.numbers[0] ?? NaN);
  });
  return low <= 0 && high >= 0;
}

function rangesOf(
  followers: ReadonlySet<OnnxNode>,
  held: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const source = new Map<string, string>();
  for (const node of followers) {
    if (isOperator(node, ...moving)) source.set(node.output[0]!, node.input[0]!);
  }
  const root = (name: string): string => {
    const from = source.get(name);
    return from === undefined ? name : root(from);
  };
  return new Map([...held].map((name) => [name, root(name)]));
}
