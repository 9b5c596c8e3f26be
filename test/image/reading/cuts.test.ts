import { describe, expect, it } from 'vitest';
import { takeApart } from '../../../src/image/reading/atoms.ts';
import { cutsThrough } from '../../../src/image/reading/cuts.ts';
import type { Cut, InkMap, Piece } from '../../../src/image/reading/ink-map.ts';

const HIGH = 64;

/** Ink of one piece, wherever `ownerOf` says whose it is. */
function drawn(
  width: number,
  ownerOf: (x: number, y: number) => number,
): { map: InkMap; piece: Piece; owners: number[] } {
  const owners = Array.from({ length: width * HIGH }, (_, at) =>
    ownerOf(at % width, Math.floor(at / width)),
  );
  const piece = Int32Array.from(owners, (owner) => Math.min(1, owner));
  const box = { left: 0, top: 0, right: width, bottom: HIGH };
  const mass = piece.reduce((sum, value) => sum + value, 0);
  const map = { width, height: HIGH, soft: Float32Array.from(piece), piece };
  return { map, piece: { id: 1, box, mass }, owners };
}

/** How many pixels of the first are right of a cut, and of the second left of it. */
function astray(cut: Cut, owners: readonly number[], width: number): number {
  return owners.filter((owner, at) => {
    const isLeft = at % width < cut[Math.floor(at / width)]!;
    return owner !== 0 && (owner === 1) !== isLeft;
  }).length;
}

/** Where a bow begins that lies against a stem in the middle and bends away from it above and below. */
const bendAt = (y: number): number => 30 + Math.max(0, Math.abs(y - 32) - 10) * 0.9;

describe('cuts through ink that hangs together', () => {
  it('part strokes that touch along a part of their length, from hollow to hollow', () => {
    const { map, piece, owners } = drawn(64, (x, y) => {
      if (x >= 23 && x < 30) return 1;
      return x >= bendAt(y) && x < bendAt(y) + 7 ? 2 : 0;
    });
    const least = Math.min(...cutsThrough(map, piece, HIGH).map((cut) => astray(cut, owners, 64)));
    expect(least).toBeLessThanOrEqual(8);
  });

  it('are one where they part the same ink', () => {
    // Two blocks and a thin bridge between them, which may be cut anywhere.
    const { map, piece } = drawn(60, (x, y) =>
      x < 24 || x >= 36 ? 1 : Number(y === 40 || y === 41),
    );
    const onBridge = cutsThrough(map, piece, HIGH).filter(
      (cut) => cut[40]! >= 23 && cut[40]! <= 37,
    );
    expect(onBridge).toHaveLength(1);
  });

  it('leave every pixel in one atom, which each parting has on one side', () => {
    const { map, piece } = drawn(90, (x, y) => Number((x + 2 * y) % 30 < 9 || y % 31 < 6));
    const { atoms, atom, partings } = takeApart(map, [piece], HIGH);
    expect(partings.length).toBeGreaterThan(4);
    const byId = new Map(atoms.map((own) => [own.id, own]));
    const cuts = cutsThrough(map, piece, HIGH);
    const wrong = [...atom.keys()].filter((at) => {
      if (map.piece[at] === 0) return atom[at] !== 0;
      const [x, y, own] = [at % 90, Math.floor(at / 90), byId.get(atom[at]!)!];
      return cuts.some((cut) => x < cut[y]! !== own.x < cut[own.y]!);
    });
    expect(wrong).toEqual([]);
    expect(partings[0]!.isLeft(atoms[0]!)).toBe(false);
    expect(atoms.every((own) => partings.at(-1)!.isLeft(own))).toBe(true);
  });
});
