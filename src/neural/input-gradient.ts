import { gradientsOf } from './gradients.ts';
import { createGraph, type Value } from './graph.ts';
import { serve } from './inference-graph.ts';
import { slotsOf } from './layers/kinds.ts';
import { multiply } from './ops/arithmetic.ts';
import { sumOver } from './ops/reduction.ts';
import { serializeGraph } from './serialize.ts';
import type { TrainedNet } from './trained-net.ts';

/** How the logits of a net that is served change with each number that it is given. */
export interface InputGradientGraph {
  readonly model: Uint8Array;
  /** Examples [rows, C, H, W], and [rows, classes]: how much each logit counts. */
  readonly inputs: { readonly image: 'image'; readonly counted: 'counted' };
  /** [rows, C, H, W]: of the sum of what counts. */
  readonly output: 'gradient';
}

export function buildInputGradient(
  { layers, values }: TrainedNet,
  inputShape: readonly number[],
  rows: number,
): InputGradientGraph {
  const graph = createGraph();
  const image = graph.input('image', [rows, ...inputShape]);
  const slots = layers.flatMap((layer) =>
    slotsOf(layer).map(({ slot, shape }): [string, Value] => {
      const name = `${layer.name}.${slot}`;
      return [name, graph.constant(values.get(name)!, shape)];
    }),
  );
  const logits = serve(graph, layers, image, new Map(slots));
  const counted = graph.input('counted', logits.shape);
  const sum = sumOver(graph, multiply(graph, logits, counted), [0, 1]);
  graph.output('gradient', gradientsOf(graph, sum, [image])[0]!);
  return {
    model: serializeGraph(graph, 'input-gradient'),
    inputs: { image: 'image', counted: 'counted' },
    output: 'gradient',
  };
}
