import type { NetGraph } from '../tensors/net-graph.ts';
import type { Tensor } from '../tensors/tensor.ts';
import { softmax } from '../operations/activations.ts';
import { clip, combine, each, scalar } from '../operations/arithmetic.ts';
import { unsupported } from '../refusals.ts';
import { mapKnown } from './known-arithmetic.ts';
import { isKnown, type NodeCall, type NodeKind } from './node-call.ts';
import { operand, weightsOf } from './operands.ts';

interface UnaryKind {
  readonly write: (graph: NetGraph, input: Tensor) => Tensor;
  /** The same of a number that is known. */
  readonly fold?: (value: number) => number;
}

/** A node of ONNX that does it. */
const one = (op: string, fold?: UnaryKind['fold']): UnaryKind => ({
  write: (graph, input) => each(graph, op, input),
  ...(fold && { fold }),
});

const halfToEven = (value: number): number => {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
};

const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));

/** Operations that do the same to every number. */
const unaryKinds: Readonly<Record<string, UnaryKind>> = {
  Relu: one('Relu', (value) => Math.max(value, 0)),
  Relu6: {
    write: (graph, input) => clip(graph, input, 0, 6),
    fold: (value) => Math.min(Math.max(value, 0), 6),
  },
  Elu: one('Elu'),
  Selu: one('Selu'),
  Sigmoid: one('Sigmoid', sigmoid),
  Tanh: one('Tanh', Math.tanh),
  Softplus: one('Softplus'),
  Softsign: one('Softsign'),
  Erf: one('Erf'),
  Erfc: {
    write: (graph, input) => combine(graph, 'Sub', scalar(graph, 1), each(graph, 'Erf', input)),
  },
  Sqrt: one('Sqrt', Math.sqrt),
  Rsqrt: {
    write: (graph, input) => each(graph, 'Reciprocal', each(graph, 'Sqrt', input)),
    fold: (value) => 1 / Math.sqrt(value),
  },
  Square: {
    write: (graph, input) => combine(graph, 'Mul', input, input),
    fold: (value) => value * value,
  },
  Reciprocal: one('Reciprocal', (value) => 1 / value),
  Inv: one('Reciprocal', (value) => 1 / value),
  Neg: one('Neg', (value) => -value),
  Abs: one('Abs', Math.abs),
  Exp: one('Exp', Math.exp),
  Log: one('Log', Math.log),
  Log1p: {
    write: (graph, input) => each(graph, 'Log', combine(graph, 'Add', input, scalar(graph, 1))),
    fold: Math.log1p,
  },
  Floor: one('Floor', Math.floor),
  Ceil: one('Ceil', Math.ceil),
  Round: one('Round', halfToEven),
  Sign: one('Sign', Math.sign),
};

const unary =
  ({ write, fold }: UnaryKind): NodeKind =>
  (call) => {
    const input = call.input(0);
    if (!isKnown(input)) return write(call.graph, call.tensor(0));
    if (fold) return mapKnown(input, fold, call.allowance);
    throw unsupported(`${call.title} computes with constants`);
  };

/** ReLU with a slope below zero. */
const leakyRelu: NodeKind = (call) => bent(call, call.tensor(0), 0.2, 'alpha');

/** The same where it is a part of another node. */
export function bent(
  { graph, attributes }: NodeCall,
  input: Tensor,
  otherwise: number,
  name: string,
): Tensor {
  const alpha = { float: attributes.number(name, otherwise) };
  return each(graph, 'LeakyRelu', input, { attributes: { alpha } });
}

/** ReLU with a slope for each channel, which TF.js has as a node. */
export function parametric(call: NodeCall, input: Tensor, at: number): Tensor {
  const { graph, title } = call;
  const slopes = weightsOf(call.known(at), title);
  const positive = each(graph, 'Relu', input);
  const negative = combine(graph, 'Sub', input, positive);
  const slope = operand(graph, { ...slopes, kind: 'float' }, input, title);
  return combine(graph, 'Add', positive, combine(graph, 'Mul', negative, slope));
}

const prelu: NodeKind = (call) => parametric(call, call.tensor(0), 1);

const softmaxes =
  (op: 'Softmax' | 'LogSoftmax'): NodeKind =>
  (call) =>
    softmax(call.graph, call.tensor(0), -1, op);

/** An operation on every number, by the name that fused nodes have for it as well. */
export function activationOf(op: string): UnaryKind['write'] | undefined {
  return Object.hasOwn(unaryKinds, op) ? unaryKinds[op]!.write : undefined;
}

/** Operations that do the same to every number, wherever it lies. */
export const pointwise: ReadonlySet<string> = new Set([...Object.keys(unaryKinds), 'LeakyRelu']);

/** Nodes that do something to each number, and those that bring scores to a sum. */
export const activationNodes: Readonly<Record<string, NodeKind>> = {
  ...Object.fromEntries(Object.entries(unaryKinds).map(([op, kind]) => [op, unary(kind)])),
  LeakyRelu: leakyRelu,
  Prelu: prelu,
  Softmax: softmaxes('Softmax'),
  LogSoftmax: softmaxes('LogSoftmax'),
};
