import type { NetGraph } from '../tensors/net-graph.ts';
import { ofPlanes, ofWritten, planesOf, reshaped, type Tensor } from '../tensors/tensor.ts';
import { imageOf } from './image-axes.ts';
import { padsOf, windowAttributes, type Window } from './padding.ts';

export type PoolKind = 'Max' | 'Average';

/** MaxPooling2D and AveragePooling2D; what was added around the image counts in neither. */
export function pool(graph: NetGraph, input: Tensor, kind: PoolKind, window: Window): Tensor {
  const { height, width, channels } = imageOf(input);
  const { pads, out } = padsOf(window, [height, width]);
  const { dilations: _, ...attributes } = windowAttributes(window, pads);
  const value = graph.node(
    `${kind}Pool`,
    [planesOf(graph, input)],
    [input.shape[0]!, channels, ...out],
    { attributes },
  );
  return ofPlanes(value, [input.shape[0]!, ...out, channels]);
}

/** The mean or the greatest of each channel. */
export function poolGlobally(
  graph: NetGraph,
  input: Tensor,
  kind: PoolKind,
  keepsAxes: boolean,
): Tensor {
  const { channels } = imageOf(input);
  const count = input.shape[0]!;
  const value = graph.node(`Global${kind}Pool`, [planesOf(graph, input)], [count, channels, 1, 1]);
  if (keepsAxes) return ofPlanes(value, [count, 1, 1, channels]);
  return ofWritten(reshaped(graph, value, [count, channels]));
}
