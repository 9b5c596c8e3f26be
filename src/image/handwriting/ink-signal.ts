import { blur, resample, type Box, type Plane } from './plane.ts';

/**
 * How much darker (or lighter) than the paper around it every pixel is; 0 on paper. What shadows leave of
 * the paper's level after the smooth light was taken off is found by bridging strokes: a grey closing for
 * dark ink, an opening for light ink, at half the size, because paper has no detail. `bridge` is half the
 * window, as a part of the longer side: what is thinner is ink, what is wider is another paper.
 */
export function inkSignal(level: Plane, isDark: boolean, bridge: number): Plane {
  const { width, height } = level;
  const sign = isDark ? 1 : -1;
  const half = resample(level, frameOf(level), Math.ceil(width / 2), Math.ceil(height / 2));
  if (!isDark) negate(half.data);
  const reach = Math.floor((bridge * Math.max(width, height)) / 2);
  slideMaximum(half.data, half.width, half.height, reach);
  negate(half.data);
  slideMaximum(half.data, half.width, half.height, reach);
  negate(half.data);
  const paper = resample(blur(half, 1), frameOf(half), width, height);
  for (let at = 0; at < paper.data.length; at += 1) {
    paper.data[at] = Math.max(0, paper.data[at]! - sign * level.data[at]!);
  }
  return paper;
}

function frameOf({ width, height }: Plane): Box {
  return { left: 0, top: 0, right: width, bottom: height };
}

function negate(data: Float32Array): void {
  for (let i = 0; i < data.length; i += 1) data[i] = -data[i]!;
}

/** Every pixel becomes the maximum of the square within `reach`, in place: rows first, then columns. */
function slideMaximum(data: Float32Array, width: number, height: number, reach: number): void {
  const window = 2 * reach + 1;
  const room = Math.ceil((Math.max(width, height) + 2 * reach) / window) * window;
  const [forward, backward] = [new Float32Array(room), new Float32Array(room)];
  for (let y = 0; y < height; y += 1) slideLine(data, y * width, 1, width);
  for (let x = 0; x < width; x += 1) slideLine(data, x, width, height);

  /**
   * Van Herk's and Gil and Werman's way: running maxima of blocks as long as the window, from both sides;
   * any window is the end of one block and the start of the next, so its size costs nothing.
   */
  function slideLine(line: Float32Array, start: number, step: number, length: number): void {
    forward.fill(-Infinity);
    for (let i = 0; i < length; i += 1) forward[i + reach] = line[start + i * step]!;
    backward.set(forward);
    for (let block = 0; block < room; block += window) {
      for (let i = block + 1; i < block + window; i += 1) {
        if (forward[i - 1]! > forward[i]!) forward[i] = forward[i - 1]!;
      }
      for (let i = block + window - 2; i >= block; i -= 1) {
        if (backward[i + 1]! > backward[i]!) backward[i] = backward[i + 1]!;
      }
    }
    for (let i = 0; i < length; i += 1) {
      const [left, right] = [backward[i]!, forward[i + window - 1]!];
      line[start + i * step] = left > right ? left : right;
    }
  }
}
