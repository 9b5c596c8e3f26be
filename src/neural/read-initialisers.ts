import { endianness } from 'node:os';
import { isRecord } from '../json.ts';
import { dataTypes, modelProto } from './onnx-schema.ts';

/** A tensor that a graph of ours holds. */
export interface Initialiser {
  readonly shape: readonly number[];
  /** Undefined where its numbers are of another type than float32. */
  readonly floats: Float32Array | undefined;
}

/** The tensors of a graph in the order in which it holds them. Throws where the bytes are no ONNX model. */
export function readInitialisers(model: Uint8Array): Initialiser[] {
  const read: unknown = modelProto.toObject(modelProto.decode(model), { longs: Number });
  const graph = isRecord(read) ? read['graph'] : undefined;
  const tensors = isRecord(graph) ? graph['initializer'] : undefined;
  return (Array.isArray(tensors) ? tensors : []).filter(isRecord).map(initialiserOf);
}

function initialiserOf({
  dims,
  dataType,
  rawData,
}: Readonly<Record<string, unknown>>): Initialiser {
  const shape = Array.isArray(dims) ? dims.map(Number) : [];
  const isFloat = dataType === dataTypes.float32 && rawData instanceof Uint8Array;
  return { shape, floats: isFloat ? floatsOf(rawData) : undefined };
}

/** A copy, because the bytes lie anywhere in those of the model and floats may not. */
function floatsOf(bytes: Uint8Array): Float32Array {
  const copy = Buffer.from(new ArrayBuffer(bytes.length));
  copy.set(bytes);
  if (endianness() === 'BE') copy.swap32();
  return new Float32Array(copy.buffer, 0, Math.floor(bytes.length / 4));
}
