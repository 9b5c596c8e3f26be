import type { Graph, Value } from '../graph.ts';
import { gemm } from './matmul.ts';
import {
  columns,
  delayed,
  inputGradients,
  join,
  oneMinus,
  plus,
  runCell,
  sigmoidSlope,
  splitColumns,
  stepsOf,
  sumRows,
  tanhSlope,
  times,
  view,
  type Arriving,
  type CellGradients,
  type CellTensors,
  type Sequence,
} from './sequence.ts';

/**
 * z, r = sigmoid(W x + R h' + b);  n = tanh(W x + b + r (R h' + b'));  h = z h' + (1 - z) n, with the
 * reset applied after the product, as Keras and cuDNN do. Gates in the order z, r, n; both biases are
 * learnt, [6 units].
 */
export function runGru(graph: Graph, x: Value, tensors: CellTensors): Value {
  return runCell(graph, 'GRU', x, tensors, { linear_before_reset: { int: 1 } });
}

export function gruGradients(
  graph: Graph,
  x: Value,
  hidden: Value,
  tensors: CellTensors,
  sequence: Sequence,
  arriving: Arriving,
): CellGradients {
  const { steps, batch, units } = sequence;
  const before = delayed(graph, view(graph, hidden, [steps * batch, units]), sequence);
  const slopes = slopesOf(graph, x, before, tensors, units);
  const { dh, dRecurrent } = chain(graph, tensors.recurrent, slopes, sequence, arriving);
  // Of the two sums, the new state's own part is the only one that differs between W x and R h.
  const dInput = join(
    graph,
    [columns(graph, dRecurrent, 0, 2 * units), times(graph, dh, slopes.fresh)],
    1,
  );
  return {
    ...inputGradients(graph, x, tensors.kernel, dInput),
    recurrent: () => gemm(graph, dRecurrent, before, { transposeA: true }),
    bias: () => join(graph, [sumRows(graph, dInput), sumRows(graph, dRecurrent)], 0),
  };
}

interface Slopes {
  /** How each sum of R h' moves with dh: [T * B, 3 units], in the order of the gates. */
  readonly recurrent: Value;
  /** How the sum inside the tanh moves with dh. */
  readonly fresh: Value;
  /** z: how h' moves with dh, directly. */
  readonly kept: Value;
}

/** Recomputes the gates of all steps at once, and all the factors that do not depend on the gradient. */
function slopesOf(
  graph: Graph,
  x: Value,
  before: Value,
  { kernel, recurrent, bias }: CellTensors,
  units: number,
): Slopes {
  const flat = view(graph, x, [before.shape[0]!, x.shape[2]!]);
  const part = (from: number, to: number) =>
    graph.node('Slice', [bias, graph.integers([from]), graph.integers([to])], [to - from]);
  const inputBias = part(0, 3 * units);
  const recurrentBias = part(3 * units, 6 * units);
  const fromInput = gemm(graph, flat, kernel, { transposeB: true, bias: inputBias });
  const fromState = gemm(graph, before, recurrent, { transposeB: true, bias: recurrentBias });
  const both = plus(
    graph,
    columns(graph, fromInput, 0, 2 * units),
    columns(graph, fromState, 0, 2 * units),
  );
  const [z, r] = splitColumns(graph, graph.node('Sigmoid', [both], both.shape), 2);
  const stateSum = columns(graph, fromState, 2 * units, 3 * units);
  const inputSum = columns(graph, fromInput, 2 * units, 3 * units);
  const sum = plus(graph, inputSum, times(graph, r!, stateSum));
  const n = graph.node('Tanh', [sum], sum.shape);
  const fresh = times(graph, oneMinus(graph, z!), tanhSlope(graph, n));
  const difference = graph.node('Sub', [before, n], n.shape);
  const factors = [
    times(graph, difference, sigmoidSlope(graph, z!)),
    times(graph, fresh, stateSum, sigmoidSlope(graph, r!)),
    times(graph, fresh, r!),
  ];
  return { recurrent: join(graph, factors, 1), fresh, kept: z! };
}

/** From the last step to the first: dh' = dh z + (gradient of R h') R. */
function chain(
  graph: Graph,
  recurrent: Value,
  slopes: Slopes,
  sequence: Sequence,
  arriving: Arriving,
): { dh: Value; dRecurrent: Value } {
  const { steps, batch, units } = sequence;
  const gated = view(graph, slopes.recurrent, [steps * batch, 3, units]);
  const factors = stepsOf(graph, gated, sequence);
  const kept = stepsOf(graph, slopes.kept, sequence);
  const states: Value[] = [];
  const sums: Value[] = [];
  let dh = arriving(steps - 1)!;
  for (let step = steps - 1; step >= 0; step -= 1) {
    const thrice = graph.node(
      'Mul',
      [view(graph, dh, [batch, 1, units]), factors[step]!],
      [batch, 3, units],
    );
    const sum = view(graph, thrice, [batch, 3 * units]);
    states.unshift(dh);
    sums.unshift(sum);
    if (step === 0) break;
    const direct = times(graph, dh, kept[step]!);
    const outside = arriving(step - 1);
    const bias = outside ? plus(graph, direct, outside) : direct;
    dh = gemm(graph, sum, recurrent, { bias });
  }
  return { dh: join(graph, states, 0), dRecurrent: join(graph, sums, 0) };
}
