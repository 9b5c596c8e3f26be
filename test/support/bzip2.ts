import { strict as assert } from 'node:assert';

/**
 * Data as one bzip2 member with one block, written by hand: tests have no bzip2. Rotations are sorted as they
 * come, so it is for small data; codes are as long for every symbol, so it saves little.
 */
export function bzip2(data: Uint8Array | string): Buffer {
  const bytes = runLengths(Buffer.from(data));
  assert(bytes.length <= 900_000, 'a block takes 900,000 bytes');
  const bits = createBits();
  bits.write(0x425a6839, 32);
  const sum = checksum(Buffer.from(data));
  if (bytes.length > 0) writeBlock(bits, bytes, sum);
  bits.write(0x177245, 24);
  bits.write(0x385090, 24);
  // The sum of all blocks, of which there is one or none.
  bits.write(bytes.length > 0 ? sum : 0, 32);
  return bits.bytes();
}

function writeBlock(bits: Bits, bytes: Buffer, sum: number): void {
  bits.write(0x314159, 24);
  bits.write(0x265359, 24);
  bits.write(sum, 32);
  bits.write(0, 1);
  const { last, origin } = sortRotations(bytes);
  bits.write(origin, 24);
  const used = [...new Set(last)].sort((a, b) => a - b);
  const isUsed = (byte: number): number => (used.includes(byte) ? 1 : 0);
  const rows = Array.from({ length: 16 }, (_, row) =>
    Array.from({ length: 16 }, (_unused, at) => isUsed(row * 16 + at)),
  );
  for (const row of rows) bits.write(row.includes(1) ? 1 : 0, 1);
  for (const row of rows) if (row.includes(1)) for (const bit of row) bits.write(bit, 1);
  const symbols = moveToFront(last, used);
  const length = Math.ceil(Math.log2(used.length + 2));
  const groups = Math.ceil(symbols.length / 50);
  // Two tables at least; the first is always taken.
  bits.write(2, 3);
  bits.write(groups, 15);
  for (let group = 0; group < groups; group += 1) bits.write(0, 1);
  for (let table = 0; table < 2; table += 1) {
    bits.write(length, 5);
    for (let symbol = 0; symbol < used.length + 2; symbol += 1) bits.write(0, 1);
  }
  for (const symbol of symbols) bits.write(symbol, length);
}

/** Four equal bytes are followed by how many more there are. */
function runLengths(data: Buffer): Buffer {
  const out: number[] = [];
  for (let at = 0; at < data.length;) {
    let run = 1;
    while (run < 255 && data[at + run] === data[at]) run += 1;
    for (let some = 0; some < Math.min(run, 4); some += 1) out.push(data[at]!);
    if (run >= 4) out.push(run - 4);
    at += run;
  }
  return Buffer.from(out);
}

/** Burrows and Wheeler's transform: the last column of all rotations in order, and where the data is. */
function sortRotations(bytes: Buffer): { last: Uint8Array; origin: number } {
  const twice = Buffer.concat([bytes, bytes]);
  const { length } = bytes;
  const order = [...bytes.keys()].sort(
    (a, b) => twice.compare(twice, b, b + length, a, a + length) || a - b,
  );
  return {
    last: Uint8Array.from(order, (start) => twice[start + length - 1]!),
    origin: order.indexOf(0),
  };
}

/** Places in a list that brings forward what was met; runs of the first place in digits of 1 and 2. */
function moveToFront(last: Uint8Array, used: readonly number[]): number[] {
  const list = [...used];
  const symbols: number[] = [];
  let run = 0;
  const endRun = (): void => {
    for (; run > 0; run = (run - 1) >> 1) symbols.push((run - 1) & 1);
  };
  for (const byte of last) {
    const place = list.indexOf(byte);
    if (place === 0) run += 1;
    else {
      endRun();
      symbols.push(place + 1);
      list.unshift(...list.splice(place, 1));
    }
  }
  endRun();
  return [...symbols, used.length + 1];
}

/** CRC-32 from the highest bit on, which zlib does not have. */
function checksum(data: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit += 1) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  }
  return ~crc >>> 0;
}

type Bits = ReturnType<typeof createBits>;

function createBits() {
  const out: number[] = [];
  let [held, count] = [0, 0];
  const push = (bit: number): void => {
    held = (held << 1) | bit;
    count += 1;
    if (count < 8) return;
    out.push(held);
    [held, count] = [0, 0];
  };
  return {
    write(value: number, width: number): void {
      for (let bit = width - 1; bit >= 0; bit -= 1) push((value >>> bit) & 1);
    },
    bytes(): Buffer {
      for (let bit = (8 - count) % 8; bit > 0; bit -= 1) push(0);
      return Buffer.from(out);
    },
  };
}
