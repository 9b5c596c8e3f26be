import { activate } from '../layers/activation-names.ts';
import { layerKinds } from '../layers/layer-kinds.ts';
import { numbersIn } from '../layers/settings.ts';
import { clip, combine, each, type BinaryOp } from '../operations/arithmetic.ts';
import { concatenate, reduce, reshape, transpose } from '../operations/shaping.ts';
import { shown, unsupported } from '../refusals.ts';
import { ofWritten, type Tensor } from '../tensors/tensor.ts';
import type { LayerConfig } from './net-config.ts';
import {
  listed,
  numbersOf,
  operandsOf,
  setting,
  type Operation,
  type OperationKind,
} from './operation-call.ts';
import { indexing } from './slices.ts';

/** Operations are nodes of their own in Keras 3, and layers that name a function in Keras 2. */
const functionLayers = ['TFOpLambda', 'SlicingOpLambda', 'TensorFlowOpLayer'];

/**
 * Whether a call of a layer is one of an operation. In .h5 files Keras 3 does not tell: there what no layer is called, and a
 * layer that merges a tensor with a number, is one.
 */
export function isOperation(
  { isOperation: isNode, className, config }: LayerConfig,
  { args, kwargs }: Pick<Operation, 'args' | 'kwargs'>,
): boolean {
  if (isNode || functionLayers.includes(className)) return true;
  if (!Object.hasOwn(operations, nameOf(className))) return false;
  if (!Object.hasOwn(layerKinds, className) || 'newshape' in config) return true;
  return [...args, ...Object.values(kwargs)].some((operand) => numbersOf(operand) !== undefined);
}

const binary =
  (op: BinaryOp): OperationKind =>
  (operation) => {
    const [a, b] = operandsOf(operation);
    if (!a || !b) throw unsupported(`${operation.title} is called with fewer than two values`);
    return combine(operation.graph, op, a, b);
  };

const activation =
  (name: string): OperationKind =>
  ({ graph, title }, input) =>
    activate({ graph, title, isKeras2: false }, input, name);

const unary =
  (op: string): OperationKind =>
  ({ graph }, input) =>
    each(graph, op, input);

const reduction =
  (kind: 'Mean' | 'Sum' | 'Max' | 'Min'): OperationKind =>
  (operation, input) => {
    const { graph, title } = operation;
    const axes = numbersIn(setting(operation, 1, 'axis'));
    if (!axes) throw unsupported(`${title} goes over all examples at once`);
    const placed = axes.map((axis) => (axis < 0 ? axis + input.shape.length : axis));
    if (placed.includes(0)) throw unsupported(`${title} goes over all examples at once`);
    return reduce(graph, input, kind, placed, setting(operation, 2, 'keepdims') === true);
  };

const reshaping: OperationKind = (operation, input) => {
  const shape = numbersIn(setting(operation, 1, 'newshape', 'shape'));
  if (!shape) throw unsupported(`${operation.title} names no shape`);
  return reshape(operation.graph, input, [input.shape[0]!, ...shape.slice(1)]);
};

const transposing: OperationKind = (operation, input) => {
  const order = numbersIn(setting(operation, 1, 'axes', 'perm'));
  if (!order) throw unsupported(`${operation.title} names no order of axes`);
  return transpose(operation.graph, input, order);
};

const concatenating: OperationKind = (operation) => {
  const tensors = listed(operation);
  const axis = setting(operation, tensors.length, 'axis');
  return concatenate(operation.graph, tensors, typeof axis === 'number' ? axis : -1);
};

const stacking: OperationKind = (operation) => {
  const { graph, title } = operation;
  const tensors = listed(operation);
  const axis = setting(operation, 1, 'axis') ?? 0;
  const rank = (tensors[0]?.shape.length ?? 0) + 1;
  const at = typeof axis === 'number' ? (axis < 0 ? axis + rank : axis) : 0;
  if (at === 0) throw unsupported(`${title} stacks examples`);
  const wide = tensors.map((one) => reshape(graph, one, one.shape.toSpliced(at, 0, 1)));
  return concatenate(graph, wide, at);
};

const clipping: OperationKind = (operation, input) => {
  const [least] = numbersIn(setting(operation, 1, 'x_min', 'clip_value_min')) ?? [];
  const [greatest] = numbersIn(setting(operation, 2, 'x_max', 'clip_value_max')) ?? [];
  return clip(operation.graph, input, least, greatest);
};

/** Operations by the names of Keras 3, and of TensorFlow as Keras 2 writes them. */
const operations: Readonly<Record<string, OperationKind>> = {
  add: binary('Add'),
  subtract: binary('Sub'),
  multiply: binary('Mul'),
  truedivide: binary('Div'),
  divide: binary('Div'),
  maximum: binary('Max'),
  minimum: binary('Min'),
  power: binary('Pow'),
  negative: unary('Neg'),
  absolute: unary('Abs'),
  sqrt: unary('Sqrt'),
  exp: unary('Exp'),
  square: ({ graph }, input) => combine(graph, 'Mul', input, input),
  relu: activation('relu'),
  relu6: activation('relu6'),
  sigmoid: activation('sigmoid'),
  softmax: activation('softmax'),
  tanh: activation('tanh'),
  silu: activation('silu'),
  gelu: activation('gelu'),
  hardsigmoid: activation('hard_sigmoid'),
  hardsilu: activation('hard_silu'),
  elu: activation('elu'),
  mean: reduction('Mean'),
  sum: reduction('Sum'),
  max: reduction('Max'),
  min: reduction('Min'),
  reshape: reshaping,
  transpose: transposing,
  concatenate: concatenating,
  stack: stacking,
  clip: clipping,
  getitem: indexing,
  cast: (_, input) => input,
};

/** What a function of TensorFlow is called where its name is another. */
const earlierNames: Readonly<Record<string, string>> = {
  truediv: 'truedivide',
  sub: 'subtract',
  mul: 'multiply',
  reduce_mean: 'mean',
  reduce_sum: 'sum',
  reduce_max: 'max',
  reduce_min: 'min',
  bias_add: 'add',
  swish: 'silu',
  concat: 'concatenate',
  clip_by_value: 'clip',
  pow: 'power',
  neg: 'negative',
  abs: 'absolute',
};

/** What an operation makes of its operands. GLIMPSE_MODEL_UNSUPPORTED for one that is not converted. */
export function applyOperation(operation: Operation): Tensor {
  const { className, settings, title, graph } = operation;
  const isFunction = functionLayers.includes(className);
  const named = isFunction ? settings.text('function', '') : className;
  const name = nameOf(named);
  const kind = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (!kind) {
    throw unsupported(
      `${title} is the operation ${shown(named)}, which is not converted; those that are: ${Object.keys(operations).join(', ')}`,
    );
  }
  const [first] = operation.args;
  const input = first && 'tensor' in first ? first.tensor : undefined;
  return kind(operation, input ?? ofWritten(graph.constant(0)));
}

/** "math.reduce_mean" and "Mean" are the same. */
function nameOf(named: string): string {
  const last = named.split('.').at(-1) ?? named;
  return Object.hasOwn(earlierNames, last) ? earlierNames[last]! : last.toLowerCase();
}
