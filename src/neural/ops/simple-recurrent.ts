import type { Graph, Value } from '../graph.ts';
import { gemm } from './matmul.ts';
import {
  delayed,
  inputGradients,
  join,
  runCell,
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

/** h = tanh(W x + R h' + b). The bias is one [units]; ONNX wants a second, which stays zero. */
export function runSimple(graph: Graph, x: Value, tensors: CellTensors): Value {
  const { bias } = tensors;
  const zeros = graph.constant(new Float32Array(bias.shape[0]!), bias.shape);
  return runCell(graph, 'RNN', x, { ...tensors, bias: join(graph, [bias, zeros], 0) });
}

export function simpleGradients(
  graph: Graph,
  x: Value,
  hidden: Value,
  { kernel, recurrent }: CellTensors,
  sequence: Sequence,
  arriving: Arriving,
): CellGradients {
  const { steps, batch, units } = sequence;
  const all = view(graph, hidden, [steps * batch, units]);
  const slopes = stepsOf(graph, tanhSlope(graph, all), sequence);
  const sums: Value[] = [];
  let dh = arriving(steps - 1)!;
  for (let step = steps - 1; step >= 0; step -= 1) {
    const sum = times(graph, dh, slopes[step]!);
    sums.unshift(sum);
    if (step > 0) dh = gemm(graph, sum, recurrent, { bias: arriving(step - 1) });
  }
  const gates = join(graph, sums, 0);
  return {
    ...inputGradients(graph, x, kernel, gates),
    recurrent: () => gemm(graph, gates, delayed(graph, all, sequence), { transposeA: true }),
    bias: () => sumRows(graph, gates),
  };
}
