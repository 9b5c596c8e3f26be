import type { Tensor } from '../tensors/tensor.ts';
import { shownShape, unsupported } from '../refusals.ts';

/** The axes of a tensor that must be an image. */
export function imageOf({ shape }: Tensor): {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
} {
  const [, height, width, channels, ...others] = shape;
  const isImage = others.length === 0 && height && width && channels;
  if (isImage) return { height, width, channels };
  throw unsupported(`something for images is applied to the shape ${shownShape(shape.slice(1))}`);
}
