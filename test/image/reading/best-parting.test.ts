import { describe, expect, it } from 'vitest';
import { NO_DIGIT } from '../../../src/image/handwriting/digit-net.ts';
import { bestParting } from '../../../src/image/reading/best-parting.ts';
import type { Candidate } from '../../../src/image/reading/candidates.ts';
import { alongCut } from '../../../src/image/reading/partings.ts';
import { createRandom } from '../../../src/random.ts';

const box = { left: 0, top: 0, right: 40, bottom: 64 };
const parting = alongCut({ id: 1, box, mass: 1 }, new Int16Array(64));

/** What lies between any two of some partings, and how likely each is one whole digit. */
function lineOf(
  likely: readonly number[],
  whole: (from: number, to: number) => number,
  thickOf: (from: number, to: number) => number = () => 0,
) {
  const candidates: Candidate[] = [];
  for (const from of likely.keys()) {
    for (let to = from + 1; to < likely.length; to += 1) {
      candidates.push({ from, to, atoms: [], box, mass: 300 * (to - from), isLikely: true });
    }
  }
  const seen: string[] = [];
  const chosen = bestParting(
    likely.map((value) => ({ parting, likely: value })),
    candidates,
    ({ from, to }) => {
      seen.push(`${from}-${to}`);
      const scores = new Float64Array(11);
      scores[3] = whole(from, to);
      scores[NO_DIGIT] = 1 - scores[3];
      return { scores, thick: thickOf(from, to) };
    },
  );
  return { chosen: chosen.map(({ from, to }) => `${from}-${to}`), seen, candidates };
}

/** One digit as well as two. */
const either = (from: number, to: number): number => (to - from === 1 ? 0.97 : 0.85);
/** A digit, what is none, and a digit. */
const allButTheMiddle = (from: number, to: number): number =>
  to - from === 1 && from !== 1 ? 0.99 : 1e-9;

describe('the best way to part a line', () => {
  it('takes what is surest to be whole digits, and looks at no candidate that cannot lie on it', () => {
    const sure = new Set(['0-2', '2-3', '3-5']);
    const { chosen, seen, candidates } = lineOf([1, 0.1, 0.99, 0.99, 0.1, 1], (from, to) =>
      sure.has(`${from}-${to}`) ? 0.999 : 0.001,
    );
    expect(chosen).toEqual(['0-2', '2-3', '3-5']);
    expect(seen.length).toBeLessThan(candidates.length);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('asks how likely a line is parted where what lies between could be either', () => {
    expect(lineOf([1, 0.95, 1], either).chosen).toEqual(['0-1', '1-2']);
    expect(lineOf([1, 0.2, 1], either).chosen).toEqual(['0-2']);
  });

  it('takes two digits where the strokes of one would be thicker than those of its line', () => {
    for (const [thick, chosen] of [
      [0.04, ['0-2']],
      [0.2, ['0-1', '1-2']],
    ] as const) {
      const line = lineOf([1, 0.2, 1], either, (from, to) => (to - from === 2 ? thick : 0));
      expect(line.chosen).toEqual(chosen);
    }
  });

  it('passes over what is no digit', () => {
    expect(lineOf([1, 0.9, 0.9, 1], allButTheMiddle).chosen).toEqual(['0-1', '2-3']);
  });

  it('costs no more than any other way', () => {
    const random = createRandom(5);
    const whole = Array.from({ length: 49 }, () => random.next());
    const scoreOf = (from: number, to: number): number => whole[7 * from + to]!;
    const { chosen } = lineOf([1, 1, 1, 1, 1, 1, 1], scoreOf);
    const costOf = (way: readonly string[]): number =>
      way.reduce((sum, step) => {
        const [from, to] = step.split('-').map(Number);
        return sum - Math.log(scoreOf(from!, to!) + 1e-6);
      }, 0);
    // Every subset of the five partings inside is a way.
    for (let subset = 0; subset < 32; subset += 1) {
      const stops = [0, ...[1, 2, 3, 4, 5].filter((at) => subset & (1 << (at - 1))), 6];
      const way = stops.slice(1).map((to, at) => `${stops[at]}-${to}`);
      expect(costOf(chosen)).toBeLessThanOrEqual(costOf(way) + 1e-9);
    }
  });
});
