import { CENTRE, DIGIT, FRAME } from '../handwriting/mnist-frame.ts';
import { plainLoops } from '../handwriting/plain-loops.ts';
import { longerSide, resample } from '../handwriting/plane.ts';
import type { Box } from '../handwriting/plane-loops.ts';
import { around, type Atom, type AtomMap } from './atoms.ts';
import type { InkMap } from './cuts.ts';

/** Where the box of ink ends on a soft edge. */
const EDGE = 0.25;

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
  return intoFrame({ width, height, data });
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

function intoFrame(plane: { width: number; height: number; data: Float32Array }): Uint8Array {
  const pixels = new Uint8Array(FRAME * FRAME);
  const box = edgesOf(plane);
  if (box.right <= box.left) return pixels;
  const scale = DIGIT / longerSide(box);
  const width = Math.max(1, Math.round((box.right - box.left) * scale));
  const height = Math.max(1, Math.round((box.bottom - box.top) * scale));
  const { data } = resample(plainLoops, plane, box, width, height);
  let [mass, massX, massY, peak] = [0, 0, 0, 0];
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 1) {
      const value = data[at]!;
      mass += value;
      massX += value * x;
      massY += value * y;
      if (value > peak) peak = value;
    }
  }
  const left = Math.round(CENTRE - massX / mass);
  const top = Math.round(CENTRE - massY / mass);
  for (let y = Math.max(0, -top); y < Math.min(height, FRAME - top); y += 1) {
    for (let x = Math.max(0, -left); x < Math.min(width, FRAME - left); x += 1) {
      pixels[(top + y) * FRAME + left + x] = Math.round((data[y * width + x]! / peak) * 255);
    }
  }
  return pixels;
}

function edgesOf(plane: { width: number; height: number; data: Float32Array }): Box {
  const { width, height, data } = plane;
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 1) {
      if (data[at]! < EDGE) continue;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = y + 1;
    }
  }
  return { left, top, right, bottom };
}
