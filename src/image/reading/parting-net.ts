import { FRAME } from '../handwriting/mnist-frame.ts';
import { openSmallNet, type SmallNet } from '../handwriting/small-net.ts';
import type { Atom, AtomMap } from './atoms.ts';
import type { InkMap } from './ink-map.ts';
import { HIGH } from './line-ink.ts';
import { partingNetWeights } from './parting-net-weights.ts';
import type { Parting } from './partings.ts';

let opened: SmallNet | undefined;

/** How likely a line is to be parted at a place: of two classes of a small net the second. */
export function howLikelyParted(map: InkMap, parts: AtomMap, parting: Parting): number {
  opened ??= openSmallNet(partingNetWeights);
  return opened(frameParting(map, parts, parting))[1]!;
}

/** A pixel of the frame is so many of the line on each side: the frame is 1.3 digits high. */
const STEP = 3;
/** Grey where there is no ink; ink left of a parting is lighter, ink right of it darker. */
const PAPER = 128;

/** What surrounds a parting, its middle in the middle, as a net is shown it. */
export function frameParting(map: InkMap, { atom, atoms }: AtomMap, parting: Parting): Uint8Array {
  const [x0, y0] = middleOf(map, parting).map((middle) => Math.round(middle - (FRAME * STEP) / 2));
  const sides = sidesOf(atoms, parting, x0!, x0! + FRAME * STEP);
  const sums = new Float32Array(FRAME * FRAME);
  for (let v = 0; v < FRAME * STEP; v += 1) {
    const y = y0! + v;
    if (y < 0 || y >= map.height) continue;
    const row = Math.floor(v / STEP) * FRAME;
    for (let u = 0; u < FRAME * STEP; u += 1) {
      const x = x0! + u;
      if (x < 0 || x >= map.width) continue;
      const own = atom[y * map.width + x]!;
      if (own !== 0)
        sums[row + Math.floor(u / STEP)]! += map.soft[y * map.width + x]! * (sides.get(own) ?? 0);
    }
  }
  return Uint8Array.from(sums, (sum) => Math.round(PAPER + (sum * 127) / (STEP * STEP)));
}

/** 1 for atoms left of a parting, -1 for others. */
function sidesOf(
  atoms: readonly Atom[],
  parting: Parting,
  left: number,
  right: number,
): Map<number, number> {
  const sides = new Map<number, number>();
  for (const atom of atoms) {
    if (atom.box.left >= right) break;
    if (atom.box.right > left) sides.set(atom.id, parting.isLeft(atom) ? 1 : -1);
  }
  return sides;
}

/** The middle of the ink nearby, and the column of the parting beside it. */
function middleOf({ width, height, soft, piece }: InkMap, parting: Parting): [number, number] {
  let [x, y] = [(parting.from + parting.to) / 2, height / 2];
  for (let turn = 0; turn < 2; turn += 1) {
    let [mass, moment] = [0, 0];
    const [left, right] = [
      Math.max(0, Math.round(x - HIGH / 2)),
      Math.min(width, Math.round(x + HIGH / 2)),
    ];
    for (let v = 0; v < height; v += 1) {
      for (let at = v * width + left; at < v * width + right; at += 2) {
        if (piece[at] === 0) continue;
        mass += soft[at]!;
        moment += soft[at]! * v;
      }
    }
    if (mass > 0) y = moment / mass;
    let sum = 0;
    for (let v = -2; v <= 2; v += 1) sum += parting.columnAt(Math.round(y + (v * HIGH) / 5));
    x = sum / 5;
  }
  return [x, y];
}
