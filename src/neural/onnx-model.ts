import { endianness } from 'node:os';
import { errors, messageOf, withDetails } from '../errors.ts';
import { dataTypes, modelProto } from './onnx-schema.ts';

/** An ONNX file in memory, to be read, changed and written again: what is not looked at stays as it was. */
export interface OnnxModel {
  readonly irVersion?: number;
  readonly opsetImport: readonly { readonly domain?: string; readonly version?: number }[];
  readonly graph: OnnxGraph;
  /** Operators that the file defines itself. */
  readonly functions: readonly Uint8Array[];
}

export interface OnnxGraph {
  readonly name?: string;
  readonly node: readonly OnnxNode[];
  readonly initializer: readonly OnnxTensor[];
  readonly input: readonly OnnxPort[];
  readonly output: readonly OnnxPort[];
}

export interface OnnxNode {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name?: string;
  readonly opType: string;
  readonly domain?: string;
  readonly attribute: readonly OnnxAttribute[];
}

export interface OnnxAttribute {
  readonly name: string;
  readonly type?: number;
  readonly f?: number;
  readonly i?: number;
  readonly s?: Uint8Array;
  readonly t?: OnnxTensor;
  /** A graph within the graph. */
  readonly g?: unknown;
  readonly ints?: readonly number[];
}

export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly dataType: number;
  readonly rawData?: Uint8Array;
  readonly floatData?: readonly number[];
  readonly int32Data?: readonly number[];
  readonly int64Data?: readonly number[];
  readonly dataLocation?: number;
  readonly externalData?: readonly { readonly key: string; readonly value: string }[];
}

/** An input or an output of a graph. */
export interface OnnxPort {
  readonly name: string;
  readonly type?: unknown;
}

/** TensorProto.DataLocation: the data lie in another file. */
const isExternal = 1;

/** What an ONNX file holds. GLIMPSE_MODEL_INVALID when the bytes are no such file. */
export function decodeModel(bytes: Uint8Array): OnnxModel {
  let model: object;
  try {
    model = modelProto.toObject(modelProto.decode(bytes), { longs: Number, arrays: true });
  } catch (error) {
    const invalid = new errors.GLIMPSE_MODEL_INVALID('it is not an ONNX file.');
    throw withDetails(invalid, { reason: messageOf(error) }, error);
  }
  if (hasGraph(model)) return model;
  throw new errors.GLIMPSE_MODEL_INVALID('it is not an ONNX file.');
}

/** The bytes of an ONNX file. The same model always gives the same bytes. */
export function encodeModel(model: OnnxModel): Uint8Array {
  return modelProto.encode(modelProto.fromObject({ ...model })).finish();
}

/** The schema of onnx.proto has decoded it; a message without a graph is none that can be run. */
function hasGraph(model: object): model is OnnxModel {
  return 'graph' in model;
}

/** The same model with the data of other files in it, which `read` gives by their location. */
export async function withDataInside(
  model: OnnxModel,
  read: (location: string) => Promise<Uint8Array>,
): Promise<OnnxModel> {
  const initializer: OnnxTensor[] = [];
  for (const tensor of model.graph.initializer) {
    initializer.push(tensor.dataLocation === isExternal ? await inside(tensor, read) : tensor);
  }
  return { ...model, graph: { ...model.graph, initializer } };
}

async function inside(
  { externalData = [], name, dims, dataType }: OnnxTensor,
  read: (location: string) => Promise<Uint8Array>,
): Promise<OnnxTensor> {
  const entries = new Map(externalData.map(({ key, value }) => [key, value]));
  const bytes = await read(entries.get('location') ?? '');
  const offset = Number(entries.get('offset') ?? 0);
  const length = Number(entries.get('length') ?? bytes.length - offset);
  if (!(offset >= 0 && length >= 0 && offset + length <= bytes.length)) {
    throw new errors.GLIMPSE_MODEL_INVALID(`the data of "${name}" are not in their file.`);
  }
  return { name, dims, dataType, rawData: bytes.subarray(offset, offset + length) };
}

/** The numbers of a tensor of float32; undefined for one of another type. */
export function floatsOf(tensor: OnnxTensor): Float32Array | undefined {
  if (tensor.dataType !== dataTypes.float32) return undefined;
  const { rawData, floatData = [] } = tensor;
  if (rawData === undefined || rawData.length === 0) return Float32Array.from(floatData);
  const bytes = Buffer.from(Uint8Array.from(rawData).buffer);
  return new Float32Array(littleEndian(bytes, 4).buffer);
}

/** The numbers of a tensor of int64; undefined for one of another type. */
export function integersOf(tensor: OnnxTensor): number[] | undefined {
  if (tensor.dataType !== dataTypes.int64) return undefined;
  const { rawData, int64Data = [] } = tensor;
  if (rawData === undefined || rawData.length === 0) return [...int64Data];
  const bytes = Buffer.from(rawData);
  return Array.from({ length: bytes.length / 8 }, (_, at) => Number(bytes.readBigInt64LE(at * 8)));
}

type Numbers = Float32Array | Int32Array | Int8Array | Uint8Array | BigInt64Array;

/** A tensor to be written into a file. */
export function tensorOf(name: string, numbers: Numbers, dims: readonly number[]): OnnxTensor {
  const bytes = Buffer.from(numbers.slice().buffer);
  const dataType = typeOf(numbers);
  return { name, dims, dataType, rawData: littleEndian(bytes, numbers.BYTES_PER_ELEMENT) };
}

function typeOf(numbers: Numbers): number {
  if (numbers instanceof Float32Array) return dataTypes.float32;
  if (numbers instanceof Int32Array) return dataTypes.int32;
  if (numbers instanceof Int8Array) return dataTypes.int8;
  return numbers instanceof Uint8Array ? dataTypes.uint8 : dataTypes.int64;
}

/** The bytes of numbers of that size, turned around where this machine has them the other way. */
function littleEndian(bytes: Buffer<ArrayBuffer>, size: number): Buffer<ArrayBuffer> {
  if (endianness() === 'LE' || size === 1) return bytes;
  if (size === 4) bytes.swap32();
  else bytes.swap64();
  return bytes;
}
