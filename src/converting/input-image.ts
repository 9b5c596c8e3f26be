import { shownShape, unsupported } from './refusals.ts';
import type { NetGraph } from './tensors/net-graph.ts';
import { ofPlanes, ofWritten, reshaped, type Tensor } from './tensors/tensor.ts';

/** The size of the images, where a net leaves it open. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** What the graph of a converted net takes. */
export interface DeclaredInput {
  readonly tensor: Tensor;
  readonly name: string;
}

const inputName = 'image';
/** No net takes larger images, and what is computed from a side grows with its square. */
const largestSide = 16_384;

/**
 * Declares the input of a graph for a net that takes [H, W, C], [H, W] or a row of pixels: images as planes, because that is how
 * ONNX computes them. Lengths that are null are taken from the size.
 */
export function declareInput(
  graph: NetGraph,
  shape: readonly (number | null)[],
  size: ImageSize | undefined,
): DeclaredInput {
  const lengths = closed(shape, size);
  for (const length of lengths) {
    if (length < 1 || length > largestSide ** 2)
      throw unsupported(`an input of ${shownShape(shape)}`);
  }
  const [height = 1, width = 1, channels = 1] = lengths;
  if (lengths.length === 3) {
    const value = graph.input(inputName, [-1, channels, height, width]);
    return { name: inputName, tensor: ofPlanes(value, [-1, height, width, channels]) };
  }
  if (lengths.length === 2) {
    const value = graph.input(inputName, [-1, 1, height, width]);
    const tensor = ofWritten(reshaped(graph, value, [-1, height, width]));
    return { name: inputName, tensor };
  }
  if (lengths.length === 1) {
    return { name: inputName, tensor: ofWritten(graph.input(inputName, [-1, height])) };
  }
  throw unsupported(
    `it takes ${shownShape(shape)}, and images are [height, width, channels], [height, width] or a row of pixels`,
  );
}

function closed(shape: readonly (number | null)[], size: ImageSize | undefined): number[] {
  return shape.map((length, axis) => {
    if (length !== null) return length;
    const given = shape.length > 1 ? [size?.height, size?.width][axis] : undefined;
    if (given !== undefined) return given;
    throw unsupported(
      `it takes images of any size (${shownShape(shape)}), and a version takes one: name their width and height`,
    );
  });
}
