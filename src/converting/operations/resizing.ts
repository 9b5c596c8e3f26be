import type { NetGraph } from '../tensors/net-graph.ts';
import { unsupported } from '../refusals.ts';
import { ofPlanes, planesOf, type Tensor } from '../tensors/tensor.ts';
import { imageOf } from './image-axes.ts';
import { crop } from './shaping.ts';

export type Interpolation = 'nearest' | 'bilinear';

/** Where the pixels of a resized image lie among those of the first: by their centres, by their corners, or with both ends kept. */
export type Grid = 'half_pixel' | 'asymmetric' | 'align_corners';

/** An image in another size, by the arithmetic of TensorFlow without antialiasing. */
export function resize(
  graph: NetGraph,
  input: Tensor,
  [tall, wide]: readonly [number, number],
  interpolation: Interpolation,
  grid: Grid = 'half_pixel',
): Tensor {
  const { height, width, channels } = imageOf(input);
  if (tall === height && wide === width) return input;
  if (tall < 1 || wide < 1) throw unsupported(`a size of ${tall} x ${wide}`);
  const isNearest = interpolation === 'nearest';
  const rounding = grid === 'asymmetric' ? 'floor' : 'round_prefer_ceil';
  const value = graph.node(
    'Resize',
    [planesOf(graph, input), undefined, undefined, graph.integers([tall, wide])],
    [input.shape[0]!, channels, tall, wide],
    {
      attributes: {
        axes: { ints: [2, 3] },
        mode: { string: isNearest ? 'nearest' : 'linear' },
        coordinate_transformation_mode: { string: grid },
        ...(isNearest && { nearest_mode: { string: rounding } }),
      },
    },
  );
  return ofPlanes(value, [input.shape[0]!, tall, wide, channels]);
}

/** The largest piece from the centre that has the proportions of the new size, in the new size. */
export function resizeCropped(
  graph: NetGraph,
  input: Tensor,
  size: readonly [number, number],
  interpolation: Interpolation,
): Tensor {
  const { height, width } = imageOf(input);
  const [tall, wide] = size;
  const cropHeight = Math.min(height, Math.trunc((width * tall) / wide));
  const cropWidth = Math.min(width, Math.trunc((height * wide) / tall));
  const top = Math.trunc((height - cropHeight) / 2);
  const left = Math.trunc((width - cropWidth) / 2);
  const piece = crop(
    graph,
    input,
    [top, height - cropHeight - top],
    [left, width - cropWidth - left],
  );
  return resize(graph, piece, size, interpolation);
}

/** The piece of that size from the centre; a smaller image is resized to it as above. */
export function cropCentre(
  graph: NetGraph,
  input: Tensor,
  size: readonly [number, number],
  interpolation: Interpolation = 'bilinear',
): Tensor {
  const { height, width } = imageOf(input);
  const [down, across] = [height - size[0], width - size[1]];
  if (down < 0 || across < 0) return resizeCropped(graph, input, size, interpolation);
  const [top, left] = [Math.floor(down / 2), Math.floor(across / 2)];
  return crop(graph, input, [top, down - top], [left, across - left]);
}
