import { expect, it } from 'vitest';
import { createBatchTimes } from '../../src/batching/batch-times.ts';

it('says how long images take in runs as full as can be', () => {
  const times = createBatchTimes(64);
  times.learn(64, 80);
  times.learn(4, 10);
  times.learn(1, 3);
  expect([1, 3, 4, 64, 65, 192, 195].map((images) => times.msFor(images))).toEqual([
    3, 10, 10, 80, 83, 240, 250,
  ]);
});

it('knows nothing before a run, and guesses from smaller ones only', () => {
  const times = createBatchTimes(64);
  expect(times.msFor(64)).toBe(0);
  times.learn(8, 20);
  expect([1, 8, 60, 128].map((images) => times.msFor(images))).toEqual([0, 20, 20, 40]);
});

it('follows the last runs, each for a tenth', () => {
  const times = createBatchTimes(6);
  for (const ms of [100, 300]) times.learn(6, ms);
  expect(times.msFor(12)).toBeCloseTo(240, 6);
});
