import ort from 'onnxruntime-node';
import type { ElementType } from './element-types.ts';
import { fromHalfFloats, toHalfFloats } from './half-floats.ts';

/**
 * The numbers of a model at the door of ONNX Runtime. Everything before and behind it has float32; a model that takes
 * or gives another type gets its numbers converted here and nowhere else.
 */

/** A batch as the model takes it. */
export function inputTensor(
  type: ElementType,
  data: Float32Array,
  shape: readonly number[],
): ort.Tensor {
  switch (type) {
    case 'float32':
      return new ort.Tensor('float32', data, shape);
    case 'float16':
      return halfTensor(toHalfFloats(data), shape);
    case 'uint8':
      break;
  }
  return new ort.Tensor('uint8', toLevels(data), shape);
}

/**
 * A tensor of halves by their bits. Where Node has a type for halves the constructor would put them into it, which the
 * binding takes for no numbers at all.
 */
function halfTensor(halves: Uint16Array, shape: readonly number[]): ort.Tensor {
  return Object.assign(new ort.Tensor('uint16', halves, shape), { type: 'float16' } as const);
}

/** The numbers of an output; undefined where they are of a type that scores are not read from. */
export function outputNumbers({ type, data }: ort.Tensor): Float32Array | undefined {
  if (data instanceof Float32Array) return data;
  if (type !== 'float16' || !ArrayBuffer.isView(data)) return undefined;
  // Where Node has a type for halves these are such; their bits are the same.
  return fromHalfFloats(new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2));
}

/** The nearest of the whole numbers from 0 to 255; of two as near the even one. */
function toLevels(data: Float32Array): Uint8Array {
  return new Uint8Array(new Uint8ClampedArray(data).buffer);
}
