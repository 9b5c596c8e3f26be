import type { Random } from '../../src/random.ts';

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

/** How many blocks of a component a unit has. */
export interface Sampling {
  readonly across: number;
  readonly down: number;
}

export interface ColouredJpeg {
  readonly width: number;
  readonly height: number;
  /** Of lightness, blue and red, or of grey alone. */
  readonly samplings: readonly Sampling[];
  /** Units between two restarts; 0 for none. */
  readonly interval: number;
}

/** A symbol of a few coefficients has a short code, any other one of 12 bits: those are looked up in two ways. */
const shortSymbols = [
  0,
  ...Array.from({ length: 5 }, (_, run) => [1, 2, 3].map((size) => (run << 4) | size)).flat(),
];
const longSymbols = Array.from(
  { length: 160 },
  (_, i) => (Math.floor(i / 10) << 4) | ((i % 10) + 1),
).filter((symbol) => !shortSymbols.includes(symbol));
const shortLength = 5;
const longLength = 12;

/** A JPEG of blocks that are drawn by lot, sampled and with restarts as sharp does not write them. */
export function writeColouredJpeg(
  { width, height, samplings, interval }: ColouredJpeg,
  random: Random,
): Buffer {
  const bits = createBits();
  const scan: number[] = [];
  const [most] = samplings;
  const units = Math.ceil(width / (8 * most!.across)) * Math.ceil(height / (8 * most!.down));
  let levels = samplings.map(() => 0);
  for (let unit = 0; unit < units; unit += 1) {
    if (interval > 0 && unit > 0 && unit % interval === 0) {
      scan.push(...bits.take(), 255, 0xd0 + ((unit / interval - 1) % 8));
      levels = samplings.map(() => 0);
    }
    samplings.forEach(({ across, down }, i) => {
      for (let block = 0; block < across * down; block += 1) {
        const level = random.integer(1200) - 600;
        putDifference(bits, level - levels[i]!);
        levels[i] = level;
        putCoefficients(bits, random);
      }
    });
  }
  scan.push(...bits.take());
  const size = [height >> 8, height & 255, width >> 8, width & 255];
  const parts = samplings.map(({ across, down }, i) => [
    i + 1,
    (across << 4) | down,
    i === 0 ? 0 : 1,
  ]);
  return Buffer.concat([
    Buffer.from([255, 0xd8]),
    segment(0xdb, [0, ...Array.from({ length: 64 }, (_, i) => 1 + (i % 3))]),
    segment(0xdb, [1, ...Array.from({ length: 64 }, (_, i) => 1 + (i % 5))]),
    segment(0xc0, [8, ...size, samplings.length, ...parts.flat()]),
    segment(0xc4, [0, ...counts({ 4: 12 }), ...Array(12).keys()]),
    segment(0xc4, [
      0x10,
      ...counts({ [shortLength]: shortSymbols.length, [longLength]: longSymbols.length }),
      ...shortSymbols,
      ...longSymbols,
    ]),
    ...(interval > 0 ? [segment(0xdd, [interval >> 8, interval & 255])] : []),
    segment(0xda, [samplings.length, ...samplings.flatMap((_, i) => [i + 1, 0]), 0, 63, 0]),
    Buffer.from(scan),
    Buffer.from([255, 0xd9]),
  ]);
}

/** How many codes there are of each length. */
const counts = (lengths: Readonly<Record<number, number>>): number[] =>
  Array.from({ length: 16 }, (_, i) => lengths[i + 1] ?? 0);

type Bits = ReturnType<typeof createBits>;

/** Every size has a code of four bits that is itself. */
function putDifference(bits: Bits, difference: number): void {
  bits.put(sizeOf(difference), 4);
  putValue(bits, difference);
}

function putCoefficients(bits: Bits, random: Random): void {
  const count = random.integer(4) * random.integer(4);
  let at = 0;
  for (let i = 0; i < count; i += 1) {
    const run = random.integer(7);
    at += run + 1;
    if (at > 63) break;
    const value = (1 + random.integer(40)) * (random.integer(2) === 0 ? 1 : -1);
    putSymbol(bits, (run << 4) | sizeOf(value));
    putValue(bits, value);
  }
  if (at < 63) putSymbol(bits, 0);
}

function putSymbol(bits: Bits, symbol: number): void {
  const short = shortSymbols.indexOf(symbol);
  if (short >= 0) return bits.put(short, shortLength);
  const first = shortSymbols.length << (longLength - shortLength);
  bits.put(first + longSymbols.indexOf(symbol), longLength);
}

const sizeOf = (value: number): number =>
  value === 0 ? 0 : Math.floor(Math.log2(Math.abs(value))) + 1;

function putValue(bits: Bits, value: number): void {
  const size = sizeOf(value);
  bits.put(value < 0 ? value + 2 ** size - 1 : value, size);
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
    putDifference(bits, difference);
    // The end of the block has the code 0.
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
