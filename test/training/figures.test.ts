import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/random.ts';
import { createMetricAccumulator } from '../../src/training/measuring/metric-accumulator.ts';
import { fitTemperature } from '../../src/training/measuring/temperature.ts';

const classes = ['a', 'b', 'c'];
/** Logits whose softmax is exactly these scores. */
const logitsOf = (...rows: number[][]) => Float32Array.from(rows.flat().map(Math.log));

describe('figures', () => {
  it('count right answers, mean loss and the confusion matrix', () => {
    const accumulator = createMetricAccumulator(classes);
    accumulator.add(logitsOf([0.7, 0.2, 0.1], [0.2, 0.5, 0.3]), [0, 1]);
    accumulator.add(logitsOf([0.6, 0.3, 0.1]), [1]);
    const figures = accumulator.figures();
    expect(figures.examples).toBe(3);
    expect(figures.accuracy).toBeCloseTo(2 / 3);
    expect(figures.loss).toBeCloseTo(-(Math.log(0.7) + Math.log(0.5) + Math.log(0.3)) / 3);
    expect(figures.confusionMatrix).toEqual([
      [1, 0, 0],
      [1, 1, 0],
      [0, 0, 0],
    ]);
  });

  it('tell precision and recall of each class, and null where there is nothing to divide by', () => {
    const accumulator = createMetricAccumulator(classes);
    accumulator.add(logitsOf([0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.1, 0.8, 0.1]), [0, 1, 1]);
    expect(accumulator.figures().perClass).toEqual([
      { class: 'a', examples: 1, precision: 0.5, recall: 1 },
      { class: 'b', examples: 2, precision: 1, recall: 0.5 },
      { class: 'c', examples: 0, precision: null, recall: null },
    ]);
    expect(accumulator.figures().macroRecall).toBe(0.75);
  });

  it('measure how far scores are from how often they are right', () => {
    const accumulator = createMetricAccumulator(['a', 'b']);
    for (let i = 0; i < 10; i += 1) accumulator.add(logitsOf([0.8, 0.2]), [i < 6 ? 0 : 1]);
    expect(accumulator.figures().calibrationError).toBeCloseTo(0.2);
  });

  it('do not overflow with large logits', () => {
    const accumulator = createMetricAccumulator(classes);
    accumulator.add(Float32Array.of(1e4, -1e4, 0), [0]);
    expect(accumulator.figures()).toMatchObject({ accuracy: 1, loss: 0 });
  });

  it('leave the matrix out when there are too many classes to read it', () => {
    const many = Array.from({ length: 300 }, (_, index) => String(index));
    const accumulator = createMetricAccumulator(many);
    accumulator.add(new Float32Array(300), [5]);
    expect(accumulator.figures().confusionMatrix).toBeUndefined();
    expect(accumulator.figures().examples).toBe(1);
  });

  it('of no examples are zero', () => {
    expect(createMetricAccumulator(classes).figures()).toMatchObject({
      examples: 0,
      accuracy: 0,
      loss: 0,
    });
  });
});

/** Labels drawn from the softmax of logits, which are then blown up: exactly `by` is right. */
function drawn(by: number, count: number) {
  const random = createRandom(4);
  const logits = Float32Array.from({ length: count * 3 }, () => random.normal() * 2);
  const labels = Array.from({ length: count }, (_, row) => {
    const weights = [0, 1, 2].map((i) => Math.exp(logits[row * 3 + i]!));
    let left = random.next() * (weights[0]! + weights[1]! + weights[2]!);
    const label = weights.findIndex((weight) => (left -= weight) < 0);
    return label < 0 ? 2 : label;
  });
  return { logits: logits.map((logit) => logit * by), labels, classes: 3 };
}

describe('the temperature', () => {
  it.each([[0.5], [1], [3]])('finds the factor that logits were blown up by: %s', (by) => {
    expect(fitTemperature(drawn(by, 20_000)) / by).toBeCloseTo(1, 1);
  });

  it('is left at 1 with too few examples to tell', () => {
    expect(fitTemperature(drawn(3, 49))).toBe(1);
  });

  it('is not sure of everything only because a few examples are all right', () => {
    const logits = Float32Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? 3 : 0));
    const labels = Array.from({ length: 100 }, () => 0);
    const temperature = fitTemperature({ logits, labels, classes: 2 });
    // One mistake in 102 is assumed: 1 / (1 + exp(-3 / T)) = 101 / 102.
    expect(1 / (1 + Math.exp(-3 / temperature))).toBeCloseTo(101 / 102, 4);
  });

  it('stays within its bounds when every answer is right, or every answer wrong', () => {
    const logits = Float32Array.from({ length: 300 }, (_, index) => (index % 3 === 0 ? 5 : 0));
    const labels = Array.from({ length: 100 }, () => 0);
    expect(fitTemperature({ logits, labels, classes: 3 })).toBeGreaterThanOrEqual(0.05);
    const wrong = Array.from({ length: 100 }, () => 1);
    expect(fitTemperature({ logits, labels: wrong, classes: 3 })).toBeLessThanOrEqual(20.001);
  });
});
