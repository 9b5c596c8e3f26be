import { shown, shownShape, unsupported } from '../refusals.ts';
import { ofPlanes, ofWritten, planesOf, writtenOf, type Tensor } from '../tensors/tensor.ts';
import type { NodeCall } from './node-call.ts';

/** Whether a node counts the axes of images with their channels first (NCHW). */
export function isChannelsFirst({ attributes, title }: NodeCall): boolean {
  const format = attributes.text('data_format', 'NHWC');
  if (format === 'NHWC' || format === 'NCHW') return format === 'NCHW';
  throw unsupported(`${title} takes images as ${shown(format)}`);
}

/** The image that a node takes, its channels last, whichever way the node counts them: nothing is computed for it. */
export function imageFor(call: NodeCall, tensor = call.tensor(0)): Tensor {
  if (!isChannelsFirst(call)) return tensor;
  const [count, channels, height, width, ...others] = tensor.shape;
  if (count && channels && height && width && others.length === 0) {
    return ofPlanes(writtenOf(call.graph, tensor), [count, height, width, channels]);
  }
  throw unsupported(`${call.title} is applied to the shape ${shownShape(tensor.shape.slice(1))}`);
}

/** What such a node makes of an image, with the axes as the node counts them. */
export function asCounted(call: NodeCall, image: Tensor): Tensor {
  return isChannelsFirst(call) ? ofWritten(planesOf(call.graph, image)) : image;
}
