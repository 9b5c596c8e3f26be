import { describe, expect, it } from 'vitest';
import { recur, type Cell } from '../../src/neural/ops/recurrent.ts';
import { worstGradientError } from './gradient-check.ts';

const tolerance = 1e-3;
const [batch, features, units] = [2, 3, 4];
const gates: Record<Cell, { count: number; biases: number }> = {
  simpleRnn: { count: 1, biases: 1 },
  lstm: { count: 4, biases: 4 },
  gru: { count: 3, biases: 6 },
};

const cases = (['simpleRnn', 'lstm', 'gru'] as const).flatMap((cell) =>
  [1, 2, 5].flatMap((steps) =>
    [false, true].map((everyStep): [Cell, number, string, boolean] => [
      cell,
      steps,
      everyStep ? 'every step' : 'the last step',
      everyStep,
    ]),
  ),
);

describe('the gradients of a recurrent cell hold for', () => {
  it.each(cases)('%s over %i steps, seen by %s', async (cell, steps, _, everyStep) => {
    const { count, biases } = gates[cell];
    const error = await worstGradientError({
      inputs: {
        x: [steps, batch, features],
        kernel: [count * units, features],
        recurrent: [count * units, units],
        bias: [biases * units],
      },
      build: (g, { x, kernel, recurrent, bias }) =>
        recur(g, cell, x!, { kernel: kernel!, recurrent: recurrent!, bias: bias! }, everyStep),
    });
    expect(error).toBeLessThan(tolerance);
  });
});
