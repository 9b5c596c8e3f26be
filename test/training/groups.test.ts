import { describe, expect, it } from 'vitest';
import { drawBurst } from '../../scripts/drawing/burst.ts';
import { exampleAt, withDigest, type Dataset } from '../../src/datasets/dataset.ts';
import { createRandom } from '../../src/random.ts';
import { findGroups, foldsOf, unitsOf } from '../../src/training/examples/groups.ts';

const { signal } = new AbortController();
const burst = (scenesOfClass: number) =>
  drawBurst(createRandom(3), { scenesOfClass, frames: 6 }).dataset;

/** Nothing but copies of the first image of each class. */
function copies(): Dataset {
  const dataset = burst(4);
  const pixels = dataset.pixels.slice();
  dataset.labels.forEach((label, index) => {
    const first = exampleAt(dataset, dataset.labels.indexOf(label));
    pixels.set(first, index * first.length);
  });
  return withDigest({ ...dataset, pixels });
}

describe('what stays together', () => {
  it('is what shows the same scene, and is told', async () => {
    const { together, notes } = await findGroups({}, { dataset: burst(4) }, signal);
    expect(together.length).toBeGreaterThan(8);
    expect(notes).toEqual([expect.stringContaining('show the same as others of their class')]);
  });

  it('is nothing where a class is copies of one image, which is doubted instead', async () => {
    const { together, notes } = await findGroups({}, { dataset: copies() }, signal);
    expect(together).toEqual([]);
    expect(notes).toEqual([expect.stringContaining('bright, dark, striped')]);
  });

  it('is what the request names, across classes', async () => {
    const dataset = burst(4);
    const groups = Array.from(dataset.labels, (_, index) => `day ${index % 5}`);
    const rule = { group: { prefix: '_' } };
    const { together, notes } = await findGroups(rule, { dataset, groups }, signal);
    expect(together).toHaveLength(5);
    expect(notes[0]).toContain('5 groups were kept whole');
  });

  it('is nothing where that is asked for', async () => {
    const rule = { group: 'none' } as const;
    const { together } = await findGroups(rule, { dataset: burst(4) }, signal);
    expect(together).toEqual([]);
  });

  it('counts as one example', () => {
    expect(
      unitsOf(Int32Array.of(0, 1, 2, 5, 6), [
        [0, 1, 2],
        [5, 9],
        [7, 8],
      ]),
    ).toBe(3);
  });
});

const places = (folds: readonly Int32Array[]) => folds.map((fold) => [...fold]);
const rising = (a: number, b: number) => a - b;

describe('folds', () => {
  const indices = Int32Array.of(7, 2, 9, 4, 0, 5, 8, 1, 3, 6);

  it('take the examples in turns where none belong together', () => {
    expect(places(foldsOf(indices, [], 3))).toEqual([
      [7, 4, 8, 6],
      [2, 0, 1],
      [9, 5, 3],
    ]);
  });

  it('never part a group, and stay about as large', () => {
    const together = [
      [0, 1, 2, 3],
      [7, 8, 30],
    ];
    const folds = places(foldsOf(indices, together, 3));
    for (const group of [
      [0, 1, 2, 3],
      [7, 8],
    ]) {
      expect(folds.filter((fold) => group.some((index) => fold.includes(index)))).toHaveLength(1);
    }
    expect(folds.flat().sort(rising)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(folds.map(({ length }) => length).sort(rising)).toEqual([3, 3, 4]);
  });

  it('are empty where there are fewer groups', () => {
    const folds = foldsOf(indices, [[...indices]], 2);
    expect(folds.map(({ length }) => length)).toEqual([10, 0]);
  });
});
