import { describe, expect, it } from 'vitest';
import { around, takeApart } from '../../../src/image/reading/atoms.ts';
import {
  depthsOf,
  thickStrokesOf,
  typicalDepth,
} from '../../../src/image/reading/thick-strokes.ts';

/** Ink where `isInk` says so, as one piece. */
function mapOf(width: number, height: number, isInk: (x: number, y: number) => boolean) {
  const piece = Int32Array.from({ length: width * height }, (_, at) =>
    isInk(at % width, Math.floor(at / width)) ? 1 : 0,
  );
  return { width, height, soft: Float32Array.from(piece, Number), piece };
}

describe('how deep ink lies', () => {
  it('is its distance to what is none, also at the edge of the plane', () => {
    const { width, data } = depthsOf(5, 4, () => true);
    const rows = [1, 2, 3, 4].map((y) => [...data.subarray(y * width + 1, y * width + 6)]);
    expect(rows).toEqual([
      [1, 1, 1, 1, 1],
      [1, 2, 2, 2, 1],
      [1, 2, 2, 2, 1],
      [1, 1, 1, 1, 1],
    ]);
  });

  it('is that of most strokes of a line, whatever blot is beside them', () => {
    const map = mapOf(180, 70, (x, y) => x % 20 < 7 || (x > 140 && y > 20 && y < 50));
    expect(typicalDepth(map)).toBe(4);
  });
});

describe('strokes that are thicker than those of their line', () => {
  it('are two that lie against each other, and no single one', () => {
    // Three strokes, and two that are one.
    const starts = [10, 40, 70];
    const isStroke = (x: number): boolean => starts.some((at) => x >= at && x < at + 7);
    const map = mapOf(140, 64, (x) => isStroke(x) || (x >= 100 && x < 114));
    const piece = { id: 1, mass: 0, box: { left: 0, top: 0, right: 140, bottom: 64 } };
    const parts = takeApart(map, [piece], 64);
    const thickBetween = (from: number, to: number): number => {
      const atoms = parts.atoms.filter(({ x }) => x >= from && x < to);
      const box = atoms.map((atom) => atom.box).reduce(around);
      return thickStrokesOf(map, parts)({ from: 0, to: 1, atoms, box, mass: 0, isLikely: true });
    };
    expect(thickBetween(38, 50)).toBe(0);
    expect(thickBetween(98, 120)).toBeGreaterThan(0.3);
  });
});
