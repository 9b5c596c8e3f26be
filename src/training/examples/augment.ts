import type { Random } from '../../random.ts';
import type { AugmentationAmounts } from './augmentation-spec.ts';
import type { ImageShape } from '../../datasets/dataset.ts';

/**
 * Writes one varied copy of an example (uint8 HWC) into `out`, as 0..255 with fractions: turned,
 * sheared, zoomed, shifted and smoothly warped in one bilinear reading, then with thicker or thinner
 * strokes. All chance comes from `random`, in a fixed order.
 */
export type Augment = (source: Uint8Array, random: Random, out: Float32Array) => void;

/** Control points of the warp along one side: three spans of a uniform cubic B-spline. */
const CONTROL = 6;
const SPANS = 3;

/** An augmenter for images of one shape; it reuses its memory, so one is used by one thread. */
export function createAugment(amounts: AugmentationAmounts, shape: ImageShape): Augment {
  const { width, height, channels } = shape;
  const warped = new Float32Array(width * height * channels);
  const field = createField(amounts.elastic, width, height);
  const read = createReader(shape, amounts.border);
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  return (source, random, out) => {
    const map = drawMap(amounts, random);
    field.draw(random);
    const thickness = random.symmetric(amounts.thickness);
    const target = thickness === 0 ? out : warped;
    for (let y = 0, to = 0; y < height; y += 1) {
      const v = (y - cy) * map.zoomY;
      field.startRow(y);
      for (let x = 0; x < width; x += 1, to += channels) {
        const u = (x - cx) * map.zoomX + map.shear * v;
        field.at(x);
        const fromX = map.cos * u - map.sin * v + map.shiftX + field.dx + cx;
        const fromY = map.sin * u + map.cos * v + map.shiftY + field.dy + cy;
        read(source, fromX, fromY, target, to);
      }
    }
    if (thickness !== 0) thicken(warped, thickness, shape, out);
  };
}

/** One random affine map from positions in the result to positions in the source, about the centre. */
function drawMap(amounts: AugmentationAmounts, random: Random) {
  const theta = random.symmetric((amounts.rotation * Math.PI) / 180);
  const largest = Math.log(1 + amounts.zoom);
  return {
    cos: Math.cos(theta),
    sin: Math.sin(theta),
    shear: random.symmetric(amounts.shear),
    zoomX: Math.exp(-random.symmetric(largest)),
    zoomY: Math.exp(-random.symmetric(largest)),
    shiftX: random.symmetric(amounts.shift),
    shiftY: random.symmetric(amounts.shift),
  };
}

/** A smooth random displacement D = B C B^T in x and y, read row by row without making the field. */
function createField(deviation: number, width: number, height: number) {
  const [columns, rows] = [splineBasis(width), splineBasis(height)];
  const controls = [0, 1].map(() => new Float64Array(CONTROL * CONTROL));
  const rowControls = [0, 1].map(() => new Float64Array(CONTROL));
  const [rowX, rowY] = [rowControls[0]!, rowControls[1]!];
  const field = {
    /** The displacement at the position of the last call of `at`. */
    dx: 0,
    dy: 0,
    draw(random: Random) {
      if (deviation === 0) return;
      for (const control of controls) {
        for (let i = 0; i < control.length; i += 1) control[i] = random.normal() * deviation;
      }
    },
    startRow(y: number) {
      if (deviation === 0) return;
      const first = rows.first[y]! * CONTROL;
      for (const [axis, control] of controls.entries()) {
        const row = rowControls[axis]!;
        for (let column = 0; column < CONTROL; column += 1) {
          let sum = 0;
          for (let i = 0; i < 4; i += 1) {
            sum += rows.weights[y * 4 + i]! * control[first + i * CONTROL + column]!;
          }
          row[column] = sum;
        }
      }
    },
    at(x: number) {
      if (deviation === 0) return;
      const first = columns.first[x]!;
      let dx = 0;
      let dy = 0;
      for (let i = 0; i < 4; i += 1) {
        const weight = columns.weights[x * 4 + i]!;
        dx += weight * rowX[first + i]!;
        dy += weight * rowY[first + i]!;
      }
      field.dx = dx;
      field.dy = dy;
    },
  };
  return field;
}

/** Of every position along a side: the first of its four control points, and their weights. */
function splineBasis(length: number) {
  const first = new Uint8Array(length);
  const weights = new Float64Array(length * 4);
  for (let position = 0; position < length; position += 1) {
    const t = (position / Math.max(1, length - 1)) * SPANS;
    const span = Math.min(Math.floor(t), SPANS - 1);
    const f = t - span;
    first[position] = span;
    weights[position * 4] = (1 - f) ** 3 / 6;
    weights[position * 4 + 1] = (3 * f ** 3 - 6 * f ** 2 + 4) / 6;
    weights[position * 4 + 2] = (-3 * f ** 3 + 3 * f ** 2 + 3 * f + 1) / 6;
    weights[position * 4 + 3] = f ** 3 / 6;
  }
  return { first, weights };
}

/** Bilinear reading of all channels at a position between pixels. */
function createReader({ width, height, channels }: ImageShape, border: 'black' | 'edge') {
  const stride = width * channels;
  const isEdge = border === 'edge';
  return (source: Uint8Array, atX: number, atY: number, out: Float32Array, to: number): void => {
    const x = isEdge ? clamp(atX, width - 1) : atX;
    const y = isEdge ? clamp(atY, height - 1) : atY;
    const left = Math.floor(x);
    const top = Math.floor(y);
    const right = left + 1;
    const bottom = top + 1;
    const fx = x - left;
    const fy = y - top;
    const from = top * stride + left * channels;
    for (let channel = 0; channel < channels; channel += 1) {
      const at = from + channel;
      let sum = 0;
      if (top >= 0 && top < height) {
        if (left >= 0 && left < width) sum += (1 - fy) * (1 - fx) * source[at]!;
        if (right >= 0 && right < width) sum += (1 - fy) * fx * source[at + channels]!;
      }
      if (bottom >= 0 && bottom < height) {
        if (left >= 0 && left < width) sum += fy * (1 - fx) * source[at + stride]!;
        if (right >= 0 && right < width) sum += fy * fx * source[at + stride + channels]!;
      }
      out[to + channel] = sum;
    }
  };
}

function clamp(value: number, limit: number): number {
  return Math.min(Math.max(value, 0), limit);
}

/** Moves every pixel towards the largest (amount > 0) or smallest value of the cross around it. */
function thicken(source: Float32Array, amount: number, shape: ImageShape, out: Float32Array): void {
  const { width, height, channels } = shape;
  const stride = width * channels;
  const pick = amount > 0 ? Math.max : Math.min;
  const share = Math.abs(amount);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < stride; x += 1, at += 1) {
      const centre = source[at]!;
      let extreme = centre;
      if (x >= channels) extreme = pick(extreme, source[at - channels]!);
      if (x < stride - channels) extreme = pick(extreme, source[at + channels]!);
      if (y > 0) extreme = pick(extreme, source[at - stride]!);
      if (y < height - 1) extreme = pick(extreme, source[at + stride]!);
      out[at] = centre + share * (extreme - centre);
    }
  }
}
