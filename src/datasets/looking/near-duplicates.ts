import { setImmediate as nextTurn } from 'node:timers/promises';
import { exampleAt, type Dataset } from '../dataset.ts';
import {
  createHashes,
  distanceOf,
  inOrderOf,
  writeHashes,
  type Hashes,
} from './perceptual-hash.ts';
import { isAlike } from './same-pixels.ts';

/** Bits that the hashes of images that are compared pixel by pixel may differ in. */
const MAX_DISTANCE = 8;
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
  block = BLOCK,
): Promise<number[][]> {
  const all = joined(datasets);
  const { channels } = datasets[0]!.shape;
  const hashes = await hashAll(datasets, signal, block);
  const groups = createGroups(all.count);
  for (let band = 0; band < BANDS; band += 1) {
    const order = inOrderOf(hashes, band);
    for (let at = 1; at < order.length; at += 1) {
      if (at % block === 0) {
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
  block: number,
): Promise<Hashes> {
  const counts = datasets.map(({ labels }) => labels.length);
  const hashes = createHashes(counts.reduce((sum, count) => sum + count, 0));
  let first = 0;
  for (const [at, dataset] of datasets.entries()) {
    for (let from = 0; from < counts[at]!; from += block) {
      await nextTurn();
      signal?.throwIfAborted();
      writeHashes(hashes, dataset, { first, from, to: Math.min(counts[at]!, from + block) });
    }
    first += counts[at]!;
  }
  return hashes;
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
