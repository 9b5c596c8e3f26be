import { sizeOf } from '../../tensor.ts';
import type { Graph, Value } from '../graph.ts';

/** Many tensors as one long row, and back. Not on the tape. */
export function pack(graph: Graph, values: readonly Value[]): Value {
  const rows = values.map((value) => {
    const shape = [sizeOf(value.shape)];
    return value.shape.length === 1
      ? value
      : graph.node('Reshape', [value, graph.integers(shape)], shape);
  });
  if (rows.length === 1) return rows[0]!;
  const length = rows.reduce((sum, row) => sum + row.shape[0]!, 0);
  return graph.node('Concat', rows, [length], { attributes: { axis: { int: 0 } } });
}

export function unpack(graph: Graph, row: Value, shapes: readonly (readonly number[])[]): Value[] {
  const lengths = shapes.map(sizeOf);
  const parts =
    shapes.length === 1
      ? [row]
      : graph.split(
          'Split',
          [row, graph.integers(lengths)],
          lengths.map((length) => [length]),
          { attributes: { axis: { int: 0 } } },
        );
  return parts.map((part, index) => {
    const shape = shapes[index]!;
    return shape.length === 1 ? part : graph.node('Reshape', [part, graph.integers(shape)], shape);
  });
}
