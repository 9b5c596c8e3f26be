import { errors } from '../errors.ts';

/**
 * Reads the messages of an ONNX file field by field (https://protobuf.dev/programming-guides/encoding), so that whoever
 * looks for little in a large file decodes only that.
 */
/** One field of a protobuf message. */
export interface Field {
  readonly number: number;
  /** A number for the wire types of one, and bytes for texts, messages and packed lists. */
  readonly value: number | Uint8Array;
  /** The field as it is written, with its number. */
  readonly bytes: Uint8Array;
}

const decoder = new TextDecoder();

/** The text of a field. */
export function textOf({ value }: Pick<Field, 'value'>): string {
  return typeof value === 'number' ? '' : decoder.decode(value);
}

/** The fields of one protobuf message, in order. GLIMPSE_MODEL_INVALID when the bytes are none. */
export function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at];
      if (byte === undefined || factor > 2 ** 63) throw invalidOnnx();
      at += 1;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  const skip = (size: number): Uint8Array => {
    if (size > bytes.length - at) throw invalidOnnx();
    at += size;
    return bytes.subarray(at - size, at);
  };
  const valueOf = (wireType: number): Field['value'] => {
    switch (wireType) {
      case 0:
        return varint();
      case 1:
        return skip(8);
      case 2:
        return skip(varint());
      case 5:
        return skip(4);
      default:
        throw invalidOnnx();
    }
  };
  while (at < bytes.length) {
    const start = at;
    const tag = varint();
    const value = valueOf(tag % 8);
    yield { number: Math.floor(tag / 8), value, bytes: bytes.subarray(start, at) };
  }
}

/** The error for bytes that are no ONNX file. */
export function invalidOnnx(): Error {
  return new errors.GLIMPSE_MODEL_INVALID('it is not an ONNX file.');
}
