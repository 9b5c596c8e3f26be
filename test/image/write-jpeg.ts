/** Bits in the order of JPEG, with a zero behind each byte of ones. */
function createBits() {
  const bytes: number[] = [];
  let [bits, count] = [0, 0];
  const put = (value: number, length: number): void => {
    for (let i = length - 1; i >= 0; i -= 1) {
      bits = (bits << 1) | ((value >> i) & 1);
      count += 1;
      if (count < 8) continue;
      bytes.push(bits);
      if (bits === 255) bytes.push(0);
      [bits, count] = [0, 0];
    }
  };
  return {
    put,
    /** The bytes so far, the last filled up with ones. */
    take(): number[] {
      if (count > 0) put(2 ** (8 - count) - 1, 8 - count);
      return bytes.splice(0);
    },
  };
}

const segment = (marker: number, body: readonly number[]): Buffer => {
  const head = Buffer.from([255, marker, (body.length + 2) >> 8, (body.length + 2) & 255]);
  return Buffer.concat([head, Buffer.from(body)]);
};

export interface JpegParts {
  /** The lightness of each block of eight by eight pixels, from -1000 to 1000. */
  readonly levels: readonly number[];
  /** Pixels; a block that is cut counts. */
  readonly width: number;
  readonly height: number;
  /** Blocks between two restarts. */
  readonly interval: number;
}

/** A grey JPEG of flat blocks with restarts, which sharp does not write. */
export function writeJpeg({ levels, width, height, interval }: JpegParts): Buffer {
  const bits = createBits();
  const scan: number[] = [];
  let last = 0;
  levels.forEach((level, i) => {
    if (i > 0 && i % interval === 0) {
      scan.push(...bits.take(), 255, 0xd0 + ((i / interval - 1) % 8));
      last = 0;
    }
    const difference = level - last;
    last = level;
    const size = difference === 0 ? 0 : Math.floor(Math.log2(Math.abs(difference))) + 1;
    // Every size has a code of four bits that is itself, and the end of the block the code 0.
    bits.put(size, 4);
    bits.put(difference < 0 ? difference + 2 ** size - 1 : difference, size);
    bits.put(0, 1);
  });
  scan.push(...bits.take());
  const [w, h] = [Buffer.alloc(2), Buffer.alloc(2)];
  w.writeUInt16BE(width);
  h.writeUInt16BE(height);
  return Buffer.concat([
    Buffer.from([255, 0xd8]),
    segment(0xdb, [0, ...Array.from({ length: 64 }, () => 1)]),
    segment(0xc0, [8, ...h, ...w, 1, 1, 0x11, 0]),
    segment(0xc4, [0, 0, 0, 0, 12, ...Array<number>(12).fill(0), ...Array(12).keys()]),
    segment(0xc4, [0x10, 1, ...Array<number>(15).fill(0), 0]),
    segment(0xdd, [interval >> 8, interval & 255]),
    segment(0xda, [1, 1, 0, 0, 63, 0]),
    Buffer.from(scan),
    Buffer.from([255, 0xd9]),
  ]);
}
