import { shownShape, unsupported } from './refusals.ts';
import type { NetGraph } from './tensors/net-graph.ts';
import { ofPlanes, ofWritten, reshaped, type Tensor } from './tensors/tensor.ts';

/** What is said of the images beside the net, where it leaves something open. */
export interface SaidImage {
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  /** Lengths of the axes of its input, with or without that of the batch; undefined for any length. */
  readonly shape?: readonly (number | undefined)[] | undefined;
  readonly layout?: 'NCHW' | 'NHWC' | undefined;
}

/** What the graph of a converted net takes. */
export interface DeclaredInput {
  readonly tensor: Tensor;
  readonly name: string;
}

/** What a net tells of where the channels of its images are: always last, first as some of its operations count them, or nothing. */
export type ChannelOrder = 'last' | 'first' | undefined;

const inputName = 'image';
/** No net takes larger images, and what is computed from a side grows with its square. */
const largestSide = 16_384;

/**
 * Declares the input of a graph for a net that takes [H, W, C], [C, H, W], [H, W] or a row of pixels: images as planes, because
 * that is how ONNX computes them. Lengths that are null, or all of them where there is no shape, are taken from what is said.
 */
export function declareInput(
  graph: NetGraph,
  shape: readonly (number | null)[] | undefined,
  said: SaidImage = {},
  order?: ChannelOrder,
): DeclaredInput {
  const lengths = filled(shape, said);
  const isPlanes = lengths.length === 3 && hasPlanes(lengths, said, order);
  const [first = 1, second = 1, third = 1] = closed(lengths, said, isPlanes ? 1 : 0);
  if (lengths.length === 3) {
    const planes = isPlanes ? [first, second, third] : [third, first, second];
    const value = graph.input(inputName, [-1, ...planes]);
    // A net that takes planes counts its axes as they lie in the graph.
    const tensor = isPlanes ? ofWritten(value) : ofPlanes(value, [-1, first, second, third]);
    return { name: inputName, tensor };
  }
  if (lengths.length === 2) {
    const value = graph.input(inputName, [-1, 1, first, second]);
    const tensor = ofWritten(reshaped(graph, value, [-1, first, second]));
    return { name: inputName, tensor };
  }
  if (lengths.length === 1) {
    return { name: inputName, tensor: ofWritten(graph.input(inputName, [-1, first])) };
  }
  throw unsupported(
    `it takes ${shownShape(lengths)}, and images are [height, width, channels], [channels, height, width], [height, width] or a row of pixels`,
  );
}

/** The shape without the batch, with what is said of it. */
function filled(
  shape: readonly (number | null)[] | undefined,
  { shape: said }: SaidImage,
): readonly (number | null)[] {
  if (!said) {
    if (shape) return shape;
    throw unsupported('its input does not tell the shape of its images: say it (224,224,3)');
  }
  const hasBatch = shape
    ? said.length === shape.length + 1
    : said.length === 4 || said[0] === undefined;
  const given = (hasBatch ? said.slice(1) : said).map((length) => length ?? null);
  if (!shape) return given;
  const fits =
    given.length === shape.length &&
    given.every((length, axis) => [null, shape[axis]].includes(length) || shape[axis] === null);
  if (fits) return shape.map((length, axis) => length ?? given[axis]!);
  throw unsupported(
    `its input takes ${shownShape(shape)}, which the shape ${shownShape(given)} that is said of it does not fit`,
  );
}

/** Whether the channels come first: as is said, else where the net counts them so and that end alone has a length of theirs. */
function hasPlanes(
  [first, , third]: readonly (number | null)[],
  { layout }: SaidImage,
  order: ChannelOrder,
): boolean {
  if (layout === undefined) return order === 'first' && areChannels(first, third);
  if (layout === 'NHWC' || order !== 'last') return layout === 'NCHW';
  throw unsupported('it takes images with their channels last, and is said to take them first');
}

/** Whether these are channels, and not the axis at the other end; four are a side of small images, too. */
function areChannels(length: number | null | undefined, other: number | null | undefined): boolean {
  return isUsual(length) ? !isUsual(other) : length === 4 && other !== 4 && !isUsual(other);
}

const isUsual = (length: number | null | undefined): boolean => length === 1 || length === 3;

function closed(
  shape: readonly (number | null)[],
  { width, height }: SaidImage,
  firstSide: number,
): number[] {
  const lengths = shape.map((length, axis) => {
    if (length !== null) return length;
    const given = shape.length > 1 ? [height, width][axis - firstSide] : undefined;
    if (given !== undefined) return given;
    throw unsupported(
      `it takes images of any size (${shownShape(shape)}), and a version takes one: name their width and height, or its whole shape`,
    );
  });
  for (const length of lengths) {
    if (length < 1 || length > largestSide ** 2)
      throw unsupported(`an input of ${shownShape(shape)}`);
  }
  return lengths;
}
