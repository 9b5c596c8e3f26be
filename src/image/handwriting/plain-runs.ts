import type { Plane, PlaneLoops, Runs } from './plane-loops.ts';

type RunLoops = Pick<
  PlaneLoops,
  'findPieces' | 'keepRuns' | 'takeRuns' | 'takeAround' | 'softenRuns'
>;

/** What stands out of a plane as runs of pixels, in plain TypeScript: assembly/runs.ts does the same in the same order. */
export const plainRuns: RunLoops = {
  findPieces(signal, threshold) {
    const runs = Int32Array.from(findRuns(signal, threshold));
    return { runs, ...numbered(signal, runs) };
  },

  keepRuns(runs, isKept) {
    let kept = 0;
    for (let run = 0; run < runs.length; run += RUN) {
      if (isKept[runs[run + 2]!] === 0) continue;
      runs.copyWithin(kept, run, run + RUN);
      kept += RUN;
    }
    return runs.subarray(0, kept);
  },

  takeRuns({ data }, runs) {
    const taken = new Float32Array(data.length);
    let count = 0;
    for (let run = 0; run < runs.length; run += RUN) {
      taken.set(data.subarray(runs[run], runs[run + 1]), count);
      count += runs[run + 1]! - runs[run]!;
    }
    return taken.subarray(0, count);
  },

  takeAround({ width, height, data }, runs, { left, top, right, bottom }, near, far) {
    const mask = maskOf(runs, width * height);
    const taken: number[] = [];
    const [untilX, untilY] = [Math.min(width, right + far), Math.min(height, bottom + far)];
    for (let y = Math.max(0, top - far); y < untilY; y += 1) {
      const offY = Math.max(top - y, y + 1 - bottom);
      for (let x = Math.max(0, left - far); x < untilX; x += 1) {
        const at = y * width + x;
        const off = Math.max(left - x, x + 1 - right, offY);
        if (at % 3 !== 0 || off < near || off > far || mask[at] === 1) continue;
        taken.push(data[at]!);
      }
    }
    return Float32Array.from(taken);
  },

  softenRuns({ width, height, data }, runs, faint, full) {
    const mask = maskOf(runs, width * height);
    const soft = new Float32Array(data.length);
    for (let at = mask.indexOf(1); at >= 0; at = mask.indexOf(1, at + 1)) {
      const x = at % width;
      const y = (at - x) / width;
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v += 1) {
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u += 1) {
          const next = v * width + u;
          soft[next] = Math.min(1, Math.max(0, (data[next]! - faint) / (full - faint)));
        }
      }
    }
    return { width, height, data: soft };
  },
};

const RUN = 3;

/** 1 for each pixel of runs. */
function maskOf(runs: Runs, pixels: number): Uint8Array {
  const mask = new Uint8Array(pixels);
  for (let run = 0; run < runs.length; run += RUN) mask.fill(1, runs[run], runs[run + 1]);
  return mask;
}

/** Runs line by line, each with the number of one before it that it hangs together with, or its own. */
function findRuns({ width, height, data }: Plane, threshold: number): number[] {
  const runs: number[] = [];
  let before = 0;
  for (let y = 0; y < height; y += 1) {
    const [first, end] = [runs.length, (y + 1) * width];
    for (let at = y * width; at < end; at += 1) {
      if (!(data[at]! > threshold)) continue;
      const start = at;
      while (at < end && data[at]! > threshold) at += 1;
      const own = runs.length / RUN;
      runs.push(start, at, own);
      for (let touched = before; touched < first; touched += RUN) {
        const isApart = runs[touched + 1]! + width < start || runs[touched]! + width > at;
        if (!isApart) join(runs, touched / RUN, own);
      }
    }
    before = first;
  }
  return runs;
}

/** Has two runs hang together; the later ones point at the first. */
function join(runs: number[], one: number, other: number): void {
  const [a, b] = [rootOf(runs, one), rootOf(runs, other)];
  runs[Math.max(a, b) * RUN + 2] = Math.min(a, b);
}

function rootOf(runs: readonly number[], run: number): number {
  let root = run;
  while (runs[root * RUN + 2] !== root) root = runs[root * RUN + 2]!;
  return root;
}

/** Tells each run its piece in place of what it was joined to, and how heavy and where the pieces are. */
function numbered(
  { width, data }: Plane,
  runs: Int32Array,
): { masses: Float64Array; boxes: Int32Array } {
  const masses: number[] = [];
  const boxes: number[] = [];
  for (let run = 0; run < runs.length; run += RUN) {
    const [start, stop, joined] = [runs[run]!, runs[run + 1]!, runs[run + 2]!];
    const y = Math.floor(start / width);
    const [left, right] = [start - y * width, stop - y * width];
    // What it was joined to lies before it and has its piece already.
    const isFirst = joined * RUN === run;
    const piece = isFirst ? masses.length : runs[joined * RUN + 2]!;
    if (isFirst) {
      masses.push(0);
      boxes.push(left, y, right, y + 1);
    }
    runs[run + 2] = piece;
    let sum = 0;
    for (let at = start; at < stop; at += 1) sum += data[at]!;
    masses[piece]! += sum;
    const box = 4 * piece;
    boxes[box] = Math.min(left, boxes[box]!);
    boxes[box + 2] = Math.max(right, boxes[box + 2]!);
    boxes[box + 3] = y + 1;
  }
  return { masses: Float64Array.from(masses), boxes: Int32Array.from(boxes) };
}
