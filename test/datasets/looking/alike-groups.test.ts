import { describe, expect, it } from 'vitest';
import { withDigest, type Dataset } from '../../../src/datasets/dataset.ts';
import { groupAlike } from '../../../src/datasets/looking/alike-groups.ts';
import { splitExamples } from '../../../src/datasets/parts/split.ts';
import { createRandom } from '../../../src/random.ts';
import { drawBurst, SIDE } from '../../../scripts/drawing/burst.ts';

const counts = { scenesOfClass: 4, frames: 10 };

/** Images of noise alone: nothing in them is the same. */
function noise(count: number, side: number): Dataset {
  const random = createRandom(5);
  const pixels = Uint8Array.from({ length: count * side * side }, () => random.integer(256));
  const labels = Int32Array.from({ length: count }, (_, index) => index % 2);
  const shape = { width: side, height: side, channels: 1 } as const;
  return withDigest({ pixels, labels, shape, classes: ['a', 'b'] });
}

describe('images that show the same scene', () => {
  it('are found in a burst, frame by frame, and no two scenes are taken for one', async () => {
    const { dataset, sceneOf } = drawBurst(createRandom(1), counts);
    const groups = (await groupAlike(dataset)) ?? [];
    for (const group of groups) {
      expect(new Set(group.map((index) => sceneOf[index])).size).toBe(1);
    }
    const grouped = groups.reduce((sum, { length }) => sum + length, 0);
    expect(grouped).toBeGreaterThan(dataset.labels.length * 0.95);
    expect(groups.length).toBeLessThan(16);
  });

  it('lie on one side of the split', async () => {
    const { dataset, sceneOf } = drawBurst(createRandom(2), counts);
    const groups = await groupAlike(dataset);
    const shares = { validation: 0.1, test: 0.1 };
    const { labels } = dataset;
    const split = splitExamples(labels, 3, shares, createRandom(1), groups);
    const scenes = (part: Int32Array) => new Set(Array.from(part, (index) => sceneOf[index]));
    const learnt = scenes(split.training);
    const shared = [...scenes(split.test)].filter((scene) => learnt.has(scene));
    expect(shared).toEqual([]);
    expect(new Set(Array.from(split.test, (index) => labels[index])).size).toBe(3);
  });

  it('are none among images that have nothing in common, nor can be told of very small ones', async () => {
    expect(await groupAlike(noise(60, SIDE))).toEqual([]);
    expect(await groupAlike(noise(60, 8))).toBeUndefined();
  });
});
