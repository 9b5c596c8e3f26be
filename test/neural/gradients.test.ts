import { describe, expect, it } from 'vitest';
import { gradientsOf } from '../../src/neural/gradients.ts';
import { createGraph } from '../../src/neural/graph.ts';
import { softmaxCrossEntropy } from '../../src/neural/losses.ts';
import { activate, activationNames } from '../../src/neural/ops/activations.ts';
import {
  add,
  divide,
  multiply,
  negate,
  squareRoot,
  subtract,
} from '../../src/neural/ops/arithmetic.ts';
import { affine } from '../../src/neural/ops/matmul.ts';
import { meanOver, sumOver } from '../../src/neural/ops/reduction.ts';
import { reshape, transpose } from '../../src/neural/ops/shaping.ts';
import { worstGradientError, type GradientCase } from './gradient-check.ts';

const tolerance = 1e-3;
const pair = { a: [2, 3], b: [2, 3] };
/** Away from zero, where dividing and rooting are smooth. */
const positive: GradientCase['draw'] = (random) => 1.5 + random.symmetric(0.5);
/** Away from the kinks of relu and its kin. */
const notZero: GradientCase['draw'] = (random) => {
  const x = random.symmetric(2);
  return x + 0.05 * Math.sign(x);
};

const cases: Record<string, GradientCase> = {
  add: { inputs: pair, build: (g, { a, b }) => add(g, a!, b!) },
  'add with broadcasting of a row': {
    inputs: { a: [4, 3], b: [3] },
    build: (g, { a, b }) => add(g, a!, b!),
  },
  'multiply with broadcasting both ways': {
    inputs: { a: [4, 1, 2], b: [3, 1] },
    build: (g, { a, b }) => multiply(g, a!, b!),
  },
  subtract: { inputs: pair, build: (g, { a, b }) => subtract(g, a!, b!) },
  multiply: { inputs: pair, build: (g, { a, b }) => multiply(g, a!, b!) },
  divide: { inputs: pair, draw: positive, build: (g, { a, b }) => divide(g, a!, b!) },
  negate: { inputs: { a: [4] }, build: (g, { a }) => negate(g, a!) },
  'square root': { inputs: { a: [4] }, draw: positive, build: (g, { a }) => squareRoot(g, a!) },
  'sum over the outer axes': {
    inputs: { a: [2, 3, 2] },
    build: (g, { a }) => sumOver(g, a!, [0, 2]),
  },
  'mean over the last axis': { inputs: { a: [2, 3] }, build: (g, { a }) => meanOver(g, a!, [1]) },
  reshape: { inputs: { a: [2, 6] }, build: (g, { a }) => reshape(g, a!, [3, 4]) },
  transpose: { inputs: { a: [2, 3, 4] }, build: (g, { a }) => transpose(g, a!, [2, 0, 1]) },
  'affine map': {
    inputs: { x: [3, 4], w: [4, 2], b: [2] },
    build: (g, { x, w, b }) => affine(g, x!, w!, b),
  },
  'affine map without a bias': {
    inputs: { x: [3, 4], w: [4, 2] },
    build: (g, { x, w }) => affine(g, x!, w!),
  },
  'a value used twice': {
    inputs: { a: [3] },
    build: (g, { a }) => add(g, multiply(g, a!, a!), a!),
  },
  'softmax cross-entropy': {
    inputs: { logits: [3, 4] },
    build: (g, { logits }) => {
      const targets = Float32Array.of(1, 0, 0, 0, 0.1, 0.7, 0.1, 0.1, 0, 0, 2, 0);
      const loss = softmaxCrossEntropy(g, logits!, g.constant(targets, [3, 4]));
      return reshape(g, loss, [1]);
    },
  },
  ...Object.fromEntries(
    activationNames.map((name): [string, GradientCase] => [
      name,
      { inputs: { a: [12] }, draw: notZero, build: (g, { a }) => activate(g, a!, name) },
    ]),
  ),
};

describe('the gradient by finite differences is the gradient emitted for', () => {
  it.each(Object.entries(cases))('%s', async (_, example) => {
    expect(await worstGradientError(example)).toBeLessThan(tolerance);
  });
});

describe('the gradient check', () => {
  it('fails an op whose gradient is 2 % off', async () => {
    const wrong = await worstGradientError({
      inputs: { a: [5] },
      build: (g, { a }) =>
        g.differentiable(
          g.node('Mul', [a!, g.constant(3)], a!.shape),
          [a!],
          [(dy) => multiply(g, dy, g.constant(3.06))],
        ),
    });
    expect(wrong).toBeGreaterThan(10 * tolerance);
  });

  it('fails an op that gives the gradient of its other input', async () => {
    const wrong = await worstGradientError({
      inputs: pair,
      build: (g, { a, b }) =>
        g.differentiable(
          g.node('Mul', [a!, b!], a!.shape),
          [a!, b!],
          [(dy) => multiply(g, dy, a!), (dy) => multiply(g, dy, b!)],
        ),
    });
    expect(wrong).toBeGreaterThan(10 * tolerance);
  });
});

describe('gradientsOf', () => {
  it('emits nothing for what no wanted value flows through', () => {
    const graph = createGraph();
    const [x, w] = [graph.input('x', [2, 3]), graph.input('w', [3, 2])];
    const loss = sumOver(graph, affine(graph, activate(graph, x, 'tanh'), w), [0, 1]);
    const before = graph.nodes.length;
    gradientsOf(graph, loss, [w]);
    const emitted = graph.nodes.slice(before).map((node) => node.op);
    expect(emitted).toEqual(['Reshape', 'Mul', 'Gemm']);
  });

  it('refuses a value the loss does not depend on', () => {
    const graph = createGraph();
    const [x, w] = [graph.input('x', [2]), graph.input('w', [2])];
    const loss = sumOver(graph, x, [0]);
    expect(() => gradientsOf(graph, loss, [w])).toThrow('the loss does not depend on w');
  });

  it('refuses to differentiate what is not a scalar', () => {
    const graph = createGraph();
    const x = graph.input('x', [2]);
    expect(() => gradientsOf(graph, x, [x])).toThrow('only a scalar has gradients');
  });
});
