import { exampleAt, type Dataset } from '../dataset.ts';

/** Small grey pictures of some examples, to be compared. */
export interface Thumbnails {
  /** How alike one is to any other, -1 to 1: the best correlation of their middles at shifts by up to a cell. */
  comparedWith(one: number): (other: number) => number;
}

const SIDE = 16;
const MIDDLE = SIDE - 2;
const SIZE = MIDDLE * MIDDLE;
const SHIFTS = [0, -1, 1];

/** Those of these examples, by their position among them. */
export function createThumbnails(dataset: Dataset, indices: readonly number[]): Thumbnails {
  const small = indices.map((index) => shrink(exampleAt(dataset, index), dataset));
  const middles = small.map((picture) => middleOf(picture, 0, 0));
  return {
    comparedWith(one) {
      const shifted = SHIFTS.flatMap((down) =>
        SHIFTS.map((right) => middleOf(small[one]!, down, right)),
      );
      return (other) => {
        let best = -1;
        for (const middle of shifted) best = Math.max(best, dot(middle, middles[other]!));
        return best;
      };
    },
  };
}

/** Each cell is the mean of its part of the image, over all channels. */
function shrink(pixels: Uint8Array, { shape: { width, height, channels } }: Dataset): Float32Array {
  const small = new Float32Array(SIDE * SIDE);
  for (let row = 0; row < SIDE; row += 1) {
    const [top, bottom] = span(row, height);
    for (let column = 0; column < SIDE; column += 1) {
      const [left, right] = span(column, width);
      let sum = 0;
      for (let y = top; y < bottom; y += 1) {
        for (let at = (y * width + left) * channels; at < (y * width + right) * channels; at += 1) {
          sum += pixels[at]!;
        }
      }
      small[row * SIDE + column] = sum / ((bottom - top) * (right - left) * channels);
    }
  }
  return small;
}

function span(cell: number, length: number): [number, number] {
  return [Math.floor((cell * length) / SIDE), Math.ceil(((cell + 1) * length) / SIDE)];
}

/** The middle of a picture that was shifted, with mean 0 and length 1; of one level: nothing. */
function middleOf(small: Float32Array, down: number, right: number): Float32Array {
  const middle = new Float32Array(SIZE);
  let sum = 0;
  for (let y = 0; y < MIDDLE; y += 1) {
    for (let x = 0; x < MIDDLE; x += 1) {
      const value = small[(y + 1 + down) * SIDE + x + 1 + right]!;
      middle[y * MIDDLE + x] = value;
      sum += value;
    }
  }
  const mean = sum / SIZE;
  let squares = 0;
  for (let at = 0; at < SIZE; at += 1) {
    middle[at]! -= mean;
    squares += middle[at]! ** 2;
  }
  // Two grey levels of spread are noise.
  const scale = squares < SIZE * 4 ? 0 : 1 / Math.sqrt(squares);
  for (let at = 0; at < SIZE; at += 1) middle[at]! *= scale;
  return middle;
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < SIZE; at += 1) sum += a[at]! * b[at]!;
  return sum;
}
