import type { Graph, Value } from '../graph.ts';
import { gruGradients, runGru } from './gru.ts';
import { lstmGradients, runLstm } from './lstm.ts';
import { runSimple, simpleGradients } from './simple-recurrent.ts';
import {
  arrivingAt,
  view,
  type Arriving,
  type CellGradients,
  type CellTensors,
  type Sequence,
} from './sequence.ts';

export type Cell = 'simpleRnn' | 'lstm' | 'gru';

interface CellRules {
  readonly run: (graph: Graph, x: Value, tensors: CellTensors) => Value;
  readonly gradients: (
    graph: Graph,
    x: Value,
    hidden: Value,
    tensors: CellTensors,
    sequence: Sequence,
    arriving: Arriving,
  ) => CellGradients;
}

const rules: Readonly<Record<Cell, CellRules>> = {
  simpleRnn: { run: runSimple, gradients: simpleGradients },
  lstm: { run: runLstm, gradients: lstmGradients },
  gru: { run: runGru, gradients: gruGradients },
};

/**
 * A recurrent cell over x [T, B, F]: the hidden states of every step [T, B, units], or of the last one
 * alone [B, units].
 */
export function recur(
  graph: Graph,
  cell: Cell,
  x: Value,
  tensors: CellTensors,
  everyStep: boolean,
): Value {
  const [steps, batch] = x.shape;
  const sequence = { steps: steps!, batch: batch!, units: tensors.recurrent.shape[1]! };
  const hidden = rules[cell].run(graph, x, tensors);
  const out = everyStep ? hidden : lastStep(graph, hidden);
  let emitted: { readonly by: string; readonly gradients: CellGradients } | undefined;
  const gradientsOf = (dy: Value): CellGradients => {
    if (emitted?.by === dy.name) return emitted.gradients;
    const arriving = arrivingAt(graph, dy, sequence, everyStep);
    const gradients = rules[cell].gradients(graph, x, hidden, tensors, sequence, arriving);
    emitted = { by: dy.name, gradients };
    return gradients;
  };
  return graph.differentiable(
    out,
    [x, tensors.kernel, tensors.recurrent, tensors.bias],
    [
      (dy) => gradientsOf(dy).input(),
      (dy) => gradientsOf(dy).kernel(),
      (dy) => gradientsOf(dy).recurrent(),
      (dy) => gradientsOf(dy).bias(),
    ],
  );
}

function lastStep(graph: Graph, hidden: Value): Value {
  const [steps, batch, units] = hidden.shape;
  const ends = [[steps! - 1], [steps!], [0]].map((list) => graph.integers(list));
  return view(graph, graph.node('Slice', [hidden, ...ends], [1, batch!, units!]), [batch!, units!]);
}
