import { setImmediate as nextTurn } from 'node:timers/promises';
import { exampleAt, type Dataset } from '../dataset.ts';
import { createHashes, distanceOf, writeHashes, type Hashes } from './perceptual-hash.ts';

/** Bits that the hashes of images that are compared pixel by pixel may differ in. */
const MAX_DISTANCE = 8;
/** How well the pixels of the same image must go together, and how far their brightness may be apart. */
const LEAST_CORRELATION = 0.985;
const MAX_BRIGHTNESS_APART = 24;
/** Of a large image every eleventh value is compared first: one of each channel in turn. */
const SAMPLE_STEP = 11;
const SAMPLED = 32;
const LEAST_OF_A_SAMPLE = 0.9;
const LEAST_OF_COLOURS = 0.95;
/** Any two hashes that differ in three bits or fewer agree in one of four parts whole. */
const BANDS = 4;
/** With how many neighbours each image is compared, in the order of each part. */
const WINDOW = 24;
/** Examples between two checks of the signal. */
const BLOCK = 2048;

/**
 * Groups of two images or more that are nearly or wholly the same, by their numbers among the examples of all datasets,
 * in the order of these. Their hashes are sorted by each of four parts (Manku, Jain and Das Sarma,
 * "Detecting Near-Duplicates for Web Crawling", 2007), and each is compared with the 24 before it: 96 comparisons of
 * hashes an image at most, so that time grows as n log n. All pairs that differ in up to three bits are found unless more
 * than 24 others lie between them in every order.
 */
export async function findSameImages(
  datasets: readonly Dataset[],
  signal: AbortSignal | undefined,
): Promise<number[][]> {
  const all = joined(datasets);
  const { channels } = datasets[0]!.shape;
  const hashes = await hashAll(datasets, signal);
  const groups = createGroups(all.count);
  for (let band = 0; band < BANDS; band += 1) {
    const order = inOrderOf(hashes, band);
    for (let at = 1; at < order.length; at += 1) {
      if (at % BLOCK === 0) {
        await nextTurn();
        signal?.throwIfAborted();
      }
      const one = order[at]!;
      for (let back = 1; back <= Math.min(WINDOW, at); back += 1) {
        const other = order[at - back]!;
        if (distanceOf(hashes, one, other) > MAX_DISTANCE) continue;
        if (groups.areTogether(one, other)) continue;
        if (isAlike(all.pixelsOf(one), all.pixelsOf(other), channels)) groups.join(one, other);
      }
    }
  }
  return groups.list();
}

/** The examples of one dataset, and of what lies apart if anything does, by one number. */
export function joined(datasets: readonly Dataset[]) {
  const [ofFirst = 0, ofSecond = 0] = datasets.map(({ labels }) => labels.length);
  /** The position of the dataset, and the number in it. */
  const locate = (index: number): [number, number] =>
    index < ofFirst ? [0, index] : [1, index - ofFirst];
  return {
    count: ofFirst + ofSecond,
    locate,
    pixelsOf: (index: number): Uint8Array => {
      const [at, own] = locate(index);
      return exampleAt(datasets[at]!, own);
    },
  };
}

async function hashAll(
  datasets: readonly Dataset[],
  signal: AbortSignal | undefined,
): Promise<Hashes> {
  const counts = datasets.map(({ labels }) => labels.length);
  const hashes = createHashes(counts.reduce((sum, count) => sum + count, 0));
  let first = 0;
  for (const [at, dataset] of datasets.entries()) {
    for (let from = 0; from < counts[at]!; from += BLOCK) {
      await nextTurn();
      signal?.throwIfAborted();
      writeHashes(hashes, dataset, { first, from, to: Math.min(counts[at]!, from + BLOCK) });
    }
    first += counts[at]!;
  }
  return hashes;
}

/** The numbers of images that have something in them, sorted by their hashes from a part of those on. */
function inOrderOf({ high, low, isEmpty }: Hashes, band: number): Uint32Array {
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
  return order.sort((a, b) => upper[a]! - upper[b]! || lower[a]! - lower[b]! || a - b);
}

/**
 * Whether two images are nearly the same: some of their values are compared first, and then all. Compression keeps what is
 * light and dark far better than colours.
 */
function isAlike(a: Uint8Array, b: Uint8Array, channels: 1 | 3): boolean {
  const isLarge = a.length > SAMPLED * SAMPLE_STEP;
  if (isLarge && correlationOf(a, b, SAMPLE_STEP) < LEAST_OF_A_SAMPLE) return false;
  if (channels === 1) return correlationOf(a, b, 1) >= LEAST_CORRELATION;
  if (correlationOf(a, b, 1) < LEAST_OF_COLOURS) return false;
  return correlationOf(greyOf(a), greyOf(b), 1) >= LEAST_CORRELATION;
}

function greyOf(pixels: Uint8Array): Float32Array {
  return Float32Array.from(
    { length: pixels.length / 3 },
    (_, at) => (pixels[at * 3]! + pixels[at * 3 + 1]! + pixels[at * 3 + 2]!) / 3,
  );
}

/** How well every so many-th pixel goes together, whatever their contrast; 0 when one image is far brighter. */
function correlationOf(a: ArrayLike<number>, b: ArrayLike<number>, step: number): number {
  let [sumA, sumB, squareA, squareB, product, count] = [0, 0, 0, 0, 0, 0];
  for (let at = 0; at < a.length; at += step) {
    const left = a[at]!;
    const right = b[at]!;
    sumA += left;
    sumB += right;
    squareA += left * left;
    squareB += right * right;
    product += left * right;
    count += 1;
  }
  const spread = (squareA - sumA ** 2 / count) * (squareB - sumB ** 2 / count);
  if (Math.abs(sumA - sumB) / count > MAX_BRIGHTNESS_APART || spread <= 0) return 0;
  return (product - (sumA * sumB) / count) / Math.sqrt(spread);
}

/** Numbers that are put into groups two by two (a disjoint-set forest). */
function createGroups(count: number) {
  const parents = Uint32Array.from({ length: count }, (_, index) => index);
  const rootOf = (index: number): number => {
    let root = index;
    while (parents[root] !== root) {
      parents[root] = parents[parents[root]!]!;
      root = parents[root]!;
    }
    return root;
  };
  return {
    areTogether: (a: number, b: number): boolean => rootOf(a) === rootOf(b),
    join(a: number, b: number): void {
      const [first, second] = [rootOf(a), rootOf(b)];
      parents[Math.max(first, second)] = Math.min(first, second);
    },
    list(): number[][] {
      const members = new Map<number, number[]>();
      for (let index = 0; index < count; index += 1) {
        const root = rootOf(index);
        // A group is called by the least of its numbers, which most images are alone with.
        if (root === index) continue;
        const known = members.get(root) ?? [root];
        known.push(index);
        members.set(root, known);
      }
      return [...members.values()].sort(([a = 0], [b = 0]) => a - b);
    },
  };
}
