import { otsu } from './otsu.ts';
import { blur, type Plane } from './plane.ts';

/** How wide the outer ring is that tells the background, as a part of the longer side. */
const RING = 0.04;
/** Half the window that bridges strokes, as a part of the longer side: strokes are thinner than it. */
const BRIDGE = 0.11;

/** Whether the ink is darker than its paper: the border ring lies on the paper's side of the threshold. */
export function isInkDark(plane: Plane): boolean {
  return ringMedian(plane) > otsu(plane.data, 255).threshold;
}

/**
 * How much every pixel differs from the paper around it, on the ink's side: 0 on paper, however unevenly
 * lit. The paper's level is a grey closing, which bridges strokes and follows shadows.
 */
export function inkSignal(plane: Plane, inkIsDark: boolean): Plane {
  const { width, height } = plane;
  const dark = inkIsDark ? plane.data : plane.data.map((value) => 255 - value);
  const reach = Math.floor(BRIDGE * Math.max(width, height));
  const bridged = slidingMinimum(slidingMaximum({ width, height, data: dark }, reach), reach);
  const paper = blur(bridged, 4).data;
  return { width, height, data: paper.map((level, i) => Math.max(0, level - dark[i]!)) };
}

function ringMedian({ width, height, data }: Plane): number {
  const ring = Math.max(1, Math.round(RING * Math.max(width, height)));
  const values: number[] = [];
  for (let y = 0; y < height; y += 1) {
    const isEdgeRow = y < ring || y >= height - ring;
    for (let x = 0; x < width; x += 1) {
      if (isEdgeRow || x < ring || x >= width - ring) values.push(data[y * width + x]!);
    }
  }
  return Float32Array.from(values).sort()[values.length >> 1]!;
}

function slidingMaximum(plane: Plane, reach: number): Plane {
  const { width, height } = plane;
  const data = Float32Array.from(plane.data);
  for (let y = 0; y < height; y += 1) slideMaximum(data, y * width, 1, width, reach);
  for (let x = 0; x < width; x += 1) slideMaximum(data, x, width, height, reach);
  return { width, height, data };
}

function slidingMinimum(plane: Plane, reach: number): Plane {
  const { width, height } = plane;
  const negated = { width, height, data: plane.data.map((value) => -value) };
  return { width, height, data: slidingMaximum(negated, reach).data.map((value) => -value) };
}

/**
 * The maximum within `reach` of every item of one line, in place. Van Herk's and Gil and Werman's way:
 * running maxima of blocks from both sides, so the cost does not grow with the window.
 */
function slideMaximum(
  data: Float32Array,
  start: number,
  step: number,
  length: number,
  reach: number,
): void {
  const window = 2 * reach + 1;
  const padded = new Float32Array(Math.ceil((length + 2 * reach) / window) * window).fill(
    -Infinity,
  );
  for (let i = 0; i < length; i += 1) padded[i + reach] = data[start + i * step]!;
  const forward = Float32Array.from(padded);
  const backward = Float32Array.from(padded);
  for (let i = 1; i < padded.length; i += 1) {
    if (i % window !== 0) forward[i] = Math.max(forward[i]!, forward[i - 1]!);
    const j = padded.length - 1 - i;
    if ((j + 1) % window !== 0) backward[j] = Math.max(backward[j]!, backward[j + 1]!);
  }
  for (let i = 0; i < length; i += 1) {
    data[start + i * step] = Math.max(backward[i]!, forward[i + window - 1]!);
  }
}
