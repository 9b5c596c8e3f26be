import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errors } from '../../errors.ts';
import { isRecord } from '../../json.ts';
import { sizeOf } from '../../tensor.ts';
import { shown, unreadable, unsupported } from '../refusals.ts';
import type { WeightArray } from '../tensors/weight-array.ts';
import { halfToFloat } from './half.ts';

/** An array of a TF.js model, which is read from its shards when it is asked for. */
export interface StoredArray {
  readonly name: string;
  readonly array: () => WeightArray;
}

/** How many bytes a number takes, by what it is stored as. */
const widths: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  float16: 2,
  uint16: 2,
  uint8: 1,
  bool: 1,
};

/** The arrays that a manifest of weights names, from the shards beside its file. Every shard is a plain file of that folder. */
export async function readTfjsArrays(
  file: string,
  manifest: unknown,
  maxBytes: number,
): Promise<StoredArray[]> {
  if (!Array.isArray(manifest)) throw unreadable('model.json has no manifest of weights');
  const arrays: StoredArray[] = [];
  let left = maxBytes;
  for (const group of manifest as unknown[]) {
    const { paths, weights } = isRecord(group) ? group : {};
    if (!Array.isArray(paths) || !Array.isArray(weights)) {
      throw unreadable('model.json has a group of weights that is none');
    }
    const shards: Buffer[] = [];
    for (const path of paths as unknown[]) {
      const shard = await readShard(dirname(file), path, left);
      left -= shard.length;
      shards.push(shard);
    }
    arrays.push(...arraysIn(new Uint8Array(Buffer.concat(shards)), weights));
  }
  return arrays;
}

async function readShard(folder: string, path: unknown, left: number): Promise<Buffer> {
  const isPlain = typeof path === 'string' && /^[^/\\\0]+$/.test(path) && !/^\.+$/.test(path);
  if (!isPlain) throw unreadable(`the shard ${shown(path)} is no file beside model.json`);
  const found = await stat(join(folder, path)).catch(() => undefined);
  if (!found?.isFile()) throw unreadable(`the shard ${shown(path)} is not beside model.json`);
  if (found.size > left) throw new errors.GLIMPSE_MODEL_FILE_TOO_LARGE(left);
  return await readFile(join(folder, path));
}

function arraysIn(bytes: Uint8Array, specs: readonly unknown[]): StoredArray[] {
  let at = 0;
  return specs.map((spec) => {
    const { name, shape, dtype, quantization } = isRecord(spec) ? spec : {};
    if (typeof name !== 'string' || !isShape(shape)) {
      throw unreadable('model.json names weights without a shape');
    }
    const packed = isRecord(quantization) ? quantization : undefined;
    const stored = String(packed?.['dtype'] ?? dtype);
    const width = Object.hasOwn(widths, stored) ? widths[stored]! : 0;
    if (width === 0) throw unsupported(`the weights ${shown(name)} are of ${shown(stored)}`);
    const size = sizeOf(shape) * width;
    if (size > bytes.length - at) throw unreadable(`the shards end before ${shown(name)}`);
    const own = bytes.subarray(at, at + size);
    at += size;
    return { name, array: () => ({ shape, data: unpacked(own, stored, packed) }) };
  });
}

const isShape = (shape: unknown): shape is number[] =>
  Array.isArray(shape) && shape.every((length) => Number.isSafeInteger(length) && length >= 0);

/** The numbers of an array; of one that is quantised those that its whole numbers stand for. */
function unpacked(
  bytes: Uint8Array,
  stored: string,
  packed: Readonly<Record<string, unknown>> | undefined,
): Float32Array {
  const { buffer } = new Uint8Array(bytes);
  if (stored === 'float32') return new Float32Array(buffer);
  if (stored === 'float16') return Float32Array.from(new Uint16Array(buffer), halfToFloat);
  const values = wholeNumbers(buffer, stored);
  const { scale = 1, min = 0 } = packed ?? {};
  if (typeof scale !== 'number' || typeof min !== 'number') {
    throw unreadable('weights are quantised by no number');
  }
  return Float32Array.from(values, (value) => value * scale + min);
}

function wholeNumbers(buffer: ArrayBuffer, stored: string): Int32Array | Uint16Array | Uint8Array {
  if (stored === 'int32') return new Int32Array(buffer);
  return stored === 'uint16' ? new Uint16Array(buffer) : new Uint8Array(buffer);
}
