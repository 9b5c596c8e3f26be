import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/random.ts';
import { splitExamples } from '../../src/datasets/parts/split.ts';

const labelsOf = (counts: readonly number[]): Int32Array =>
  Int32Array.from(counts.flatMap((count, label) => Array.from({ length: count }, () => label)));

const countsOf = (indices: Int32Array, labels: Int32Array, classes: number): number[] =>
  Array.from({ length: classes }, (_, label) => indices.filter((i) => labels[i] === label).length);

describe('a split', () => {
  it('uses every example exactly once', () => {
    const labels = labelsOf([31, 17, 5, 1]);
    const split = splitExamples(labels, 4, { validation: 0.2, test: 0.3 }, createRandom(1));
    const all = [...split.training, ...split.validation, ...split.test].sort((a, b) => a - b);
    expect(all).toEqual(Array.from(labels, (_, index) => index));
  });

  it('keeps the proportions of the classes in every part', () => {
    const labels = labelsOf([100, 200, 50]);
    const split = splitExamples(labels, 3, { validation: 0.1, test: 0.2 }, createRandom(1));
    expect(countsOf(split.validation, labels, 3)).toEqual([10, 20, 5]);
    expect(countsOf(split.test, labels, 3)).toEqual([20, 40, 10]);
    expect(countsOf(split.training, labels, 3)).toEqual([70, 140, 35]);
  });

  it('carries what is rounded off from class to class, so that the parts get their size', () => {
    const labels = labelsOf([14, 14, 14, 14, 14]);
    const split = splitExamples(labels, 5, { validation: 0.1, test: 0 }, createRandom(1));
    expect(split.validation).toHaveLength(7);
  });

  it('has one of every class with three examples in each part, and the size it should have', () => {
    const labels = labelsOf([6, 500, 3, 2, 1]);
    const split = splitExamples(labels, 5, { validation: 0.1, test: 0.1 }, createRandom(1));
    expect(countsOf(split.validation, labels, 5)).toEqual([1, 49, 1, 0, 0]);
    expect(countsOf(split.test, labels, 5)).toEqual([1, 49, 1, 0, 0]);
    expect(countsOf(split.training, labels, 5)).toEqual([4, 402, 1, 2, 1]);
    const none = splitExamples(labels, 5, { validation: 0.1, test: 0 }, createRandom(1));
    expect(none.test).toHaveLength(0);
  });

  it('is the same for the same seed, and another for another', () => {
    const labels = labelsOf([500, 500]);
    const at = (seed: number) =>
      splitExamples(labels, 2, { validation: 0.1, test: 0.1 }, createRandom(seed));
    expect(at(7)).toEqual(at(7));
    expect(at(7).validation).not.toEqual(at(8).validation);
  });

  it('gives everything to training when nothing is set aside', () => {
    const labels = labelsOf([3, 2]);
    const split = splitExamples(labels, 2, { validation: 0, test: 0 }, createRandom(1));
    expect([...split.training]).toEqual([0, 1, 2, 3, 4]);
  });

  it('always learns from one example of every class that has any', () => {
    const labels = labelsOf([1, 2, 1, 0, 3]);
    const split = splitExamples(labels, 5, { validation: 0.9, test: 0.9 }, createRandom(1));
    expect(countsOf(split.training, labels, 5)).toEqual([1, 1, 1, 0, 1]);
  });

  it('refuses a dataset with no example', () => {
    expect(() =>
      splitExamples(new Int32Array(0), 2, { validation: 0, test: 0 }, createRandom(1)),
    ).toThrow(expect.objectContaining({ code: 'GLIMPSE_DATASET_EMPTY' }));
  });

  it('has no bound of examples of one class', () => {
    const labels = new Int32Array(200_000);
    const split = splitExamples(labels, 1, { validation: 0.2, test: 0 }, createRandom(1));
    expect([split.training.length, split.validation.length]).toEqual([160_000, 40_000]);
  });
});
