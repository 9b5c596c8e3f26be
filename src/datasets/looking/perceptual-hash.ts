import { exampleAt, type Dataset, type ImageShape } from '../dataset.ts';

/**
 * The difference hash of an image (dHash; Neal Krawetz, "Kind of Like That", 2013,
 * https://www.hackerfactor.com/blog/?/archives/529-Kind-of-Like-That.html): it is shrunk to 9x8 grey values, and each of
 * the 64 bits tells whether a value is darker than its right neighbour. Scaling, compression and a change of brightness
 * turn few of the bits.
 */
export interface Hashes {
  /** The upper and the lower 32 bits of each. */
  readonly high: Uint32Array;
  readonly low: Uint32Array;
  /** Whether an image has so little in it that its hash says nothing. */
  readonly isEmpty: Uint8Array;
}

const COLUMNS = 9;
const ROWS = 8;
/** Fewer levels of difference are noise of compression. */
const LEAST_DIFFERENCE = 2;
/** An image whose parts differ less shows nothing. */
const LEAST_SPREAD = 4;

/** Room for the hashes of so many images. */
export function createHashes(count: number): Hashes {
  return {
    high: new Uint32Array(count),
    low: new Uint32Array(count),
    isEmpty: new Uint8Array(count),
  };
}

/** Writes the hashes of some examples of a dataset; the first is number `first` among all. */
export function writeHashes(
  hashes: Hashes,
  dataset: Dataset,
  { first, from, to }: { readonly first: number; readonly from: number; readonly to: number },
): void {
  const shrink = createShrinker(dataset.shape);
  for (let index = from; index < to; index += 1) {
    const small = shrink(exampleAt(dataset, index));
    let [high, low, bits] = [0, 0, 0];
    for (let at = 0; at < COLUMNS * ROWS; at += 1) {
      if (at % COLUMNS === COLUMNS - 1) continue;
      const bit = small[at + 1]! - small[at]! >= LEAST_DIFFERENCE ? 1 : 0;
      if (bits < 32) high = (high << 1) | bit;
      else low = (low << 1) | bit;
      bits += 1;
    }
    hashes.high[first + index] = high;
    hashes.low[first + index] = low;
    hashes.isEmpty[first + index] = Math.max(...small) - Math.min(...small) < LEAST_SPREAD ? 1 : 0;
  }
}

/** How many bits of two hashes differ. */
export function distanceOf({ high, low }: Hashes, a: number, b: number): number {
  return bitsIn(high[a]! ^ high[b]!) + bitsIn(low[a]! ^ low[b]!);
}

function bitsIn(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** The numbers of images that have something in them, sorted by their hashes from a part of those on; the same hashes keep their order. */
export function inOrderOf({ high, low, isEmpty }: Hashes, band: number): Uint32Array {
  const turned = (index: number): [number, number] => {
    const words = band < 2 ? [high[index]!, low[index]!] : [low[index]!, high[index]!];
    const [first = 0, second = 0] = words;
    if (band % 2 === 0) return [first, second];
    return [((first << 16) | (second >>> 16)) >>> 0, ((second << 16) | (first >>> 16)) >>> 0];
  };
  const upper = new Float64Array(high.length);
  const lower = new Float64Array(high.length);
  for (let index = 0; index < high.length; index += 1) {
    [upper[index], lower[index]] = turned(index);
  }
  const order = Uint32Array.from(high.keys()).filter((index) => isEmpty[index] === 0);
  return order.sort((a, b) => upper[a]! - upper[b]! || lower[a]! - lower[b]!);
}

/** Makes 9x8 grey values of images of a shape: each the mean of its part of the image. */
function createShrinker({
  width,
  height,
  channels,
}: ImageShape): (pixels: Uint8Array) => Float32Array {
  const [across, down] = [partsOf(width, COLUMNS), partsOf(height, ROWS)];
  const narrow = new Float32Array(height * COLUMNS);
  const small = new Float32Array(ROWS * COLUMNS);
  return (pixels) => {
    for (let y = 0; y < height; y += 1) {
      for (const [column, part] of across.entries()) {
        let sum = 0;
        for (const { at, share } of part) {
          sum += share * greyAt(pixels, (y * width + at) * channels, channels);
        }
        narrow[y * COLUMNS + column] = sum;
      }
    }
    for (const [row, part] of down.entries()) {
      for (let column = 0; column < COLUMNS; column += 1) {
        let sum = 0;
        for (const { at, share } of part) sum += share * narrow[at * COLUMNS + column]!;
        small[row * COLUMNS + column] = sum;
      }
    }
    return small;
  };
}

function greyAt(pixels: Uint8Array, at: number, channels: 1 | 3): number {
  if (channels === 1) return pixels[at]!;
  return (pixels[at]! + pixels[at + 1]! + pixels[at + 2]!) / 3;
}

/** Which positions of a line belong to each of its equal parts, and with which share. */
function partsOf(length: number, parts: number): { at: number; share: number }[][] {
  const size = length / parts;
  return Array.from({ length: parts }, (_, part) => {
    const [from, to] = [part * size, (part + 1) * size];
    const shares = [];
    for (let at = Math.floor(from); at < Math.min(length, Math.ceil(to)); at += 1) {
      shares.push({ at, share: (Math.min(at + 1, to) - Math.max(at, from)) / size });
    }
    return shares;
  });
}
