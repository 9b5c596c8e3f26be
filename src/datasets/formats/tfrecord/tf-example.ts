/** What one feature of an example holds: some texts of bytes, or some numbers. */
export type Feature =
  | { readonly kind: 'bytes'; readonly values: readonly Buffer[] }
  | { readonly kind: 'numbers'; readonly values: readonly number[] };

/**
 * The features of a `tf.train.Example`, by their names; throws when the bytes are none. Four small messages are read by hand:
 * protobufjs has its home in `neural`, which this room may not import, and every length is checked against its bytes.
 */
export function parseExample(bytes: Buffer): Map<string, Feature> {
  const features = new Map<string, Feature>();
  for (const example of fieldsOf(bytes)) {
    if (example.field !== 1) continue;
    for (const { field, value } of fieldsOf(bytesOf(example.value))) {
      if (field !== 1) continue;
      const entry = [...fieldsOf(bytesOf(value))];
      const name = entry.find((one) => one.field === 1)?.value;
      const feature = entry.find((one) => one.field === 2)?.value;
      if (name === undefined || feature === undefined) continue;
      const parsed = parseFeature(bytesOf(feature));
      if (parsed) features.set(bytesOf(name).toString('utf8'), parsed);
    }
  }
  return features;
}

const [BYTES_LIST, FLOAT_LIST, INT64_LIST] = [1, 2, 3];

function parseFeature(bytes: Buffer): Feature | undefined {
  for (const { field, value } of fieldsOf(bytes)) {
    const inner = [...fieldsOf(bytesOf(value))].filter((one) => one.field === 1);
    if (field === BYTES_LIST) {
      return { kind: 'bytes', values: inner.map((one) => bytesOf(one.value)) };
    }
    if (field === FLOAT_LIST)
      return { kind: 'numbers', values: inner.flatMap((one) => floatsOf(one)) };
    if (field === INT64_LIST)
      return { kind: 'numbers', values: inner.flatMap((one) => intsOf(one)) };
  }
  return undefined;
}

/** Packed, or each with a field of its own. */
function floatsOf({ value }: Field): number[] {
  const bytes = bytesOf(value);
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, at) => bytes.readFloatLE(at * 4));
}

function intsOf({ value }: Field): number[] {
  if (typeof value === 'bigint') return [Number(BigInt.asIntN(64, value))];
  const numbers: number[] = [];
  for (let at = 0; at < value.length;) {
    const read = readVarint(value, at);
    numbers.push(Number(BigInt.asIntN(64, read.value)));
    at = read.next;
  }
  return numbers;
}

interface Field {
  readonly field: number;
  readonly value: bigint | Buffer;
}

const [VARINT, FIXED64, DELIMITED, FIXED32] = [0, 1, 2, 5];

/** The fields of a protobuf message. */
function* fieldsOf(bytes: Buffer): Generator<Field> {
  for (let at = 0; at < bytes.length;) {
    const head = readVarint(bytes, at);
    const [field, type] = [Number(head.value >> 3n), Number(head.value & 7n)];
    at = head.next;
    if (type === VARINT) {
      const { value, next } = readVarint(bytes, at);
      yield { field, value };
      at = next;
      continue;
    }
    const sized = type === DELIMITED ? readVarint(bytes, at) : undefined;
    const length = sized ? Number(sized.value) : type === FIXED64 ? 8 : type === FIXED32 ? 4 : -1;
    const start = sized?.next ?? at;
    if (length < 0 || start + length > bytes.length) throw broken();
    yield { field, value: bytes.subarray(start, start + length) };
    at = start + length;
  }
}

function readVarint(bytes: Buffer, start: number): { value: bigint; next: number } {
  let value = 0n;
  for (let at = start; at < start + 10; at += 1) {
    const byte = bytes[at];
    if (byte === undefined) break;
    value |= BigInt(byte & 0x7f) << BigInt((at - start) * 7);
    if (byte < 128) return { value, next: at + 1 };
  }
  throw broken();
}

function bytesOf(value: bigint | Buffer): Buffer {
  if (typeof value === 'bigint') throw broken();
  return value;
}

function broken(): Error {
  return new Error('it is no tf.train.Example');
}
