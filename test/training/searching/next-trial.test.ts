import { describe, expect, it } from 'vitest';
import { drawTrials } from '../../../src/training/searching/draw-trials.ts';
import {
  bestSoFar,
  nextStep,
  rungsOf,
  type SearchPlan,
} from '../../../src/training/searching/next-trial.ts';
import type { SearchRange } from '../../../src/training/searching/ranges.ts';
import type { SearchTrial } from '../../../src/training/searching/search-events.ts';

const ranges: Record<string, SearchRange> = {
  'optimizer.learningRate': { type: 'log-uniform', from: 0.0001, to: 1 },
  batchSize: { type: 'integer', from: 8, to: 64 },
  augmentation: { type: 'choice', values: ['none', 'shift'] },
  labelSmoothing: { type: 'uniform', from: 0, to: 0.2 },
};
const plan: SearchPlan = {
  method: 'successive-halving',
  objective: 'accuracy',
  reduction: 3,
  minEpochs: 1,
  epochs: 9,
};
const drawn = drawTrials({ ranges, trials: 9, seed: 1 });

/** Does what comes next until nothing does; `accuracyOf` undefined: the trial fails. */
function playOut(accuracyOf: (trial: number) => number | undefined, by: Partial<SearchPlan> = {}) {
  const ended: SearchTrial[] = [];
  for (;;) {
    const step = nextStep({ ...plan, ...by }, drawn, ended);
    if ('best' in step) return { ended, best: step.best };
    const accuracy = accuracyOf(step.train.trial);
    ended.push({
      ...step.train,
      ...(accuracy === undefined
        ? { state: 'failed' }
        : { state: 'succeeded', accuracy, loss: 1 - accuracy }),
    });
  }
}

describe('trials', () => {
  it('lie inside of their ranges, and the same seed draws the same', () => {
    for (const { parameters } of drawTrials({ ranges, trials: 100, seed: 5 })) {
      const {
        'optimizer.learningRate': rate,
        batchSize,
        augmentation,
        labelSmoothing,
      } = parameters;
      expect(rate).toBeGreaterThanOrEqual(0.0001);
      expect(rate).toBeLessThanOrEqual(1);
      expect(Number.isInteger(batchSize)).toBe(true);
      expect(batchSize).toBeGreaterThanOrEqual(8);
      expect(batchSize).toBeLessThanOrEqual(64);
      expect(['none', 'shift']).toContain(augmentation);
      expect(labelSmoothing).toBeLessThanOrEqual(0.2);
    }
    expect(drawTrials({ ranges, trials: 9, seed: 1 })).toEqual(drawn);
    expect(drawTrials({ ranges, trials: 9, seed: 2 })).not.toEqual(drawn);
  });

  it('are the first ones of a larger search by the same seed', () => {
    expect(drawTrials({ ranges, trials: 30, seed: 1 }).slice(0, 9)).toEqual(drawn);
  });

  it('of a log-uniform range are as often below its geometric mean as above', () => {
    const rates = drawTrials({ ranges, trials: 400, seed: 3 }).map(
      ({ parameters }) => parameters['optimizer.learningRate'] as number,
    );
    const below = rates.filter((rate) => rate < 0.01).length;
    expect(below).toBeGreaterThan(160);
    expect(below).toBeLessThan(240);
  });

  it('are never alike: ranges with few values make few trials', () => {
    const few: Record<string, SearchRange> = { batchSize: { type: 'integer', from: 1, to: 3 } };
    const values = drawTrials({ ranges: few, trials: 10, seed: 1 }).map(
      ({ parameters }) => parameters['batchSize'],
    );
    expect(new Set(values)).toEqual(new Set([1, 2, 3]));
    expect(values).toHaveLength(3);
  });
});

describe('successive halving', () => {
  it('trains all for a few epochs, and a third of them for three times as many', () => {
    expect(rungsOf(plan, 9)).toEqual([
      { epochs: 1, count: 9 },
      { epochs: 3, count: 3 },
      { epochs: 9, count: 1 },
    ]);
    expect(rungsOf({ ...plan, minEpochs: 2 }, 9)).toEqual([
      { epochs: 3, count: 9 },
      { epochs: 9, count: 3 },
    ]);
    expect(rungsOf({ ...plan, epochs: 50, reduction: 2 }, 20)).toEqual([
      { epochs: 4, count: 20 },
      { epochs: 7, count: 10 },
      { epochs: 13, count: 5 },
      { epochs: 25, count: 2 },
      { epochs: 50, count: 1 },
    ]);
    expect(rungsOf({ ...plan, epochs: 1 }, 9)).toEqual([{ epochs: 1, count: 9 }]);
    expect(rungsOf({ ...plan, minEpochs: 100 }, 9)).toEqual([{ epochs: 9, count: 9 }]);
    expect(rungsOf(plan, 1)).toEqual([{ epochs: 9, count: 1 }]);
  });

  it('goes on with the best of each rung, and the best of the last one wins', () => {
    const { ended, best } = playOut((trial) => trial / 10);
    expect(ended.map(({ trial, epochs }) => [trial, epochs])).toEqual([
      ...drawn.map(({ trial }) => [trial, 1]),
      [9, 3],
      [8, 3],
      [7, 3],
      [9, 9],
    ]);
    expect(best).toMatchObject({ trial: 9, epochs: 9 });
  });

  it('passes over trials without figures, and ends without a best one where none has any', () => {
    expect(playOut((trial) => (trial > 2 ? undefined : trial / 10)).best).toMatchObject({
      trial: 2,
    });
    expect(playOut(() => undefined).best).toBeUndefined();
  });

  it('that is cut off has the best of the furthest rung that was begun', () => {
    const { ended } = playOut((trial) => trial / 10);
    expect(bestSoFar(plan, ended.slice(0, 10))).toMatchObject({ trial: 9, epochs: 3 });
    expect(bestSoFar(plan, ended.slice(0, 2))).toMatchObject({ trial: 2, epochs: 1 });
    expect(bestSoFar(plan, [])).toBeUndefined();
  });
});

describe('random search', () => {
  it('trains every trial for all epochs; of two alike the smaller loss wins, then the earlier trial', () => {
    const { ended, best } = playOut(() => 0.5, { method: 'random' });
    expect(ended.map(({ epochs }) => epochs)).toEqual(drawn.map(() => 9));
    expect(best?.trial).toBe(1);
    const closer = ended.map((one) => (one.trial === 4 ? { ...one, loss: 0.1 } : one));
    expect(nextStep({ ...plan, method: 'random' }, drawn, closer)).toMatchObject({
      best: { trial: 4 },
    });
  });

  it('by loss takes the smallest, whatever its accuracy is', () => {
    const ended = drawn.map((one) => ({
      ...one,
      epochs: 9,
      state: 'succeeded' as const,
      accuracy: one.trial / 10,
      loss: one.trial,
    }));
    const by = { ...plan, method: 'random' } as const;
    expect(nextStep({ ...by, objective: 'loss' }, drawn, ended)).toMatchObject({
      best: { trial: 1 },
    });
    expect(nextStep(by, drawn, ended)).toMatchObject({ best: { trial: 9 } });
  });

  it('compares trials that differ in their epochs', () => {
    const own = [1, 2].map((trial) => ({ trial, parameters: { epochs: trial * 2 } }));
    const by = { ...plan, method: 'random' } as const;
    expect(nextStep(by, own, [])).toMatchObject({ train: { trial: 1, epochs: 2 } });
    const ended = own.map((one) => ({
      ...one,
      epochs: one.parameters.epochs,
      state: 'succeeded' as const,
      accuracy: 1 / one.trial,
      loss: 1,
    }));
    expect(nextStep(by, own, ended)).toMatchObject({ best: { trial: 1 } });
    expect(bestSoFar(by, ended)).toMatchObject({ trial: 1 });
  });
});
