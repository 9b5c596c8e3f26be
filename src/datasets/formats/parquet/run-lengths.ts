/** Whole numbers as small as their width allows. */
export type SmallNumbers = Uint8Array | Uint16Array | Uint32Array;

/**
 * Reads `count` numbers of `width` bits in Parquet's hybrid of run lengths and packed bits. A run says in
 * five bytes that a value comes two thousand million times: here it never gives more than was asked for.
 */
export function readRuns(bytes: Uint8Array, width: number, count: number): SmallNumbers {
  if (width > 32) throw new Error(`values of ${width} bits are not read`);
  const numbers = createNumbers(width, count);
  let [at, seen] = [0, 0];
  while (seen < count) {
    const { value: head, next } = readVarint(bytes, at);
    const isPacked = head % 2 === 1;
    const length = Math.floor(head / 2) * (isPacked ? 8 : 1);
    const wanted = Math.min(length, count - seen);
    const size = isPacked ? (length * width) / 8 : Math.ceil(width / 8);
    if (isPacked) unpackBits(bytes.subarray(next, next + size), width, numbers, seen, wanted);
    else numbers.fill(readNumber(bytes, next, size), seen, seen + wanted);
    [at, seen] = [next + size, seen + wanted];
  }
  return numbers;
}

function createNumbers(width: number, count: number): SmallNumbers {
  if (width <= 8) return new Uint8Array(count);
  return width <= 16 ? new Uint16Array(count) : new Uint32Array(count);
}

/** The number in groups of seven bits, and where it ends. */
function readVarint(bytes: Uint8Array, start: number): { value: number; next: number } {
  let value = 0;
  for (let at = start, factor = 1; ; at += 1, factor *= 128) {
    const byte = byteAt(bytes, at);
    if (at - start > 4) throw new Error('a run of values has no length');
    value += (byte & 0x7f) * factor;
    if (byte < 128) return { value, next: at + 1 };
  }
}

/** A little-endian number of `size` bytes. */
function readNumber(bytes: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let index = size - 1; index >= 0; index -= 1)
    value = value * 256 + byteAt(bytes, at + index);
  return value;
}

/** Numbers side by side, the lowest bit first. */
function unpackBits(
  bytes: Uint8Array,
  width: number,
  out: SmallNumbers,
  start: number,
  count: number,
): void {
  for (let index = 0, position = 0; index < count; index += 1) {
    let value = 0;
    for (let taken = 0; taken < width;) {
      const shift = position & 7;
      const bits = Math.min(8 - shift, width - taken);
      const part = (byteAt(bytes, position >>> 3) >>> shift) & ((1 << bits) - 1);
      value += part * 2 ** taken;
      taken += bits;
      position += bits;
    }
    out[start + index] = value;
  }
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new Error('a run of values is cut off');
  return byte;
}
