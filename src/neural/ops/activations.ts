import type { Graph, Value } from '../graph.ts';
import { add, multiply, scale } from './arithmetic.ts';
import { isPositive } from './comparison.ts';

export const activationNames = [
  'linear',
  'relu',
  'leakyRelu',
  'elu',
  'tanh',
  'sigmoid',
  'gelu',
] as const;
export type Activation = (typeof activationNames)[number];

/** The slope of leakyRelu below zero, as in Keras. */
const leak = 0.3;

export function activate(graph: Graph, x: Value, activation: Activation): Value {
  return activations[activation](graph, x);
}

const activations: Record<Activation, (graph: Graph, x: Value) => Value> = {
  linear: (_, x) => x,
  relu,
  leakyRelu,
  elu,
  tanh,
  sigmoid,
  gelu,
};

function relu(graph: Graph, x: Value): Value {
  const out = graph.node('Relu', [x], x.shape);
  return graph.differentiable(out, [x], [(dy) => multiply(graph, dy, isPositive(graph, out, 0))]);
}

function leakyRelu(graph: Graph, x: Value): Value {
  const out = graph.node('LeakyRelu', [x], x.shape, { attributes: { alpha: { float: leak } } });
  const slope = () => {
    return add(graph, scale(graph, isPositive(graph, x, 0), 1 - leak), graph.constant(leak));
  };
  return graph.differentiable(out, [x], [(dy) => multiply(graph, dy, slope())]);
}

/** Below zero the output is exp(x) - 1, so the derivative is the output plus 1; above, 1. */
function elu(graph: Graph, x: Value): Value {
  const out = graph.node('Elu', [x], x.shape);
  const slope = () => {
    const below = graph.node('Min', [out, graph.constant(0)], x.shape);
    return add(graph, below, graph.constant(1));
  };
  return graph.differentiable(out, [x], [(dy) => multiply(graph, dy, slope())]);
}

function tanh(graph: Graph, x: Value): Value {
  const out = graph.node('Tanh', [x], x.shape);
  const slope = () => oneMinus(graph, multiply(graph, out, out));
  return graph.differentiable(out, [x], [(dy) => multiply(graph, dy, slope())]);
}

function sigmoid(graph: Graph, x: Value): Value {
  const out = graph.node('Sigmoid', [x], x.shape);
  const slope = () => multiply(graph, out, oneMinus(graph, out));
  return graph.differentiable(out, [x], [(dy) => multiply(graph, dy, slope())]);
}

/** The exact form, x times the normal distribution function (Keras' `approximate=False`). */
function gelu(graph: Graph, x: Value): Value {
  const tail = errorFunction(graph, scale(graph, x, Math.SQRT1_2));
  return multiply(graph, scale(graph, x, 0.5), add(graph, tail, graph.constant(1)));
}

function errorFunction(graph: Graph, x: Value): Value {
  const out = graph.node('Erf', [x], x.shape);
  const slope = () => {
    const exponent = scale(graph, multiply(graph, x, x), -1);
    return scale(graph, graph.node('Exp', [exponent], x.shape), 2 / Math.sqrt(Math.PI));
  };
  return graph.differentiable(out, [x], [(dy) => multiply(graph, dy, slope())]);
}

function oneMinus(graph: Graph, x: Value): Value {
  return graph.node('Sub', [graph.constant(1), x], x.shape);
}
