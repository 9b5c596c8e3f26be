import { describe, expect, it } from 'vitest';
import type { InkMap, Piece } from '../../../src/image/reading/ink-map.ts';
import { findSigns } from '../../../src/image/reading/signs.ts';

const [WIDTH, HEIGHT] = [240, 120];

/** Two blocks as high as digits, with a leaning stroke between them from `top` to `bottom`. */
function lineWith(top: number, bottom: number, thick = 6): { map: InkMap; pieces: Piece[] } {
  const piece = new Int32Array(WIDTH * HEIGHT);
  const boxes = [
    { left: 20, top: 30, right: 60, bottom: 94 },
    { left: 100, top, right: 100 + thick + Math.round((bottom - top) * 0.3), bottom },
    { left: 160, top: 30, right: 200, bottom: 94 },
  ];
  for (const [at, { left, right, ...box }] of boxes.entries()) {
    for (let y = box.top; y < box.bottom; y += 1) {
      const from = at === 1 ? Math.round(left + (bottom - 1 - y) * 0.3) : left;
      piece.fill(at + 1, y * WIDTH + from, y * WIDTH + (at === 1 ? from + thick : right));
    }
  }
  const map = { width: WIDTH, height: HEIGHT, soft: Float32Array.from(piece, Number), piece };
  return { map, pieces: boxes.map((box, at) => ({ id: at + 1, box, mass: 400 })) };
}

describe('a straight stroke that leans to the right', () => {
  it('is a slash where it reaches above and below the digits beside it', () => {
    const { map, pieces } = lineWith(16, 101);
    expect(findSigns(map, pieces)).toEqual([{ sign: '/', piece: pieces[1] }]);
  });

  it('is none where it stands on the line as they do, however high it is', () => {
    const { map, pieces } = lineWith(14, 94);
    expect(findSigns(map, pieces)).toEqual([]);
  });

  it('is none where it is as broad as a digit, or has no digit before or after it', () => {
    const broad = lineWith(16, 101, 24);
    expect(findSigns(broad.map, broad.pieces)).toEqual([]);
    const { map, pieces } = lineWith(16, 101);
    expect(findSigns(map, pieces.slice(1))).toEqual([]);
    expect(findSigns(map, pieces.slice(0, 2))).toEqual([]);
  });
});
