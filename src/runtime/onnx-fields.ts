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
}

const decoder = new TextDecoder();

/** The text of a field. */
export function textOf({ value }: Field): string {
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
  while (at < bytes.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        yield { number, value: varint() };
        break;
      case 1:
        yield { number, value: skip(8) };
        break;
      case 2:
        yield { number, value: skip(varint()) };
        break;
      case 5:
        yield { number, value: skip(4) };
        break;
      default:
        throw invalidOnnx();
    }
  }
}

/** The error for bytes that are no ONNX file. */
export function invalidOnnx(): Error {
  return new errors.GLIMPSE_MODEL_INVALID('it is not an ONNX file.');
}
