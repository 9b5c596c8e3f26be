import type { Known } from '../graphs/known.ts';
import { combine, each, where, type BinaryOp } from '../operations/arithmetic.ts';
import { shownShape, unsupported } from '../refusals.ts';
import type { Tensor } from '../tensors/tensor.ts';
import { asCounted, imageFor, isChannelsFirst } from './image-form.ts';
import { combineKnown } from './known-arithmetic.ts';
import { isKnown, type Datum, type NodeCall, type NodeKind } from './node-call.ts';
import { operand } from './operands.ts';

interface BinaryKind {
  readonly fold: (a: number, b: number) => number;
  readonly op?: BinaryOp;
}

/** Operations on two values. Those without an operation of ONNX are for shapes only, which are known. */
const binaryKinds: Readonly<Record<string, BinaryKind>> = {
  Add: { fold: (a, b) => a + b, op: 'Add' },
  AddV2: { fold: (a, b) => a + b, op: 'Add' },
  Sub: { fold: (a, b) => a - b, op: 'Sub' },
  Mul: { fold: (a, b) => a * b, op: 'Mul' },
  RealDiv: { fold: (a, b) => a / b, op: 'Div' },
  Maximum: { fold: Math.max, op: 'Max' },
  Minimum: { fold: Math.min, op: 'Min' },
  Pow: { fold: Math.pow, op: 'Pow' },
  FloorDiv: { fold: (a, b) => Math.floor(a / b) },
  FloorMod: { fold: (a, b) => a - Math.floor(a / b) * b },
};

/** Comparisons, of which truth values come. */
const comparisons: Readonly<Record<string, BinaryKind>> = {
  Greater: { fold: (a, b) => Number(a > b), op: 'Greater' },
  GreaterEqual: { fold: (a, b) => Number(a >= b), op: 'GreaterOrEqual' },
  Less: { fold: (a, b) => Number(a < b), op: 'Less' },
  LessEqual: { fold: (a, b) => Number(a <= b), op: 'LessOrEqual' },
  Equal: { fold: (a, b) => Number(a === b), op: 'Equal' },
};

const isAboutImages = ({ kind, data }: Known): boolean =>
  kind !== 'float' && data.some(Number.isNaN);

/** Two values of a node in one; truth values where it compares them. */
function combineBoth(
  call: NodeCall,
  { fold, op }: BinaryKind,
  [a, b]: readonly [Datum, Datum],
  compares = false,
): Datum | Tensor {
  const { graph, allowance, title } = call;
  if (isKnown(a) && isKnown(b)) {
    if (compares && (isAboutImages(a) || isAboutImages(b))) {
      throw unsupported(`${title} depends on how many images there are`);
    }
    return combineKnown(a, b, fold, allowance, compares ? 'bool' : a.kind);
  }
  if (op === undefined) throw unsupported(`${title} computes with values of images`);
  for (const datum of [a, b]) requireFloat(datum, title);
  const left = isKnown(a) ? undefined : a.tensor;
  const right = isKnown(b) ? undefined : b.tensor;
  const tensor = combine(
    graph,
    op,
    operand(graph, a, right, title),
    operand(graph, b, left, title),
  );
  return compares ? { tensor, kind: 'bool', rows: rowsOf(a, b) } : tensor;
}

const rowsOf = (...data: readonly Datum[]): number =>
  data.map((datum) => (isKnown(datum) ? 1 : datum.rows)).find((rows) => rows !== 1) ?? 1;

/** Images of whole numbers are cast before anybody computes with them. */
function requireFloat(datum: Datum, title: string): void {
  if (datum.kind !== 'float') throw unsupported(`${title} computes with whole numbers`);
}

const binary =
  (kind: BinaryKind, compares = false): NodeKind =>
  (call) =>
    combineBoth(call, kind, [call.input(0), call.input(1)], compares);

/** A number for each channel added, wherever the node counts its channels. */
const biasAdd: NodeKind = (call) => {
  const { graph, title } = call;
  const [value, bias] = [call.input(0), call.input(1)];
  // Rows have their channels last in either count.
  if (isKnown(value) || !isChannelsFirst(call) || value.tensor.shape.length === 2) {
    return combineBoth(call, binaryKinds['Add']!, [value, bias]);
  }
  const image = imageFor(call);
  return asCounted(call, combine(graph, 'Add', image, operand(graph, bias, image, title)));
};

/** The sum of any number of values. */
const addN: NodeKind = (call) => {
  const data = Array.from({ length: call.count }, (_, at) => call.input(at));
  const rows = rowsOf(...data);
  return data.reduce((sum, datum): Datum => {
    const added = combineBoth(call, binaryKinds['Add']!, [sum, datum]);
    return isKnown(added) || 'tensor' in added ? added : { tensor: added, kind: 'float', rows };
  });
};

/** (a - b)². */
const squaredDifference: NodeKind = (call) => {
  const difference = combineBoth(call, binaryKinds['Sub']!, [call.input(0), call.input(1)]);
  if (isKnown(difference)) {
    const { fold } = binaryKinds['Mul']!;
    return combineKnown(difference, difference, fold, call.allowance);
  }
  const tensor = 'tensor' in difference ? difference.tensor : difference;
  return combine(call.graph, 'Mul', tensor, tensor);
};

/** The first value where a condition holds, else the second. */
const select: NodeKind = (call) => {
  const { graph, title } = call;
  const [condition, yes, no] = [call.input(0), call.input(1), call.input(2)];
  if (isKnown(condition)) {
    if (condition.data.length === 1 && condition.shape.length === 0) {
      return condition.data[0] === 0 ? no : yes;
    }
    throw unsupported(`${title} chooses by a list`);
  }
  const { tensor } = condition;
  const [one, other] = [yes, no].map((datum) => {
    requireFloat(datum, title);
    return operand(graph, datum, tensor, title);
  });
  for (const { shape } of [one!, other!]) {
    const isSame = shape.length === 0 || shape.join() === tensor.shape.join();
    if (!isSame) throw unsupported(`${title} chooses among ${shownShape(shape.slice(1))}`);
  }
  const chosen = where(graph, tensor, one!, other!);
  return { tensor: chosen, kind: 'float', rows: condition.rows };
};

const not: NodeKind = (call) => {
  const datum = call.input(0);
  if (isKnown(datum)) return { ...datum, data: datum.data.map((value) => Number(value === 0)) };
  return { ...datum, tensor: each(call.graph, 'Not', datum.tensor, { type: 'bool' }) };
};

/** Nodes that combine values of equal or broadcast shapes. */
export const arithmeticNodes: Readonly<Record<string, NodeKind>> = {
  ...Object.fromEntries(Object.entries(binaryKinds).map(([op, kind]) => [op, binary(kind)])),
  ...Object.fromEntries(Object.entries(comparisons).map(([op, kind]) => [op, binary(kind, true)])),
  AddN: addN,
  BiasAdd: biasAdd,
  SquaredDifference: squaredDifference,
  Select: select,
  SelectV2: select,
  LogicalNot: not,
};
