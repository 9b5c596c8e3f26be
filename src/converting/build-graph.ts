import { isGlimpseError, withDetails } from '../errors.ts';
import { serializeGraph } from '../neural/serialize.ts';
import { sizeOf } from '../tensor.ts';
import type { WrittenNet } from './build-keras.ts';
import type { GraphNode, OutputRef } from './graphs/graph-node.ts';
import { channelOrderOf, choosePorts } from './graphs/choose-ports.ts';
import { allowanceOf, mostAxes, type Allowance, type Known } from './graphs/known.ts';
import { attributesOf } from './graphs/node-attributes.ts';
import { inOrder } from './graphs/node-order.ts';
import { kindOfType, lengthsOf, readConstant } from './graphs/read-constant.ts';
import { declareInput, type ChannelOrder, type SaidImage } from './input-image.ts';
import {
  isKnown,
  type Computed,
  type Datum,
  type NodeCall,
  type Result,
} from './nodes/node-call.ts';
import { isPhasewise, nodeKind } from './nodes/node-kinds.ts';
import { shapeOf } from './nodes/shapes.ts';
import { takesLevels } from './pixel-range.ts';
import type { TensorflowGraph } from './read-graph.ts';
import { shown, shownShape, unreadable, unsupported } from './refusals.ts';
import { createNetGraph, type NetGraph } from './tensors/net-graph.ts';
import { writtenOf } from './tensors/tensor.ts';

/** Writes a graph of TensorFlow as ONNX; of several outputs the one of that name. The same files always give the same bytes. */
export function buildTensorflow(
  source: TensorflowGraph,
  maxBytes: number,
  said?: SaidImage,
  output?: string,
): WrittenNet {
  const graph = createNetGraph(maxBytes);
  const allowance = allowanceOf(maxBytes);
  const { input, outputs } = choosePorts(source, output);
  const placeholder = placeholderOf(graph, input, said, channelOrderOf(source.nodes));
  const results = new Map<string, readonly Datum[]>([[input.name, [placeholder.datum]]]);
  for (const node of inOrder(source.nodes, outputs, new Set(results.keys()))) {
    results.set(node.name, resultsOf(node, { graph, allowance, source, results }));
  }
  for (const ref of outputs) {
    const name = outputs.length === 1 ? 'scores' : `scores:${ref.node}:${ref.at}`;
    const { tensor } = scoresOf(datumOf(results, ref), ref.node);
    graph.output(name, writtenOf(graph, tensor));
  }
  return {
    model: serializeGraph(graph, 'classifier'),
    takesLevels: placeholder.isWhole || takesLevels(graph, placeholder.name),
    isImage: placeholder.datum.tensor.shape.length > 2,
  };
}

interface Placeholder {
  readonly datum: Computed;
  readonly name: string;
  /** Whether it takes whole numbers, which only levels of pixels are. */
  readonly isWhole: boolean;
}

function placeholderOf(
  graph: NetGraph,
  node: GraphNode,
  said: SaidImage | undefined,
  order: ChannelOrder,
): Placeholder {
  const title = titleOf(node);
  const attributes = attributesOf(node, title);
  const kind = kindOfType(attributes.type('dtype'));
  if (kind !== 'float' && kind !== 'whole') {
    throw unsupported(
      `${title} takes ${shown(attributes.type('dtype'))}, and images come as pixels: cut the graph behind what decodes them`,
    );
  }
  const told = lengthsOf(attributes.shape('shape'));
  // Old graphs have no shape where they could not say one.
  const shape = told && told.length > 0 ? told.slice(1) : undefined;
  const { name, tensor } = declareInput(graph, shape, said, order);
  return { datum: { tensor, kind, rows: 1 }, name, isWhole: kind === 'whole' };
}

const titleOf = ({ op, name }: GraphNode): string => `${shown(op)} ${shown(name)}`;

interface Building {
  readonly graph: NetGraph;
  readonly allowance: Allowance;
  readonly source: TensorflowGraph;
  readonly results: ReadonlyMap<string, readonly Datum[]>;
}

/** What a node gives. Where it cannot be written, the error tells which node it was. */
function resultsOf(node: GraphNode, building: Building): readonly Datum[] {
  const title = titleOf(node);
  try {
    if (node.op === 'Const') return [constantOf(node, title, building)];
    const call = callOf(node, title, building);
    requirePhasewise(call);
    return dataOf(nodeKind(node.op, shown(node.name))(call), call);
  } catch (error) {
    if (!isGlimpseError(error)) throw error;
    throw withDetails(error, { node: node.name.slice(0, 200), operation: node.op.slice(0, 200) });
  }
}

function constantOf(node: GraphNode, title: string, { source, allowance }: Building): Known {
  const attributes = attributesOf(node, title);
  const stored = source.arrays?.get(node.name);
  const tensor = attributes.tensor('value');
  const type = attributes.type('dtype') ?? String(tensor?.dtype);
  if (!stored) {
    if (!tensor || source.arrays) throw unreadable(`${title} has no numbers`);
    return readConstant({ ...tensor, dtype: tensor.dtype ?? type }, title, allowance);
  }
  const kind = kindOfType(type);
  if (!kind) throw unsupported(`${title} is of ${shown(type)}`);
  const { shape, data } = stored.array();
  allowance.spend(sizeOf(shape));
  if (shape.length > mostAxes) throw unsupported(`${title} has ${shape.length} axes`);
  return { kind, shape, data: kind === 'float' ? data : Float64Array.from(data) };
}

function callOf(node: GraphNode, title: string, building: Building): NodeCall {
  const { graph, allowance, results } = building;
  const input = (at: number): Datum => {
    const ref = node.inputs[at];
    if (!ref) throw unreadable(`${title} takes too little`);
    return datumOf(results, ref);
  };
  const known = (at: number): Known => {
    const datum = input(at);
    if (isKnown(datum)) return datum;
    throw unsupported(`${title} takes numbers from the images that must be known before`);
  };
  return {
    title,
    op: node.op,
    graph,
    allowance,
    input,
    known,
    attributes: attributesOf(node, title),
    count: node.inputs.length,
    integers(at) {
      const { kind, data } = known(at);
      if (kind === 'whole' && data.length <= mostIntegers) return [...data];
      throw unreadable(`${title} takes no list of whole numbers where it should`);
    },
    tensor(at) {
      const datum = input(at);
      if (!isKnown(datum) && datum.kind === 'float') return datum.tensor;
      const what = isKnown(datum) ? 'a constant' : 'whole numbers';
      throw unsupported(`${title} computes with ${what} in place of values of an image`);
    },
  };
}

/** Shapes and bounds of slices are lists of eight, amounts of padding of sixteen. */
const mostIntegers = 64;

function datumOf(results: ReadonlyMap<string, readonly Datum[]>, { node, at }: OutputRef): Datum {
  const datum = results.get(node)?.[at];
  if (datum) return datum;
  throw unreadable(`there is no output ${at} of the node ${shown(node)}`);
}

/** What a node gave, of the kind of the first value that it took from the images, and with its rows. */
function dataOf(result: Result, call: NodeCall): readonly Datum[] {
  const taken = Array.from({ length: call.count }, (_, at) => call.input(at));
  const computed = taken.filter((datum): datum is Computed => !isKnown(datum));
  const { rows = 1, phases } = computed[0] ?? {};
  if (computed.some((one) => one.rows !== rows)) {
    throw unsupported(`${call.title} puts values of different counts of rows together`);
  }
  const kind = computed[0]?.kind ?? 'float';
  const list: readonly Exclude<Result, readonly unknown[]>[] = isList(result) ? result : [result];
  return list.map((one): Datum => {
    const datum: Datum =
      isKnown(one) || 'tensor' in one ? one : { tensor: one, kind, rows, phases };
    if (shapeOf(datum).length <= mostAxes) return datum;
    throw unsupported(`${call.title} makes ${shapeOf(datum).length} axes`);
  });
}

/** Images that were taken apart lie in the graph as they were, so nothing is done to them that depends on which pixels lie together. */
function requirePhasewise(call: NodeCall): void {
  const { title, op, count } = call;
  const data = Array.from({ length: count }, (_, at) => call.input(at));
  const all = new Set(
    data.flatMap((datum) => (isKnown(datum) ? [] : [datum.phases?.join() ?? 'whole'])),
  );
  if (all.has('whole') ? all.size === 1 : all.size === 0) return;
  if (all.size === 1 && isPhasewise(op)) return;
  throw unsupported(`${title} computes with images that SpaceToBatchND has taken apart`);
}

const isList = (result: Result): result is Extract<Result, readonly unknown[]> =>
  Array.isArray(result);

/** An output must be floats, a row of them for each image. */
function scoresOf(datum: Datum, node: string): Computed {
  if (isKnown(datum)) throw unsupported(`the output ${shown(node)} is the same for every image`);
  if (datum.phases) {
    throw unsupported(`the output ${shown(node)} is of images that SpaceToBatchND has taken apart`);
  }
  const { shape } = datum.tensor;
  if (datum.kind === 'float' && datum.rows === 1 && shape[0] === -1) return datum;
  throw unsupported(
    `the output ${shown(node)} is no scores: ${shownShape(shape)} of ${datum.kind}`,
  );
}
