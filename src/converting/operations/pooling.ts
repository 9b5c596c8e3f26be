import type { Value } from '../../neural/graph.ts';
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
  const image = planesOf(graph, input);
  const value = graph.node(
    `${kind}Pool`,
    [kind === 'Max' ? paddedApart(graph, image) : image],
    [input.shape[0]!, channels, ...out],
    { attributes },
  );
  return ofPlanes(value, [input.shape[0]!, ...out, channels]);
}

/** As good as nothing, and not nothing. */
const hardlyAnything = 1e-30;

/**
 * ONNX Runtime makes one step of zeros around an image and a maximum over windows, in which the zeros do not count any more: where
 * all of a window is negative, that is another answer. It does so for zeros only.
 */
function paddedApart(graph: NetGraph, image: Value): Value {
  const made = graph.nodes.find(({ outputs }) => outputs.includes(image.name));
  if (made?.op !== 'Pad' || made.inputs.length > 2) return image;
  const [padded = '', pads = ''] = made.inputs;
  const inputs = [
    { ...image, name: padded },
    { ...image, name: pads },
    graph.constant(hardlyAnything),
  ];
  return graph.node('Pad', inputs, image.shape, { attributes: made.attributes });
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
