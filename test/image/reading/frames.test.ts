import { describe, expect, it } from 'vitest';
import { rulesOfFrames } from '../../../src/image/reading/frames.ts';
import type { Rule } from '../../../src/image/reading/rule.ts';

const level = (from: number, to: number, at: number, slope = 0, thickness = 2): Rule => ({
  isUpright: false,
  from,
  to,
  at,
  slope,
  thickness,
});
const upright = (at: number, from: number, to: number, slope = 0, thickness = 2): Rule => ({
  ...level(from, to, at, slope, thickness),
  isUpright: true,
});

/** Four sides of a box. */
const box = (left: number, right: number, top = 10, bottom = 90): Rule[] => [
  level(left, right, top),
  level(left, right, bottom),
  upright(left, top + 2, bottom - 2),
  upright(right, top + 2, bottom - 2),
];

/** How many of some lines belong to frames, and that none of others does. */
function framesAmong(own: readonly Rule[], others: readonly Rule[]): number {
  const found = rulesOfFrames([...others, ...own]);
  expect(others.filter((rule) => found.has(rule))).toEqual([]);
  return own.filter((rule) => found.has(rule)).length;
}

describe('lines of a form', () => {
  it('are the sides of boxes, and not the 1 that stands in one', () => {
    expect(framesAmong([...box(10, 80), ...box(90, 160)], [upright(45, 25, 75, -0.1)])).toBe(8);
  });

  it('are all lines of a comb, however it is turned', () => {
    const slope = 0.11;
    const teeth = Array.from({ length: 7 }, (_, at) => {
      const x = 50 + 60 * at;
      return upright(x, 20 + slope * x + 2, 100 + slope * x - 2, -slope);
    });
    const sides = [level(50, 410, 20 + slope * 50, slope), level(45, 405, 100 + slope * 50, slope)];
    expect(framesAmong([...teeth, ...sides], [upright(80, 50, 90, -0.1)])).toBe(9);
  });

  it('are the teeth of a comb that is open above, and not what is longer than they are', () => {
    const teeth = [20, 80, 140, 200].map((x) => upright(x, 60, 88));
    expect(framesAmong([level(20, 200, 90), ...teeth], [upright(110, 20, 88)])).toBe(5);
  });

  it('are sides that are broken', () => {
    const [top, bottom, left, right] = box(10, 110);
    const parts = [level(30, 60, bottom!.at), level(70, 100, bottom!.at)];
    const rest = upright(right!.at, 60, right!.to);
    expect(framesAmong([top!, left!, { ...right!, to: 50 }, rest, ...parts], [])).toBe(6);
  });

  it('are neither strokes that are thick, nor a thin 1 that stands on a ruled line', () => {
    const thick = box(10, 80).map((rule) => ({ ...rule, thickness: 9 }));
    expect(framesAmong([], [...thick, level(200, 400, 90), upright(300, 40, 88)])).toBe(0);
  });

  it('are looked for among as many lines as a form has, and not on cloth', () => {
    const form = Array.from({ length: 300 }, (_, at) => box(100 * at, 100 * at + 80)).flat();
    expect(rulesOfFrames(form).size).toBe(1200);
    expect(rulesOfFrames([...form, ...form]).size).toBe(0);
  });
});
