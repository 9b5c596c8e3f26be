import { toGrey } from '../raster.ts';
import { cellsOf } from './cells.ts';
import { takeLight } from './paper-surface.ts';
import { plainRuns } from './plain-runs.ts';
import type { PlaneLoops } from './plane-loops.ts';
import { valueAtRank } from './rank.ts';

const { fround } = Math;

/**
 * The loops in plain TypeScript: what the others are measured by, and what runs where there is no WebAssembly with SIMD.
 * `fround` stands wherever more than one operation would be rounded at once.
 */
export const plainLoops: PlaneLoops = {
  begin: () => undefined,
  bytes: (count) => new Uint8Array(count),
  ints: (count) => new Int32Array(count),
  floats: (count) => new Float32Array(count),
  cells: cellsOf,

  grey: (data) => toGrey({ width: data.length / 3, height: 1, channels: 3, data }).data,

  sumLines({ width, data }, rows, columns) {
    const lines = new Float32Array(rows.from.length * columns.seen);
    for (let y = 0, line = 0; y < rows.from.length; y += 1, line += columns.seen) {
      let from = (rows.first + rows.from[y]!) * width + columns.first;
      for (let i = rows.start[y]!; i < rows.start[y + 1]!; i += 1, from += width) {
        const share = rows.share[i]!;
        for (let x = 0; x < columns.seen; x += 1)
          lines[line + x]! += fround(data[from + x]! * share);
      }
    }
    return lines;
  },

  sumColumns(lines, rows, columns) {
    const [width, height] = [columns.from.length, rows.from.length];
    const data = new Float32Array(width * height);
    for (let y = 0, to = 0, line = 0; y < height; y += 1, line += columns.seen) {
      for (let x = 0; x < width; x += 1, to += 1) {
        let sum = 0;
        let from = line + columns.from[x]!;
        for (let i = columns.start[x]!; i < columns.start[x + 1]!; i += 1, from += 1) {
          sum = fround(sum + fround(lines[from]! * columns.share[i]!));
        }
        data[to] = sum;
      }
    }
    return { width, height, data };
  },

  blur({ width, height, data }) {
    const across = new Float32Array(data.length);
    for (let y = 0, at = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1, at += 1) {
        const left = data[x > 0 ? at - 1 : at]!;
        const right = data[x < width - 1 ? at + 1 : at]!;
        across[at] = smoothed(left, data[at]!, right);
      }
    }
    for (let y = 0, at = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1, at += 1) {
        const above = across[y > 0 ? at - width : at]!;
        const below = across[y < height - 1 ? at + width : at]!;
        data[at] = smoothed(above, across[at]!, below);
      }
    }
  },

  slide({ width, height, data }, reach, extreme) {
    const isMaximum = extreme === 'maximum';
    for (let y = 0; y < height; y += 1) slideLine(data, y * width, 1, width, reach, isMaximum);
    for (let x = 0; x < width; x += 1) slideLine(data, x, width, height, reach, isMaximum);
  },

  standOut(paper, level, isDark) {
    const sign = isDark ? 1 : -1;
    for (let at = 0; at < paper.data.length; at += 1) {
      const apart = fround(paper.data[at]! - level.data[at]!) * sign;
      paper.data[at] = apart < 0 ? 0 : apart;
    }
  },

  takeLight,

  largest(values, least) {
    let most = least;
    for (let at = 0; at < values.length; at += 1) if (values[at]! > most) most = values[at]!;
    return most;
  },

  countLevels(values, scale) {
    const counts = new Int32Array(256);
    for (let at = 0; at < values.length; at += 1) {
      counts[Math.min(255, Math.floor(values[at]! * scale))]! += 1;
    }
    return counts;
  },

  ...plainRuns,
  valueAtRank,
};

function smoothed(before: number, at: number, after: number): number {
  return fround(fround(before + after) + 2 * at) / 4;
}

/** Windows twice as wide each time, so that a wide one costs little more than a narrow one. */
function slideLine(
  line: Float32Array,
  start: number,
  step: number,
  length: number,
  reach: number,
  isMaximum: boolean,
): void {
  const window = 2 * reach + 1;
  const room = new Float32Array(length + 2 * reach).fill(isMaximum ? -Infinity : Infinity);
  for (let i = 0; i < length; i += 1) room[reach + i] = line[start + i * step]!;
  let width = 1;
  for (; 2 * width <= window; width *= 2) widen(width);
  if (window > width) widen(window - width);
  for (let i = 0; i < length; i += 1) line[start + i * step] = room[i]!;

  function widen(shift: number): void {
    for (let i = 0; i + shift < room.length; i += 1) {
      const [one, other] = [room[i]!, room[i + shift]!];
      if (isMaximum ? one < other : other < one) room[i] = other;
    }
  }
}
