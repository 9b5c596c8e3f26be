import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../src/random.ts';
import {
  chooseBatchSize,
  choosePlacement,
  isWorthMeasuring,
  sizesToMeasure,
  timeOf,
  type PlacementLimits,
} from '../../../src/runtime/placement/choose-placement.ts';
import type { BatchTime } from '../../../src/runtime/runtime.ts';

/** What would be measured of a model by its time over batch size. */
function curveOf(
  msOf: (size: number) => number,
  { maxBatchSize = 64, memoryBytes = Infinity, bytesPerImage = 0 } = {},
): BatchTime[] {
  const curve: BatchTime[] = [];
  for (const size of sizesToMeasure(maxBatchSize)) {
    if (!isWorthMeasuring(curve, memoryBytes)) break;
    curve.push({ size, ms: msOf(size), memoryBytes: size * bytesPerImage });
  }
  return curve;
}

const limits: PlacementLimits = {
  maxBatchSize: 64,
  mayBeInline: true,
  inlineBudgetMs: 5,
  modelBytes: 1e6,
  processors: 2,
};
const place = (
  msOf: (size: number) => number,
  changes: Partial<PlacementLimits> = {},
  openMs = 9,
) => {
  const all = { ...limits, ...changes };
  const curve = curveOf(msOf, { maxBatchSize: all.maxBatchSize });
  return choosePlacement({ openMs, curve }, all, false);
};

/** The shipped model, as measured: 0.35 ms for one image, 0.2 ms each in a batch. */
const digits = (size: number): number => 0.15 + 0.195 * size;

describe('the sizes that are measured', () => {
  it('double up to the largest, which comes last whatever it is', () => {
    expect([...sizesToMeasure(64)]).toEqual([1, 2, 4, 8, 16, 32, 64]);
    expect([...sizesToMeasure(48)]).toEqual([1, 2, 4, 8, 16, 32, 48]);
    expect([...sizesToMeasure(1)]).toEqual([1]);
  });

  it('end where two doublings save less than a twenty-fifth of the time of an image', () => {
    const sizes = curveOf((size) => 1 + 0.3 * size).map(({ size }) => size);
    expect(sizes).toEqual([1, 2, 4, 8, 16, 32, 64]);
    expect(curveOf((size) => 0.02 + 0.3 * size).map(({ size }) => size)).toEqual([1, 2, 4, 8]);
  });

  it('end after one doubling for a slow model: a net that computes 28 ms an image never gets to see 64', () => {
    expect(curveOf((size) => 28 * size).map(({ size }) => size)).toEqual([1, 2]);
  });

  it('end before a batch would take more memory than it may', () => {
    const options = { memoryBytes: 100e6, bytesPerImage: 10e6 };
    expect(curveOf((size) => 100 + size, options).map(({ size }) => size)).toEqual([1, 2, 4, 8]);
  });
});

describe('the batch size', () => {
  it('is one where more at once save nothing, and the largest where each doubling saves half', () => {
    expect(place((size) => 28 * size).batchSize).toBe(1);
    expect(place((size) => 50 + 0.1 * size).batchSize).toBe(64);
  });

  it('is large enough that what a batch costs besides its run does not count', () => {
    expect(place(digits).batchSize).toBe(16);
  });

  it('is the batch of a graph that always runs so many', () => {
    expect(place((size) => 10 * Math.ceil(size / 16)).batchSize).toBe(16);
  });

  it('does not go beyond what was measured where memory ended the measurement', () => {
    const curve = curveOf((size) => 100 + size, { memoryBytes: 100e6, bytesPerImage: 10e6 });
    expect(chooseBatchSize(curve, 64)).toBe(8);
  });

  it('loses at most six hundredths of the best throughput on whatever curve, and none smaller would do', () => {
    for (let seed = 0; seed < 300; seed += 1) {
      const random = createRandom(seed);
      const [msOf, most] = [randomTimes(random), 1 + random.integer(200)];
      const curve = curveOf(msOf, { maxBatchSize: most });
      const chosen = chooseBatchSize(curve, most);
      expect(chosen).toBeGreaterThanOrEqual(1);
      expect(chosen).toBeLessThanOrEqual(most);
      const rate = (size: number): number => size / (timeOf(curve, size) + 0.1);
      const best = Math.max(...[...sizesToMeasure(most)].map(rate));
      expect(rate(chosen), `seed ${seed}`).toBeGreaterThanOrEqual(0.94 * best);
      for (const { size } of curve.filter((point) => point.size < chosen)) {
        expect(rate(size), `seed ${seed}, ${size}`).toBeLessThan(0.94 * best);
      }
    }
  });
});

/** Time that grows with the size, from a base, more or less steadily. */
function randomTimes(random: Random): (size: number) => number {
  const [base, each] = [random.next() * 10 ** random.integer(3), 10 ** (random.integer(4) - 2)];
  return (size) => base + each * size * (0.9 + random.next() * 0.2);
}

describe('where batches run', () => {
  it('is the calling thread for all of a model whose largest batch is within the budget', () => {
    const placement = place((size) => 0.05 * size);
    expect(placement.inlineUpTo).toBe(placement.batchSize);
    expect(placement.maxInFlight).toBe(1);
  });

  it('is the calling thread for what is over in a millisecond, and the own thread for the rest', () => {
    expect(place(digits)).toMatchObject({
      batchSize: 16,
      inlineUpTo: 4,
      maxInFlight: 2,
    });
  });

  it('is the calling thread for a whole batch within the budget where there is no second processor', () => {
    const placement = place(digits, { processors: 1 });
    expect(placement).toMatchObject({ batchSize: 16, inlineUpTo: 16, maxInFlight: 1 });
  });

  it('is never the calling thread for a model that may not, is slow, or takes long to open', () => {
    expect(place(digits, { mayBeInline: false }).inlineUpTo).toBe(0);
    expect(place(digits, { inlineBudgetMs: 0 }).inlineUpTo).toBe(0);
    expect(place((size) => 6 * size).inlineUpTo).toBe(0);
    expect(place(digits, {}, 250).inlineUpTo).toBe(4);
    expect(place(digits, {}, 251).inlineUpTo).toBe(0);
  });

  it('is one place for a large model, which would take its memory twice', () => {
    expect(place(digits, { modelBytes: 24e6 }).inlineUpTo).toBe(0);
    expect(place((size) => 0.05 * size, { modelBytes: 24e6 })).toMatchObject({ maxInFlight: 1 });
  });

  it('never has a batch on the calling thread that was measured beyond the budget', () => {
    for (let seed = 0; seed < 300; seed += 1) {
      const random = createRandom(seed);
      const msOf = randomTimes(random);
      const inlineBudgetMs = random.next() * 20;
      const curve = curveOf(msOf);
      const { inlineUpTo, batchSize, msPerImage } = choosePlacement(
        { openMs: 1, curve },
        { ...limits, inlineBudgetMs, processors: 1 + random.integer(2) },
        true,
      );
      expect(inlineUpTo).toBeLessThanOrEqual(batchSize);
      if (inlineUpTo > 0) expect(timeOf(curve, inlineUpTo)).toBeLessThanOrEqual(inlineBudgetMs);
      expect(msPerImage).toBeCloseTo(timeOf(curve, batchSize) / batchSize, 9);
    }
  });
});
