import { strict as assert } from 'node:assert';
import type { Graph, Value } from '../graph.ts';

/**
 * The affine map of two matrices, x W + b. ONNX's Gemm takes either factor transposed at no cost, so
 * neither this nor its gradients need a Transpose node.
 */
export function affine(graph: Graph, x: Value, weight: Value, bias?: Value): Value {
  const out = gemm(graph, x, weight, { bias });
  const gradients = [
    (dy: Value) => gemm(graph, dy, weight, { transposeB: true }),
    (dy: Value) => gemm(graph, x, dy, { transposeA: true }),
  ];
  if (!bias) return graph.differentiable(out, [x, weight], gradients);
  const biasGradient = (dy: Value) =>
    graph.node('ReduceSum', [dy, graph.integers([0])], bias.shape, {
      attributes: { keepdims: { int: 0 } },
    });
  return graph.differentiable(out, [x, weight, bias], [...gradients, biasGradient]);
}

interface GemmOptions {
  readonly bias?: Value | undefined;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/** One Gemm node; not on the tape. */
export function gemm(graph: Graph, a: Value, b: Value, options: GemmOptions = {}): Value {
  const [rows, inner] = options.transposeA ? a.shape.toReversed() : a.shape;
  const [inner2, columns] = options.transposeB ? b.shape.toReversed() : b.shape;
  assert(a.shape.length === 2 && b.shape.length === 2, 'Gemm takes matrices: this is our bug');
  assert(inner === inner2, `Gemm of ${inner} against ${inner2}: this is our bug`);
  return graph.node('Gemm', [a, b, ...(options.bias ? [options.bias] : [])], [rows!, columns!], {
    attributes: {
      ...(options.transposeA && { transA: { int: 1 } }),
      ...(options.transposeB && { transB: { int: 1 } }),
    },
  });
}
