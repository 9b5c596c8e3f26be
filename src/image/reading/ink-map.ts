import type { Box } from '../handwriting/plane-loops.ts';

/** Where the ink of one piece lies: its number in a map of pieces. */
export interface Piece {
  readonly id: number;
  readonly box: Box;
  /** All its ink, in full pixels. */
  readonly mass: number;
}

/** Ink from 0 to 1, and which piece each pixel belongs to; 0 is none. */
export interface InkMap {
  readonly width: number;
  readonly height: number;
  readonly soft: Float32Array;
  readonly piece: Int32Array;
}

/** The ink of one piece alone. */
export interface PieceInk {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
  /** The ink of each row left of each column; one more than there are columns. */
  readonly before: Float32Array;
}

/** A way down through a piece: for each row of its box the column right of it. */
export type Cut = Int16Array;

/** Cuts the ink of a piece out of the map. */
export function inkOfPiece(map: InkMap, { id, box }: Piece): PieceInk {
  const [width, height] = [box.right - box.left, box.bottom - box.top];
  const data = new Float32Array(width * height);
  const before = new Float32Array((width + 1) * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0, to = y * (width + 1); x < width; x += 1, to += 1) {
      const at = (box.top + y) * map.width + box.left + x;
      if (map.piece[at] === id) data[y * width + x] = map.soft[at]!;
      before[to + 1] = before[to]! + data[y * width + x]!;
    }
  }
  return { width, height, data, before };
}
