import { describe, expect, it } from 'vitest';
import {
  classCounts,
  exampleAt,
  exampleSize,
  removeExamples,
  withDigest,
} from '../../src/datasets/dataset.ts';
import { createRowReporter, locationOf } from '../../src/datasets/row-report.ts';

/** Examples of six bytes, one of each label. */
const datasetOf = (labels: readonly number[]) => ({
  pixels: Uint8Array.from({ length: labels.length * 6 }, (_, at) => at),
  labels: Int32Array.from(labels),
  shape: { width: 2, height: 1, channels: 3 } as const,
  classes: ['a', 'b', 'c'],
});

describe('the examples of a dataset', () => {
  it('are found by their numbers', () => {
    const dataset = withDigest(datasetOf([0, 1, 2]));
    expect(exampleSize(dataset.shape)).toBe(6);
    expect([...exampleAt(dataset, 1)]).toEqual([6, 7, 8, 9, 10, 11]);
    expect(exampleAt(dataset, 2).buffer).toBe(dataset.pixels.buffer);
  });

  it('are counted by class', () => {
    expect(classCounts([2, 0, 2], 4)).toEqual([1, 0, 2, 0]);
  });

  it('move together when others are taken out', () => {
    const { pixels, labels, ...same } = removeExamples(datasetOf([0, 1, 2, 1]), new Set([0, 2]));
    expect([...pixels]).toEqual([6, 7, 8, 9, 10, 11, 18, 19, 20, 21, 22, 23]);
    expect([...labels]).toEqual([1, 1]);
    expect(same).toEqual({ shape: datasetOf([]).shape, classes: ['a', 'b', 'c'] });
  });

  it('have a digest of their shape, classes, labels and pixels', () => {
    const dataset = datasetOf([0, 1]);
    const { digest } = withDigest(dataset);
    // Stored datasets and published models are known by it.
    expect(digest).toBe('8ea91aad725cbce688f7c01220156e8bea1472d53e109cd7e7b4c6e7f81d0853');
    const others = [
      { ...dataset, shape: { width: 1, height: 2, channels: 3 } as const },
      { ...dataset, classes: ['a', 'b', 'd'] },
      { ...dataset, labels: Int32Array.of(0, 2) },
      { ...dataset, pixels: new Uint8Array(12) },
    ].map((other) => withDigest(other).digest);
    expect(new Set([digest, ...others]).size).toBe(5);
  });
});

describe('rows of a kind', () => {
  it('are all counted, and the first twenty described', () => {
    const reporter = createRowReporter<number>();
    reporter.add();
    for (let line = 1; line <= 25; line += 1) reporter.add(() => line);
    const report = reporter.report();
    expect(report).toEqual({ count: 26, rows: Array.from({ length: 20 }, (_, at) => at + 1) });
  });

  it('are reported as they were when it was asked for', () => {
    const reporter = createRowReporter<number>();
    reporter.add(() => 1);
    const before = reporter.report();
    reporter.add(() => 2);
    expect(before).toEqual({ count: 1, rows: [1] });
  });

  it('are where their line, element and file say, as far as there are any', () => {
    expect([{ line: 1 }, { line: 2, element: 0 }, { line: 3, entry: 'x' }].map(locationOf)).toEqual(
      [{ line: 1 }, { line: 2, element: 0 }, { line: 3, entry: 'x' }],
    );
    expect(Object.keys(locationOf({ line: 1, element: undefined, entry: undefined }))).toEqual([
      'line',
    ]);
  });
});
