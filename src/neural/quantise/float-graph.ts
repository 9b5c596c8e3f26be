import { errors } from '../../errors.ts';
import { dataTypes } from '../onnx-schema.ts';
import {
  floatsOf,
  integersOf,
  type OnnxAttribute,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
} from '../onnx-model.ts';

/** A graph of float32 on its way to eight bits: its nodes in order, and the tensors that are the same in every run. */
export interface FloatGraph {
  readonly nodes: readonly OnnxNode[];
  readonly constants: ReadonlyMap<string, OnnxTensor>;
  /** The one input that is fed. */
  readonly input: string;
  readonly outputs: readonly string[];
}

/** Per-channel scales came with opset 13. */
const leastOpset = 13;

/** The graph of a model. GLIMPSE_NOT_QUANTISABLE where it is none that eight bits can be put into. */
export function floatGraphOf({ graph, opsetImport, functions }: OnnxModel): FloatGraph {
  const opset = opsetImport.find(({ domain = '' }) => domain === '' || domain === 'ai.onnx');
  const version = opset?.version ?? 0;
  if (version < leastOpset) {
    throw notQuantisable(`it has opset ${version}: export it with ${leastOpset} or a later one`);
  }
  if (functions.length > 0) throw notQuantisable('it defines operators of its own');
  if (graph.node.some(({ attribute }) => attribute.some(({ g }) => g !== undefined))) {
    throw notQuantisable('it has graphs within its graph');
  }
  if (
    graph.node.some(({ opType }) => opType === 'QuantizeLinear' || opType.startsWith('QLinear'))
  ) {
    throw notQuantisable('it is quantised already');
  }
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const nodes: OnnxNode[] = [];
  for (const node of graph.node) {
    const value = node.opType === 'Constant' ? attributeOf(node, 'value')?.t : undefined;
    const [name = ''] = node.output;
    if (value) constants.set(name, { ...value, name });
    else nodes.push(node);
  }
  const inputs = graph.input.filter(({ name }) => !constants.has(name));
  const [input, ...others] = inputs;
  if (!input || others.length > 0) throw notQuantisable(`it has ${inputs.length} inputs`);
  return { nodes, constants, input: input.name, outputs: graph.output.map(({ name }) => name) };
}

/** The error for a graph that cannot be quantised. */
export function notQuantisable(reason: string): Error {
  return new errors.GLIMPSE_NOT_QUANTISABLE(reason);
}

/** An attribute of a node by its name. */
export function attributeOf({ attribute }: OnnxNode, name: string): OnnxAttribute | undefined {
  return attribute.find((one) => one.name === name);
}

/** Whether a node is of that operator, and of ONNX itself. */
export function isOperator({ opType, domain = '' }: OnnxNode, ...operators: string[]): boolean {
  return (domain === '' || domain === 'ai.onnx') && operators.includes(opType);
}

/** The nodes that take each value. */
export function consumersOf(nodes: readonly OnnxNode[]): Map<string, OnnxNode[]> {
  const consumers = new Map<string, OnnxNode[]>();
  for (const node of nodes) {
    for (const name of new Set(node.input)) {
      consumers.set(name, [...(consumers.get(name) ?? []), node]);
    }
  }
  return consumers;
}

/** The float32 numbers of a constant; undefined for what is none. */
export function floatConstant({ constants }: FloatGraph, name: string | undefined) {
  const tensor = constants.get(name ?? '');
  const numbers = tensor && floatsOf(tensor);
  return numbers && { dims: tensor.dims, numbers };
}

/** The whole numbers of a constant; undefined for what is none. */
export function integerConstant({ constants }: FloatGraph, name: string | undefined) {
  const tensor = constants.get(name ?? '');
  return tensor && integersOf(tensor);
}

/** Refuses numbers of half precision, which are no float32 to begin with. */
export function refuseHalves({ constants }: FloatGraph): void {
  for (const { dataType } of constants.values()) {
    if (dataType === dataTypes.float16) throw notQuantisable('its weights are of half precision');
  }
}
