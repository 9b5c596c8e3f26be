import { describe, expect, it } from 'vitest';
import type { Quantisation } from '../../src/repository/figures/quantisation.ts';
import {
  classesOf,
  gateFault,
  shareAlike,
  usualGate,
} from '../../src/training/quantising/quantisation-gate.ts';

const compared = (agreement: number, ...accuracies: number[]): Quantisation => {
  const [float, quantised] = [0, 1].map((at) => ({
    bytes: 1,
    msAlone: 1,
    batchSize: 1,
    msInBatch: 1,
    ...(accuracies[at] !== undefined && { accuracy: accuracies[at] }),
  }));
  return {
    method: 'static-qdq',
    ranges: 'min-max',
    calibratedOn: { digest: '', examples: 32 },
    comparedOn: 1000,
    agreement,
    float: float!,
    quantised: quantised!,
  };
};

describe('the gate of a quantised model', () => {
  it.each([
    ['as good', compared(1, 0.9, 0.9)],
    ['better', compared(0.99, 0.9, 0.91)],
    ['worse by just what is allowed', compared(0.99, 0.9, 0.895)],
    ['alike, where there are no labels', compared(0.99)],
  ])('is open for one that is %s', (_, quantisation) => {
    expect(gateFault(quantisation, usualGate)).toBeUndefined();
  });

  it('is closed for one whose accuracy falls further, with both figures', () => {
    expect(gateFault(compared(1, 0.9, 0.894), usualGate)).toBe(
      'accuracy 90.00 % in float32 and 89.40 % in eight bits, 100.00 % answered alike, on 1000 examples; a fall of 0.50 % is allowed',
    );
    expect(
      gateFault(compared(1, 0.9, 0.85), { ...usualGate, maxAccuracyFall: 0.05 }),
    ).toBeUndefined();
  });

  it('is closed for one that answers otherwise, however right that is', () => {
    expect(gateFault(compared(0.98, 0.9, 0.91), usualGate)).toContain('99.00 % must be');
    expect(gateFault(compared(0.98), usualGate)).toBe(
      '98.00 % answered alike, on 1000 examples; 99.00 % must be',
    );
  });
});

describe('what two models answer', () => {
  it('is the class with the highest output of each row, and alike where that is the same', () => {
    const one = classesOf(Float32Array.of(1, 2, 3, 9, 0, 0), 3);
    expect([...one]).toEqual([2, 0]);
    expect(shareAlike(one, Int32Array.of(2, 1))).toBe(0.5);
  });
});
