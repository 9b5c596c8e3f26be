import type { Cut, Piece } from './ink-map.ts';

/** A pixel of a piece. */
interface Spot {
  readonly piece: number;
  readonly x: number;
  readonly y: number;
}

/** A place where a line may be parted: some of its atoms are left of it, all others right of it. */
export interface Parting {
  readonly isLeft: (atom: Spot) => boolean;
  /** What ends before `from` is left of it, and what begins at `to` is not. */
  readonly from: number;
  readonly to: number;
  /** The column where it is in a row. */
  readonly columnAt: (y: number) => number;
  /** The piece that it goes through, by its number; undefined between pieces. */
  readonly through?: number;
}

/** Along a cut through a piece, and straight on above and below it. */
export function alongCut({ id, box }: Piece, cut: Cut): Parting {
  const columnAt = (y: number): number =>
    box.left + cut[Math.min(cut.length - 1, Math.max(0, y - box.top))]!;
  return {
    isLeft: ({ x, y }) => x < columnAt(y),
    from: box.left + Math.min(...cut),
    to: box.left + Math.max(...cut),
    columnAt,
    through: id,
  };
}

/** Before the first of some pieces, after the last, and between any two of them that stand side by side. */
export function betweenPieces(pieces: readonly Piece[]): Parting[] {
  const sorted = [...pieces].sort((one, other) => middleOf(one) - middleOf(other));
  const rank = new Map(sorted.map(({ id }, at) => [id, at]));
  const ends: number[] = [-Infinity];
  const starts: number[] = [Infinity];
  for (const { box } of sorted) ends.push(Math.max(ends.at(-1)!, box.right));
  for (const { box } of sorted.toReversed()) starts.unshift(Math.min(starts[0]!, box.left));
  return ends.map((end, at) => {
    const [from, to] = [Math.min(end, starts[at]!), Math.max(end, starts[at]!)];
    const [first, last] = [Number.isFinite(from) ? from : to, Number.isFinite(to) ? to : from];
    const column = (first + last) / 2;
    return {
      isLeft: ({ piece }) => rank.get(piece)! < at,
      from: first,
      to: last,
      columnAt: () => column,
    };
  });
}

const middleOf = ({ box }: Piece): number => (box.left + box.right) / 2;
