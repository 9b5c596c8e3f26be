import { edgesOf, scaleIntoFrame } from '../handwriting/into-frame.ts';
import { FRAME } from '../handwriting/mnist-frame.ts';
import { plainLoops } from '../handwriting/plain-loops.ts';
import { around, type Atom, type AtomMap } from './atoms.ts';
import type { InkMap } from './ink-map.ts';

/** Some ink in MNIST's frame. */
export interface FramedInk {
  /** As one digit would be shown to a model: longer side 20, brightest ink 255, centre of mass at pixel 14. */
  readonly pixels: Uint8Array;
  /** How much other ink there is in each pixel, from 0 on. */
  readonly others: Float32Array;
}

/** Brings some atoms of a line into the frame. */
export function frameAtoms(
  map: InkMap,
  { atom }: Pick<AtomMap, 'atom'>,
  atoms: readonly Atom[],
): FramedInk {
  const box = atoms.map(({ box }) => box).reduce(around);
  const wider = {
    left: Math.max(0, box.left - 1),
    top: Math.max(0, box.top - 1),
    right: Math.min(map.width, box.right + 1),
    bottom: Math.min(map.height, box.bottom + 1),
  };
  const ids = new Set(atoms.map(({ id }) => id));
  const [width, height] = [wider.right - wider.left, wider.bottom - wider.top];
  const data = new Float32Array(width * height);
  for (let y = 0, to = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, to += 1) {
      const at = (wider.top + y) * map.width + wider.left + x;
      const own = atom[at]!;
      // The soft edge belongs to the ink beside it.
      if (own === 0 ? isBeside(map, atom, ids, wider.left + x, wider.top + y) : ids.has(own)) {
        data[to] = map.soft[at]!;
      }
    }
  }
  const pixels = new Uint8Array(FRAME * FRAME);
  const soft = { width, height, data };
  const edges = edgesOf(soft, { left: 0, top: 0, right: width, bottom: height });
  if (edges.right <= edges.left) return { pixels, others: new Float32Array(FRAME * FRAME) };
  const { left, top, scale } = scaleIntoFrame(plainLoops, soft, edges, pixels);
  const x = wider.left + edges.left - left / scale;
  const y = wider.top + edges.top - top / scale;
  return { pixels, others: othersAround(map, atom, ids, x, y, scale) };
}

/** What of other atoms is in a frame that begins at this place of the line; one pixel of the line is `scale` of the frame. */
function othersAround(
  { width, height, soft }: InkMap,
  atom: Int32Array,
  ids: ReadonlySet<number>,
  left: number,
  top: number,
  scale: number,
): Float32Array {
  const others = new Float32Array(FRAME * FRAME);
  const [right, bottom] = [left + FRAME / scale, top + FRAME / scale];
  const placeOf = (away: number): number => Math.min(FRAME - 1, Math.floor(away * scale));
  for (let y = Math.max(0, Math.ceil(top)); y < Math.min(height, bottom); y += 1) {
    const row = placeOf(y - top) * FRAME;
    for (let x = Math.max(0, Math.ceil(left)); x < Math.min(width, right); x += 1) {
      const own = atom[y * width + x]!;
      if (own === 0 || ids.has(own)) continue;
      others[row + placeOf(x - left)]! += soft[y * width + x]! * scale * scale;
    }
  }
  return others;
}

function isBeside(
  { width, height }: InkMap,
  atom: Int32Array,
  ids: ReadonlySet<number>,
  x: number,
  y: number,
): boolean {
  for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v += 1) {
    for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u += 1) {
      const other = atom[v * width + u]!;
      if (other !== 0 && ids.has(other)) return true;
    }
  }
  return false;
}
