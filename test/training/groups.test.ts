import { describe, expect, it } from 'vitest';
import { drawBurst } from '../../scripts/drawing/burst.ts';
import { exampleAt, withDigest, type Dataset } from '../../src/datasets/dataset.ts';
import { createRandom } from '../../src/random.ts';
import { findGroups, unitsOf } from '../../src/training/examples/groups.ts';

const { signal } = new AbortController();
const shares = { validation: 0.1, test: 0.1 };
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
    const { together, notes } = await findGroups({}, { dataset: burst(4) }, shares, signal);
    expect(together.length).toBeGreaterThan(8);
    expect(notes).toEqual([expect.stringContaining('show the same as others of their class')]);
  });

  it('is nothing where a class is copies of one image, which is doubted instead', async () => {
    const { together, notes } = await findGroups({}, { dataset: copies() }, shares, signal);
    expect(together).toEqual([]);
    expect(notes).toEqual([expect.stringContaining('bright, dark, striped')]);
  });

  it('is what the request names, across classes', async () => {
    const dataset = burst(4);
    const groups = Array.from(dataset.labels, (_, index) => `day ${index % 5}`);
    const rule = { group: { prefix: '_' } };
    const { together, notes } = await findGroups(rule, { dataset, groups }, shares, signal);
    expect(together).toHaveLength(5);
    expect(notes[0]).toContain('5 groups were kept whole');
  });

  it.each([
    ['where that is asked for', { group: 'none' } as const, shares],
    ['where nothing is set aside', {}, { validation: 0, test: 0 }],
  ])('is nothing %s', async (_, rule, set) => {
    const { together } = await findGroups(rule, { dataset: burst(4) }, set, signal);
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
