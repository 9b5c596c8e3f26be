import { describe, expect, it } from 'vitest';
import { hasOtherDigit } from '../../src/image/handwriting/other-digits.ts';
import { canonicalise } from '../../src/image/handwriting/canonicalise.ts';
import { plainLoops } from '../../src/image/handwriting/plain-loops.ts';

const side = 100;
/** 20 x 40 in the middle of the left half. */
const digit = { mass: 800, box: { left: 20, top: 30, right: 40, bottom: 70 } };

const isOther = (left: number, top: number, wide: number, high: number, mass = wide * high) => {
  const box = { left, top, right: left + wide, bottom: top + high };
  return hasOtherDigit([digit, { mass, box }], digit, side, side);
};

describe('ink beside a digit', () => {
  it('is another digit where it is clearly apart and about as high', () => {
    expect(isOther(60, 30, 20, 40)).toBe(true);
    expect(isOther(44, 30, 20, 40)).toBe(true);
    expect(isOther(5, 30, 6, 40)).toBe(true);
    expect(isOther(60, 48, 20, 22)).toBe(true);
    expect(isOther(60, 5, 30, 72)).toBe(true);
    expect(hasOtherDigit([digit], digit, side, side)).toBe(false);
  });

  it('is a part of it where it is close', () => {
    expect(isOther(43, 30, 20, 40)).toBe(false);
    expect(isOther(30, 30, 20, 40)).toBe(false);
    expect(isOther(20, 2, 20, 25)).toBe(false);
    expect(isOther(20, 72, 20, 25)).toBe(false);
  });

  it('is another digit above it only where no stroke of its own would be', () => {
    const low = { mass: 400, box: { left: 20, top: 55, right: 40, bottom: 75 } };
    const above = (top: number) => {
      const box = { left: 20, top, right: 40, bottom: top + 20 };
      return hasOtherDigit([low, { mass: 400, box }], low, side, side);
    };
    expect([above(19), above(18)]).toEqual([false, true]);
  });

  it('is none where it is low, faint, flat or far higher', () => {
    expect(isOther(60, 48, 20, 21)).toBe(false);
    expect(isOther(60, 5, 30, 73)).toBe(false);
    expect(isOther(60, 30, 20, 40, 175)).toBe(false);
    expect(isOther(60, 30, 20, 40, 176)).toBe(true);
    expect(isOther(45, 40, 53, 24)).toBe(false);
  });

  it('is none at the edge of the picture, where papers and frames end', () => {
    expect(isOther(80, 30, 20, 40)).toBe(false);
    expect(isOther(60, 60, 20, 40)).toBe(false);
    expect(isOther(60, 0, 20, 40)).toBe(false);
    expect(isOther(0, 30, 10, 40)).toBe(false);
  });

  it('is a speck beside a digit of a few pixels', () => {
    const small = { mass: 25, box: { left: 20, top: 30, right: 25, bottom: 35 } };
    const box = { left: 60, top: 30, right: 65, bottom: 35 };
    expect(hasOtherDigit([small, { mass: 25, box }], small, side, side)).toBe(false);
  });
});

/** Upright bars on white paper. */
const bars = (...lefts: number[]) => {
  const data = new Uint8Array(200 * 200).fill(255);
  for (const left of lefts) {
    for (let y = 70; y < 130; y += 1) data.fill(0, y * 200 + left, y * 200 + left + 8);
  }
  return { width: 200, height: 200, channels: 1, data } as const;
};

describe('a picture', () => {
  it.each(['border', 'find'] as const)('says that it holds several, by the rule %s', (page) => {
    expect(canonicalise(bars(90), plainLoops, page)).not.toHaveProperty('isSeveral');
    expect(canonicalise(bars(50, 140), plainLoops, page)).toMatchObject({ isSeveral: true });
    expect(canonicalise(bars(85, 105), plainLoops, page)).toMatchObject({ isSeveral: true });
  });
});
