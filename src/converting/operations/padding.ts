import type { NetGraph } from '../tensors/net-graph.ts';
import type { Attributes, Value } from '../../neural/graph.ts';
import { unsupported } from '../refusals.ts';

/** How a window walks over an image: [height, width] each. */
export interface Window {
  readonly size: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** As TensorFlow means them, or explicit: before and after the height, before and after the width. */
  readonly padding: 'same' | 'valid' | readonly [number, number, number, number];
}

/** What TensorFlow adds around an image, and how large the result is. Of an odd number the larger part comes after. */
export function padsOf(
  { size, strides, dilations, padding }: Window,
  [height, width]: readonly [number, number],
): { readonly pads: [number, number, number, number]; readonly out: [number, number] } {
  const along = (axis: 0 | 1, length: number): [before: number, after: number, out: number] => {
    const span = (size[axis] - 1) * dilations[axis] + 1;
    if (padding === 'same') {
      const out = Math.ceil(length / strides[axis]);
      const total = Math.max((out - 1) * strides[axis] + span - length, 0);
      const before = Math.floor(total / 2);
      return [before, total - before, out];
    }
    const [before, after] =
      padding === 'valid' ? [0, 0] : [padding[2 * axis]!, padding[2 * axis + 1]!];
    return [before, after, Math.floor((length + before + after - span) / strides[axis]) + 1];
  };
  const [top, bottom, tall] = along(0, height);
  const [left, right, wide] = along(1, width);
  if (tall < 1 || wide < 1) {
    throw unsupported(`a window of ${size.join(' x ')} does not fit into ${height} x ${width}`);
  }
  return { pads: [top, left, bottom, right], out: [tall, wide] };
}

/** A window as attributes of a node. */
export function windowAttributes(
  window: Window,
  pads: readonly number[],
): Attributes & { readonly kernel_shape: { readonly ints: readonly number[] } } {
  return {
    kernel_shape: { ints: window.size },
    strides: { ints: window.strides },
    dilations: { ints: window.dilations },
    pads: { ints: pads },
  };
}

/** How much is added before and after each axis. */
export type Amounts = readonly (readonly [before: number, after: number])[];

/** The shape of what is padded so; what is open stays open. */
export function paddedShape(shape: readonly number[], amounts: Amounts): number[] {
  return shape.map((length, axis) =>
    length < 0 ? length : length + amounts[axis]![0] + amounts[axis]![1],
  );
}

/** Pads the axes of a value. */
export function padAxes(
  graph: NetGraph,
  value: Value,
  amounts: Amounts,
  mode: 'constant' | 'reflect' | 'edge' = 'constant',
  fill = 0,
): Value {
  const shape = paddedShape(value.shape, amounts);
  const pads = [...amounts.map(([before]) => before), ...amounts.map(([, after]) => after)];
  const inputs = [value, graph.integers(pads), ...(fill === 0 ? [] : [graph.constant(fill)])];
  return graph.node('Pad', inputs, shape, { attributes: { mode: { string: mode } } });
}
