import { encodePng } from '../../image/encode-png.ts';
import { toColour, type Raster } from '../../image/raster.ts';
import { resizeRaster } from '../../image/resize.ts';
import { exampleAt, type Dataset } from '../dataset.ts';
import { fill, writeLine, type Canvas, type Colour } from './lettering.ts';

/** Most classes and images of each that are drawn: the sheet is at most 742x1410, some two megabytes at most. */
const MAX_CLASSES = 20;
const MAX_IMAGES = 8;
const CELL = 64;
const GAP = 5;
const NAMES = 180;
const SCALE = 2;
const LINE = 20;

/** None of the colours that blank images have. */
const PAPER: Colour = [220, 225, 233];
const INK: Colour = [20, 20, 20];
const FAINT: Colour = [100, 105, 115];
const MARK: Colour = [220, 30, 30];

/** What the sheet marks. */
export interface Marks {
  /** Examples far from those of their class, which are shown at the end of its row with a frame. */
  readonly outliers: readonly number[];
}

/**
 * A PNG with a row for each class: its name, how many examples it has, and some of them as a model would get them, evenly
 * among all. It shows what was understood: a wrong range or layout is seen at once.
 */
export async function drawContactSheet(
  dataset: Dataset,
  counts: readonly number[],
  { outliers }: Marks,
): Promise<Buffer> {
  const { classes } = dataset;
  const shown = classes.slice(0, MAX_CLASSES);
  const rest = classes.length - shown.length;
  const canvas = blank(
    NAMES + MAX_IMAGES * (CELL + GAP) + 2 * GAP,
    Math.max(1, shown.length) * (CELL + GAP) + 2 * GAP + (rest > 0 ? LINE : 0),
  );
  for (const [row, name] of shown.entries()) {
    const top = GAP + row * (CELL + GAP);
    const line = { left: 2 * GAP, right: NAMES - GAP, scale: SCALE };
    writeLine(canvas, name, { ...line, top: top + 12, colour: INK });
    writeLine(canvas, String(counts[row]), { ...line, top: top + 12 + LINE, colour: FAINT });
    const members = indicesOf(dataset, row);
    const far = outliers.find((index) => dataset.labels[index] === row);
    for (const [column, index] of chosen(members, far).entries()) {
      const x = NAMES + column * (CELL + GAP);
      if (index === far) frame(canvas, x, top);
      await paint(canvas, imageAt(dataset, index), { x, y: top });
    }
  }
  if (rest > 0) {
    const top = canvas.height - LINE;
    const words = `and ${rest} more classes`;
    writeLine(canvas, words, {
      left: 2 * GAP,
      top,
      right: canvas.width,
      scale: SCALE,
      colour: FAINT,
    });
  }
  return encodePng(canvas.data, { width: canvas.width, height: canvas.height, channels: 3 });
}

/** A PNG with these examples as a model would get them, so many in a row, each in a square cell of that size; nothing else is on it. */
export async function drawExamples(
  dataset: Dataset,
  indices: readonly number[],
  columns: number,
): Promise<{ readonly png: Buffer; readonly cell: number }> {
  const canvas = blank(columns * CELL, Math.ceil(indices.length / columns) * CELL);
  for (const [at, index] of indices.entries()) {
    const place = { x: (at % columns) * CELL, y: Math.floor(at / columns) * CELL };
    await paint(canvas, imageAt(dataset, index), place);
  }
  const { width, height } = canvas;
  return { png: await encodePng(canvas.data, { width, height, channels: 3 }), cell: CELL };
}

function blank(width: number, height: number): Canvas {
  const canvas = { width, height, data: new Uint8Array(width * height * 3) };
  fill(canvas, { x: 0, y: 0, width, height }, PAPER);
  return canvas;
}

function indicesOf({ labels }: Dataset, label: number): number[] {
  const indices: number[] = [];
  labels.forEach((one, index) => {
    if (one === label) indices.push(index);
  });
  return indices;
}

/** Some of them, evenly among all, and the one that stands out at the end. */
function chosen(members: readonly number[], far: number | undefined): number[] {
  const others = members.filter((index) => index !== far);
  const room = far === undefined ? MAX_IMAGES : MAX_IMAGES - 1;
  const count = Math.min(room, others.length);
  const even = Array.from(
    { length: count },
    (_, at) => others[Math.floor((at * others.length) / count)]!,
  );
  return far === undefined ? even : [...even, far];
}

function imageAt(dataset: Dataset, index: number): Raster {
  return { ...dataset.shape, data: exampleAt(dataset, index) };
}

function frame(canvas: Canvas, x: number, y: number): void {
  const width = 3;
  const [left, top, side] = [x - width, y - width, CELL + 2 * width];
  fill(canvas, { x: left, y: top, width: side, height: side }, MARK);
  fill(canvas, { x, y, width: CELL, height: CELL }, PAPER);
}

/** Draws an image into a cell: small ones enlarged by a whole factor, so that their pixels are seen. */
async function paint(
  canvas: Canvas,
  image: Raster,
  { x, y }: { readonly x: number; readonly y: number },
): Promise<void> {
  const longest = Math.max(image.width, image.height);
  const small =
    longest <= CELL
      ? image
      : await resizeRaster(image, () => ({ width: CELL, height: CELL, fit: 'inside' }));
  const { width, height, data } = toColour(small);
  const factor = Math.max(1, Math.floor(CELL / Math.max(width, height)));
  const [left, top] = [(CELL - width * factor) >> 1, (CELL - height * factor) >> 1];
  for (let row = 0; row < height * factor; row += 1) {
    for (let column = 0; column < width * factor; column += 1) {
      const from = (Math.floor(row / factor) * width + Math.floor(column / factor)) * 3;
      const to = ((y + top + row) * canvas.width + x + left + column) * 3;
      canvas.data.set(data.subarray(from, from + 3), to);
    }
  }
}
