import { edgesOf, scaleIntoFrame } from '../handwriting/into-frame.ts';
import { FRAME } from '../handwriting/mnist-frame.ts';
import { plainLoops } from '../handwriting/plain-loops.ts';
import { around, type Atom, type AtomMap } from './atoms.ts';
import type { InkMap } from './cuts.ts';

/** Some atoms as one digit would be shown to a model: longer side 20, brightest ink 255, centre of mass at pixel 14. */
export function frameAtoms(map: InkMap, { atom }: AtomMap, atoms: readonly Atom[]): Uint8Array {
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
  if (edges.right > edges.left) scaleIntoFrame(plainLoops, soft, edges, pixels);
  return pixels;
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
