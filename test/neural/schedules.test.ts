import { describe, expect, it } from 'vitest';
import { learningRateAt, type Schedule } from '../../src/neural/schedules.ts';

const rates = (schedule: Schedule, steps: number, peak = 1) =>
  Array.from({ length: steps }, (_, step) => learningRateAt(schedule, peak, step, steps));

describe('learningRateAt', () => {
  it('stays at the peak when constant', () => {
    expect(rates({ name: 'constant' }, 3, 0.5)).toEqual([0.5, 0.5, 0.5]);
  });

  it('drops by a factor at every third of the run by default', () => {
    const expected = [1, 1, 0.1, 0.1, 0.01, 0.01];
    rates({ name: 'step' }, 6).forEach((rate, i) => expect(rate).toBeCloseTo(expected[i]!, 12));
  });

  it('drops where it is told to', () => {
    expect(rates({ name: 'step', factor: 0.5, every: 0.5 }, 4)).toEqual([1, 1, 0.5, 0.5]);
  });

  it('declines exponentially towards its final share', () => {
    const exponential: Schedule = { name: 'exponential', final: 0.01 };
    expect(learningRateAt(exponential, 2, 50, 100)).toBeCloseTo(0.2, 12);
    expect(learningRateAt(exponential, 2, 100, 100)).toBeCloseTo(0.02, 12);
  });

  it('falls along half a cosine to its floor', () => {
    const cosine: Schedule = { name: 'cosine', final: 0.1 };
    expect(learningRateAt(cosine, 2, 0, 100)).toBe(2);
    expect(learningRateAt(cosine, 2, 50, 100)).toBeCloseTo(1.1, 12);
    expect(learningRateAt(cosine, 2, 100, 100)).toBeCloseTo(0.2, 12);
  });

  it('warms up over three tenths of a one-cycle run and cools down to almost nothing', () => {
    const oneCycle: Schedule = { name: 'one-cycle' };
    const peak = 6e-3;
    expect(learningRateAt(oneCycle, peak, 0, 1000)).toBeCloseTo(peak / 25, 12);
    expect(learningRateAt(oneCycle, peak, 150, 1000)).toBeCloseTo((peak / 25 + peak) / 2, 12);
    expect(learningRateAt(oneCycle, peak, 300, 1000)).toBeCloseTo(peak * 1.0001, 12);
    expect(learningRateAt(oneCycle, peak, 650, 1000)).toBeCloseTo(peak / 2 + 1e-4 * peak, 12);
    expect(learningRateAt(oneCycle, peak, 1000, 1000)).toBeCloseTo(1e-4 * peak, 12);
  });

  it('gives a finite rate for a run of one step, or of none', () => {
    const names = ['constant', 'step', 'exponential', 'cosine', 'one-cycle'] as const;
    for (const name of names) {
      expect(learningRateAt({ name }, 1, 0, 1)).toBeGreaterThan(0);
      expect(learningRateAt({ name }, 1, 0, 0)).toBeGreaterThan(0);
    }
  });
});
