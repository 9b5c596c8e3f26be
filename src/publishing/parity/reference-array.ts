import { errors } from '../../errors.ts';
import { parseNpyHeader } from '../../datasets/formats/numpy/npy-header.ts';
import { numbersIn } from '../../datasets/formats/numpy/npy-values.ts';
import type { Layout } from '../../image/prepare-pixels.ts';
import { sizeOf } from '../../tensor.ts';

/** The numbers of one .npy file. */
export interface ReferenceArray {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
  /** Whole numbers of one byte, which no mean has been subtracted from. */
  readonly isBytes: boolean;
}

/** What a trainer's code gave its model for one image: values in the order of rows, columns, channels. */
export interface PixelTensor {
  readonly width: number;
  readonly height: number;
  readonly channels: InputForm['channels'];
  readonly values: Float32Array;
  readonly isBytes: boolean;
}

/** What is known of the images a model takes, before any contract is. */
export interface InputForm {
  readonly layout: Layout;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly channels: 1 | 3 | 4;
}

/** One whose contract can be searched for. */
export interface SearchedForm extends InputForm {
  readonly channels: 1 | 3;
}

/** GLIMPSE_REFERENCE_INVALID for a file that is no array of numbers. */
export function readArray(bytes: Buffer, name: string): ReferenceArray {
  const header = parseNpyHeader(bytes, name);
  const { kind, bytes: width, shape, start, isByColumns } = header;
  if (kind === 'U' || kind === 'S') throw invalid(name, 'it holds text, no numbers');
  const end = start + sizeOf(shape) * width;
  if (bytes.length < end) throw invalid(name, 'it ends before its last value');
  const values = numbersIn(bytes.subarray(start, end), header);
  for (let at = 0; at < values.length; at += 1) {
    if (!Number.isFinite(values[at])) throw invalid(name, 'it holds numbers that are not finite');
  }
  return {
    shape,
    values: isByColumns ? byRows(values, shape) : values,
    isBytes: kind === 'u' && width === 1,
  };
}

/** The same values row after row: NumPy keeps an array that was transposed column after column. */
function byRows(values: ArrayLike<number>, shape: readonly number[]): Float32Array {
  const rows = new Float32Array(values.length);
  const position = shape.map(() => 0);
  for (let to = 0; to < rows.length; to += 1) {
    let from = 0;
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      from = from * shape[axis]! + position[axis]!;
    }
    rows[to] = values[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      position[axis]! += 1;
      if (position[axis]! < shape[axis]!) break;
      position[axis] = 0;
    }
  }
  return rows;
}

const differs = (known: number | undefined, is: number): boolean =>
  known !== undefined && known !== is;

/** An array as the image a model takes, CHW or HWC, with or without a batch axis of one; undefined when it is none. */
export function asPixelTensor(array: ReferenceArray, form: InputForm): PixelTensor | undefined {
  const size = imageSizeOf(array.shape, form);
  if (!size) return undefined;
  const { width, height, channels, isPlanar } = size;
  if (differs(form.width, width) || differs(form.height, height) || form.channels !== channels) {
    return undefined;
  }
  const plane = width * height;
  const values = new Float32Array(plane * channels);
  for (let at = 0; at < values.length; at += 1) {
    const to = isPlanar ? (at % plane) * channels + Math.floor(at / plane) : at;
    values[to] = array.values[at]!;
  }
  return { width, height, channels, values, isBytes: array.isBytes };
}

type ImageSize = Pick<PixelTensor, 'width' | 'height' | 'channels'> & {
  readonly isPlanar: boolean;
};

function imageSizeOf(shape: readonly number[], form: InputForm): ImageSize | undefined {
  const axes = shape.length === 4 && shape[0] === 1 ? shape.slice(1) : shape;
  if (axes.length === 3) {
    const [first = 0, second = 0, third = 0] = axes;
    if (isChannels(first) && !(isChannels(third) && form.layout === 'NHWC')) {
      return { channels: first, height: second, width: third, isPlanar: true };
    }
    return isChannels(third)
      ? { height: first, width: second, channels: third, isPlanar: false }
      : undefined;
  }
  if (axes.length === 2 && axes[0] !== 1) {
    return { height: axes[0]!, width: axes[1]!, channels: 1, isPlanar: false };
  }
  // Flat, as a dense net takes it: with its size from elsewhere.
  const { width, height, channels } = form;
  if (width === undefined || height === undefined) return undefined;
  const count = width * height * channels;
  return axes.at(-1) === count ? { width, height, channels, isPlanar: false } : undefined;
}

function isChannels(length: number): length is 1 | 3 {
  return length === 1 || length === 3;
}

/** A reference that cannot be used. */
export function invalid(name: string, why: string): Error {
  return new errors.GLIMPSE_REFERENCE_INVALID(name, why);
}
