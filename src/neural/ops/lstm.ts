import type { Graph, Value } from '../graph.ts';
import { gemm } from './matmul.ts';
import {
  columns,
  delayed,
  inputGradients,
  join,
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
 * i, o, f = sigmoid(W x + R h' + b), g = tanh(the same);  c = f c' + i g;  h = o tanh(c). Gates in ONNX's
 * order i, o, f, g; one bias [4 units], beside which ONNX wants a second, which stays zero.
 */
export function runLstm(graph: Graph, x: Value, tensors: CellTensors): Value {
  const { bias } = tensors;
  const zeros = graph.constant(new Float32Array(bias.shape[0]!), bias.shape);
  return runCell(graph, 'LSTM', x, { ...tensors, bias: join(graph, [bias, zeros], 0) });
}

export function lstmGradients(
  graph: Graph,
  x: Value,
  hidden: Value,
  tensors: CellTensors,
  sequence: Sequence,
  arriving: Arriving,
): CellGradients {
  const { steps, batch, units } = sequence;
  const before = delayed(graph, view(graph, hidden, [steps * batch, units]), sequence);
  const slopes = slopesOf(graph, x, before, tensors, sequence);
  const gates = chain(graph, tensors.recurrent, slopes, sequence, arriving);
  return {
    ...inputGradients(graph, x, tensors.kernel, gates),
    recurrent: () => gemm(graph, gates, before, { transposeA: true }),
    bias: () => sumRows(graph, gates),
  };
}

interface Slopes {
  /** How each gate's sum moves with dc (i, f, g) or with dh (o): [T * B, 4 units]. */
  readonly gates: Value;
  /** How the cell moves with dh. */
  readonly cell: Value;
  /** f: how the cell before moves with dc. */
  readonly kept: Value;
}

/** Recomputes gates and cells, and all the factors that do not depend on the gradient. */
function slopesOf(
  graph: Graph,
  x: Value,
  before: Value,
  { kernel, recurrent, bias }: CellTensors,
  sequence: Sequence,
): Slopes {
  const { units } = sequence;
  const flat = view(graph, x, [before.shape[0]!, x.shape[2]!]);
  const fromInput = gemm(graph, flat, kernel, { transposeB: true, bias });
  const sums = gemm(graph, before, recurrent, { transposeB: true, bias: fromInput });
  const bounded = columns(graph, sums, 0, 3 * units);
  const [i, o, f] = splitColumns(graph, graph.node('Sigmoid', [bounded], bounded.shape), 3);
  const last = columns(graph, sums, 3 * units, 4 * units);
  const g = graph.node('Tanh', [last], last.shape);
  const cells = cellsOf(graph, f!, times(graph, i!, g), sequence);
  const seen = graph.node('Tanh', [cells], cells.shape);
  const factors = [
    times(graph, g, sigmoidSlope(graph, i!)),
    times(graph, seen, sigmoidSlope(graph, o!)),
    times(graph, delayed(graph, cells, sequence), sigmoidSlope(graph, f!)),
    times(graph, i!, tanhSlope(graph, g)),
  ];
  return {
    gates: join(graph, factors, 1),
    cell: times(graph, o!, tanhSlope(graph, seen)),
    kept: f!,
  };
}

/** c = f c' + what is let in, step by step: the runtime's op keeps its cells to itself. */
function cellsOf(graph: Graph, forget: Value, letIn: Value, sequence: Sequence): Value {
  const [forgets, added] = [stepsOf(graph, forget, sequence), stepsOf(graph, letIn, sequence)];
  const cells = added.slice(0, 1);
  for (let step = 1; step < sequence.steps; step += 1) {
    const kept = times(graph, forgets[step]!, cells[step - 1]!);
    cells.push(plus(graph, kept, added[step]!));
  }
  return join(graph, cells, 0);
}

/** From the last step to the first; gives the gradient of every gate's sum. */
function chain(
  graph: Graph,
  recurrent: Value,
  slopes: Slopes,
  sequence: Sequence,
  arriving: Arriving,
): Value {
  const { steps, batch, units } = sequence;
  const factors = stepsOf(graph, slopes.gates, sequence);
  const cellSlopes = stepsOf(graph, slopes.cell, sequence);
  const kept = stepsOf(graph, slopes.kept, sequence);
  const sums: Value[] = [];
  let dh = arriving(steps - 1)!;
  let fromLater: Value | undefined;
  for (let step = steps - 1; step >= 0; step -= 1) {
    const seen = times(graph, dh, cellSlopes[step]!);
    const dc = fromLater ? plus(graph, seen, fromLater) : seen;
    const spread = join(graph, [dc, dh, dc, dc], 1);
    const sum = graph.node('Mul', [spread, factors[step]!], [batch, 4 * units]);
    sums.unshift(sum);
    if (step === 0) break;
    dh = gemm(graph, sum, recurrent, { bias: arriving(step - 1) });
    fromLater = times(graph, dc, kept[step]!);
  }
  return join(graph, sums, 0);
}
