import { BINS } from '../otsu.ts';
import type { Plane, PlaneLoops } from '../plane-loops.ts';

/**
 * How much darker (or lighter) than the paper around it every pixel is, 0 on paper. The paper is what bridging the strokes leaves: a
 * grey closing for dark ink, an opening for light ink, of the plane itself, so that a step of light stays in the paper to the
 * pixel and is no ink. What lies at the border goes on beyond it, so neither is a bar or a frame. What noise adds to an extreme
 * is taken off.
 */
export function sheetSignal(
  loops: PlaneLoops,
  level: Plane,
  isDark: boolean,
  bridge: number,
): Plane {
  const reach = Math.floor(bridge * Math.max(level.width, level.height));
  const paper = bridged(loops, level, isDark, reach);
  loops.standOut(paper, level, isDark);
  takeMiddle(loops, paper);
  return paper;
}

/** A plane without its dark (or light) strokes. */
export function bridged(loops: PlaneLoops, level: Plane, isDark: boolean, reach: number): Plane {
  const { width, height } = level;
  const wide = widened(loops, level, reach);
  loops.slide(wide, reach, isDark ? 'maximum' : 'minimum');
  loops.slide(wide, reach, isDark ? 'minimum' : 'maximum');
  const bare = { width, height, data: loops.floats(width * height) };
  for (let y = 0; y < height; y += 1) {
    const from = (y + reach) * wide.width + reach;
    bare.data.set(wide.data.subarray(from, from + width), y * width);
  }
  return bare;
}

/** A plane whose border goes on so far on all sides. */
function widened(loops: PlaneLoops, { width, height, data }: Plane, reach: number): Plane {
  const across = width + 2 * reach;
  const down = height + 2 * reach;
  const wide = loops.floats(across * down);
  for (let y = 0; y < height; y += 1) {
    const to = (y + reach) * across;
    wide.set(data.subarray(y * width, (y + 1) * width), to + reach);
    wide.fill(data[y * width]!, to, to + reach);
    wide.fill(data[(y + 1) * width - 1]!, to + reach + width, to + across);
  }
  for (let y = 0; y < reach; y += 1) {
    wide.copyWithin(y * across, reach * across, (reach + 1) * across);
    wide.copyWithin(
      (y + reach + height) * across,
      (reach + height - 1) * across,
      (reach + height) * across,
    );
  }
  return { width: across, height: down, data: wide };
}

/** More than half of a page is paper: its middle value is what noise makes of nothing. */
function takeMiddle(loops: PlaneLoops, signal: Plane): void {
  const { width, height, data } = signal;
  const top = loops.largest(data, 1);
  const counts = loops.countLevels(data, BINS / top);
  let bin = 0;
  let seen = counts[0]!;
  while (seen < data.length >> 1) seen += counts[(bin += 1)]!;
  if (bin === 0) return;
  const middle = loops.floats(data.length).fill((bin * top) / BINS);
  loops.standOut(signal, { width, height, data: middle }, true);
}
