import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { strokes } from '../../scripts/drawing/glyphs.ts';
import { takeLine, type Spacing } from '../../scripts/drawing/lines.ts';
import { otherDigit, surerOf } from '../../src/image/handwriting/other-digits.ts';
import { canonicalise } from '../../src/image/handwriting/canonicalise.ts';
import { plainLoops } from '../../src/image/handwriting/plain-loops.ts';
import { createRandom } from '../../src/random.ts';

const side = 100;
/** 20 x 40 in the middle of the left half. */
const digit = { mass: 800, box: { left: 20, top: 30, right: 40, bottom: 70 } };

const isOther = (left: number, top: number, wide: number, high: number, mass = wide * high) => {
  const box = { left, top, right: left + wide, bottom: top + high };
  return otherDigit([digit, { mass, box }], digit, side, side);
};

const pair = (wide: number, left = 20) => {
  const box = { left, top: 30, right: left + wide, bottom: 70 };
  return otherDigit([], { mass: 800, box }, side, side);
};

describe('ink beside a digit', () => {
  it('is another digit where it is clearly apart and about as high', () => {
    expect(isOther(60, 30, 20, 40)).toBe('apart');
    expect(isOther(44, 30, 20, 40)).toBe('apart');
    expect(isOther(5, 30, 6, 40)).toBe('apart');
    expect(isOther(60, 48, 20, 22)).toBe('apart');
    expect(isOther(60, 5, 30, 72)).toBe('apart');
    expect(otherDigit([digit], digit, side, side)).toBeUndefined();
  });

  it('may be one, or a stroke of it, where it is close to its side', () => {
    expect(isOther(43, 30, 20, 40)).toBe('beside');
    expect(isOther(34, 30, 20, 40)).toBe('beside');
    expect(isOther(33, 30, 20, 40)).toBeUndefined();
    expect(isOther(20, 2, 20, 25)).toBeUndefined();
    expect(isOther(20, 72, 20, 25)).toBeUndefined();
  });

  it('may hang together with it where that is wider than high', () => {
    expect([pair(42), pair(41), pair(42, 0)]).toEqual(['beside', undefined, undefined]);
  });

  it('is as sure as the surer of two looks', () => {
    expect(surerOf('apart', 'beside')).toBe('apart');
    expect(surerOf('beside', 'apart')).toBe('apart');
    expect(surerOf('beside', undefined)).toBe('beside');
    expect(surerOf(undefined, undefined)).toBeUndefined();
  });

  it('is another digit above it only where no stroke of its own would be', () => {
    const low = { mass: 400, box: { left: 20, top: 55, right: 40, bottom: 75 } };
    const above = (top: number) => {
      const box = { left: 20, top, right: 40, bottom: top + 20 };
      return otherDigit([low, { mass: 400, box }], low, side, side);
    };
    expect([above(19), above(18)]).toEqual([undefined, 'apart']);
  });

  it('is none where it is low, faint, flat or far higher', () => {
    expect(isOther(60, 48, 20, 21)).toBeUndefined();
    expect(isOther(60, 5, 30, 73)).toBeUndefined();
    expect(isOther(60, 30, 20, 40, 175)).toBeUndefined();
    expect(isOther(60, 30, 20, 40, 176)).toBe('apart');
    expect(isOther(45, 40, 53, 24)).toBeUndefined();
  });

  it('is none at the edge of the picture, where papers and frames end', () => {
    expect(isOther(80, 30, 20, 40)).toBeUndefined();
    expect(isOther(60, 60, 20, 40)).toBeUndefined();
    expect(isOther(60, 0, 20, 40)).toBeUndefined();
    expect(isOther(0, 30, 10, 40)).toBeUndefined();
  });

  it('is a speck beside a digit of a few pixels', () => {
    const small = { mass: 25, box: { left: 20, top: 30, right: 25, bottom: 35 } };
    const box = { left: 60, top: 30, right: 65, bottom: 35 };
    expect(otherDigit([small, { mass: 25, box }], small, side, side)).toBeUndefined();
  });
});

/** Two digits of our own pen, as people write them side by side. */
async function pairOf(written: string, spacing: Spacing) {
  const { bytes } = await takeLine(createRandom(5), strokes, written, 'number', spacing, 0, 90);
  const image = sharp(bytes).removeAlpha().toColourspace('b-w').raw();
  const { data, info } = await image.toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: 1 as const, data };
}

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

  it.each(['border', 'find'] as const)(
    'says so of digits that hardly part, and of no digit alone, by the rule %s',
    async (page) => {
      for (const written of ['38', '25']) {
        const pair = await pairOf(written, 'touching');
        expect(canonicalise(pair, plainLoops, page)).toMatchObject({ isSeveral: true });
      }
      for (const written of ['0', '2', '4', '7']) {
        const one = await pairOf(written, 'touching');
        expect(canonicalise(one, plainLoops, page)).not.toHaveProperty('isSeveral');
      }
    },
  );
});
