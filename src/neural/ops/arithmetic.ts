import type { Graph, Value } from '../graph.ts';
import { sumTo, broadcastShape } from './broadcasting.ts';

/** Elementwise arithmetic with ONNX (NumPy) broadcasting. */
export function add(graph: Graph, a: Value, b: Value): Value {
  const out = graph.node('Add', [a, b], broadcastShape(a, b));
  return graph.differentiable(
    out,
    [a, b],
    [(dy) => sumTo(graph, dy, a.shape), (dy) => sumTo(graph, dy, b.shape)],
  );
}

export function subtract(graph: Graph, a: Value, b: Value): Value {
  const out = graph.node('Sub', [a, b], broadcastShape(a, b));
  return graph.differentiable(
    out,
    [a, b],
    [(dy) => sumTo(graph, dy, a.shape), (dy) => sumTo(graph, negate(graph, dy), b.shape)],
  );
}

export function multiply(graph: Graph, a: Value, b: Value): Value {
  const out = graph.node('Mul', [a, b], broadcastShape(a, b));
  return graph.differentiable(
    out,
    [a, b],
    [
      (dy) => sumTo(graph, multiply(graph, dy, b), a.shape),
      (dy) => sumTo(graph, multiply(graph, dy, a), b.shape),
    ],
  );
}

export function divide(graph: Graph, a: Value, b: Value): Value {
  const out = graph.node('Div', [a, b], broadcastShape(a, b));
  return graph.differentiable(
    out,
    [a, b],
    [
      (dy) => sumTo(graph, divide(graph, dy, b), a.shape),
      (dy) => sumTo(graph, negate(graph, divide(graph, multiply(graph, dy, out), b)), b.shape),
    ],
  );
}

export function negate(graph: Graph, x: Value): Value {
  const out = graph.node('Neg', [x], x.shape);
  return graph.differentiable(out, [x], [(dy) => negate(graph, dy)]);
}

export function squareRoot(graph: Graph, x: Value): Value {
  const out = graph.node('Sqrt', [x], x.shape);
  return graph.differentiable(
    out,
    [x],
    [(dy) => divide(graph, multiply(graph, dy, graph.constant(0.5)), out)],
  );
}

/** x times a number that is known when the graph is built. */
export function scale(graph: Graph, x: Value, factor: number): Value {
  return multiply(graph, x, graph.constant(factor));
}
