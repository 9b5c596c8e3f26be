import { describe, expect, it } from 'vitest';
import { createRecentPredictions } from '../../src/evidence/recent-predictions.ts';
import { mostDoubtful } from '../../src/evidence/review.ts';
import { aCall, anImage, manifestWith } from './a-call.ts';

describe('a review', () => {
  it('lists disagreements, then warnings, then the least certain, and nothing that is labelled', () => {
    const recent = createRecentPredictions(100);
    const images = [
      anImage({ score: 0.99 }),
      anImage({ score: 0.5 }),
      anImage({ score: 0.9, warnings: ['damaged', 'uncertain'] }),
      anImage({ score: 0.8 }),
      anImage({ score: 0.1 }),
    ];
    const { id } = aCall(images);
    recent.add({ ...aCall(images), id });
    recent.add(aCall([anImage({ score: 0.01 })], manifestWith({ model: 'other' })));
    recent.addDisagreement(`${id}.3`, { version: 2, label: 'dark' });
    recent.setTruth(`${id}.4`, 'dark');
    const listed = mostDoubtful(recent.of('digits'), 3);
    expect(listed.map((each) => [each.id, each.reasons])).toEqual([
      [`${id}.3`, ['disagreement']],
      [`${id}.2`, ['warned', 'uncertain']],
      [`${id}.1`, []],
    ]);
    expect(listed[0]!.disagreements).toEqual([{ version: 2, label: 'dark' }]);
    expect(mostDoubtful(recent.of('digits'), 10)).toHaveLength(4);
  });
});
