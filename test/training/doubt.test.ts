import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/random.ts';
import { chooseDoubt, USUAL_MAX_ERROR } from '../../src/training/measuring/doubt.ts';

/** Logits whose softmax is exactly these scores. */
const logitsOf = (rows: readonly (readonly number[])[]) =>
  Float32Array.from(rows.flat().map(Math.log));

/** Two classes; the best score of row i is .5 + i / 2000; all are right, except for these. */
const ladder = (count: number, wrong: readonly number[] = []) => ({
  logits: logitsOf(
    Array.from({ length: count }, (_, i) => [0.5 + (i + 1) / 2000, 0.5 - (i + 1) / 2000]),
  ),
  labels: Int32Array.from({ length: count }, (_, i) => (wrong.includes(i) ? 1 : 0)),
  classes: 2,
});
const plan = { maxError: undefined, folds: undefined };

describe('the score below which an answer is uncertain', () => {
  it.each([100, 199, 200, 400])('keeps 99 of 100 of %d examples that are all right', (count) => {
    const { minScore } = chooseDoubt(ladder(count), 1, plan).gate;
    const doubted = Math.floor(count / 100);
    expect(minScore).toBeCloseTo(0.5 + (doubted + 1) / 2000, 5);
    expect(minScore).toBeLessThanOrEqual(0.5 + (doubted + 1) / 2000 + 1e-7);
  });

  it('is a score at the temperature that is served', () => {
    const examples = ladder(200);
    const sharp = { ...examples, logits: examples.logits.map((x) => x * 4) };
    const [warm, cold] = [chooseDoubt(sharp, 4, plan), chooseDoubt(examples, 1, plan)];
    expect(warm.gate.minScore).toBeCloseTo(cold.gate.minScore!, 5);
  });

  it('lies just above the first mistake that would be one too many', () => {
    // 400 examples and 1 %: floor(401 / 100) - 1 = 3 mistakes may pass, the fourth from above is warned of.
    const wrong = [50, 120, 200, 250, 300, 399];
    const { minScore, maxError } = chooseDoubt(ladder(400, wrong), 1, {
      ...plan,
      maxError: 0.01,
    }).gate;
    expect(maxError).toBe(0.01);
    expect(minScore).toBeCloseTo(0.5 + 201 / 2000, 5);
    // The logits of the test are rounded to float32.
    expect(minScore).toBeGreaterThan(0.5 + 201 / 2000 - 1e-7);
  });

  it('is never lower than what 99 of 100 pass, however few mistakes there are', () => {
    const few = chooseDoubt(ladder(400, [399]), 1, { ...plan, maxError: 0.2 }).gate;
    expect(few).toMatchObject({ maxError: 0.2, minScore: expect.closeTo(0.5 + 5 / 2000, 5) });
  });

  it('is chosen for one wrong answer in twenty where nothing was asked for', () => {
    const { gate, notes } = chooseDoubt(ladder(40, [0, 5, 30]), 1, plan);
    expect(gate).toMatchObject({ maxError: USUAL_MAX_ERROR, chosenBy: 40 });
    // floor(41 / 20) - 1 = 1 may pass.
    expect(gate.minScore).toBeCloseTo(0.5 + 6 / 2000, 4);
    expect(notes).toEqual([]);
  });

  it('warns of everything where every answer is wrong', () => {
    const all = Array.from({ length: 100 }, (_, i) => i);
    const { gate } = chooseDoubt(ladder(100, all), 1, { ...plan, maxError: 0.01 });
    expect(gate.minScore).toBeGreaterThan(0.5 + 100 / 2000);
  });

  it('is left open, in words, where the examples are too few to promise anything', () => {
    const asked = chooseDoubt(ladder(98), 1, { ...plan, maxError: 0.01 });
    expect(asked.gate).not.toHaveProperty('minScore');
    expect(asked.gate).not.toHaveProperty('maxError');
    expect(asked.notes).toEqual([expect.stringMatching(/at most 1 % .* by 98 .*; it takes 99/)]);
    expect(chooseDoubt(ladder(99), 1, { ...plan, maxError: 0.01 }).gate.maxError).toBe(0.01);
    expect(chooseDoubt(ladder(0), 1, plan)).toEqual({ gate: {}, notes: [] });
    expect(chooseDoubt(ladder(0), 1, { ...plan, maxError: 0.1 }).notes).toHaveLength(1);
  });
});

/** A net that is right as often as it says: a row's class is drawn from its scores. */
function honest(count: number, seed: number) {
  const random = createRandom(seed);
  const rows = Array.from({ length: count }, () => {
    const weights = Array.from({ length: 4 }, () => random.next() ** 6 + 1e-4);
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return weights.map((weight) => weight / sum);
  });
  const labels = Int32Array.from(rows, (row) => {
    let ticket = random.next();
    const found = row.findIndex((score) => (ticket -= score) < 0);
    return found < 0 ? row.length - 1 : found;
  });
  return { rows, labels, logits: logitsOf(rows), classes: 4 };
}

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe('what is promised', () => {
  const trials = Array.from({ length: 60 }, (_, seed) => {
    const { gate } = chooseDoubt(honest(150, seed), 1, { ...plan, maxError: 0.05 });
    const { rows, labels } = honest(400, 1000 + seed);
    const passed = rows.filter((row, i) => {
      const best = Math.max(...row);
      return best >= gate.minScore! && row[labels[i]!] !== best;
    });
    const covered = rows.filter((row, i) => row[labels[i]!]! >= gate.sets!.minScore);
    return { wrong: passed.length / 400, covered: covered.length / 400, gate };
  });
  it('holds on the average of many drawings: wrong without a warning are no more than asked for', () => {
    const wrong = mean(trials.map((trial) => trial.wrong));
    expect(wrong).toBeLessThan(0.05 + 0.006);
    // And it is no empty promise: a threshold that warns of everything would keep it as well.
    expect(wrong).toBeGreaterThan(0.035);
  });

  it('holds for sets: the true class is among them as often as the manifest says', () => {
    expect(trials.every(({ gate }) => gate.sets!.coverage === 0.99)).toBe(true);
    expect(mean(trials.map((trial) => trial.covered))).toBeGreaterThan(0.985);
  });

  it.each([
    [8, undefined],
    [9, 0.9],
    [19, 0.95],
    [99, 0.99],
    [199, 0.995],
    [999, 0.999],
  ])('of sets by %d examples is %s', (count, coverage) => {
    expect(chooseDoubt(honest(count, 7), 1, plan).gate.sets?.coverage).toBe(coverage);
  });
});
