import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Dataset } from '../dataset.ts';
import { createThumbnails, type Thumbnails } from './thumbnails.ts';
import { findSameImages } from './near-duplicates.ts';

/** Smaller images are alike whatever they show. */
const LEAST_SIDE = 16;
/** Pairs of one class that are compared; of more images only those that nearly equal each other are found, by their hashes. */
const MAX_PAIRS = 2_000_000;
/** Pairs that say how alike images of a class are as a rule. */
const SAMPLED_PAIRS = 500;
/** Two images belong together that are so much closer than that: their distance is this share of the usual one. */
const CLOSE = 0.15;
/** However unlike the others are, and however alike. */
const LEAST_LIKENESS = 0.85;
const SURE_LIKENESS = 0.985;
/** An image may be a little less like the first of its group than like the one that it was found by. */
const SLACK = 0.05;

/**
 * Groups of images of one class that show the same scene: frames of a burst, copies, crops by a pixel or two. Each image
 * is shrunk to 16x16 grey values, and two of them are compared at every shift by a cell; what counts as the same follows
 * from how alike the images of the class are as a rule, so that digits, which are all alike, stay by themselves. No group
 * is a chain: each of its images is like its first. Undefined where nothing can be told.
 */
export async function groupAlike(
  dataset: Dataset,
  signal?: AbortSignal,
): Promise<readonly (readonly number[])[] | undefined> {
  const { shape, labels, classes } = dataset;
  if (Math.min(shape.width, shape.height) < LEAST_SIDE) return undefined;
  const members: number[][] = Array.from(classes, () => []);
  labels.forEach((label, index) => members[label]!.push(index));
  const pairs = members.reduce((sum, { length }) => sum + (length * (length - 1)) / 2, 0);
  if (pairs > MAX_PAIRS) {
    const same = await findSameImages([dataset], signal);
    return same.flatMap((group) => byLabel(group, labels));
  }
  const groups: number[][] = [];
  for (const indices of members) {
    await nextTurn();
    signal?.throwIfAborted();
    groups.push(...groupsIn(createThumbnails(dataset, indices), indices));
  }
  return groups;
}

function groupsIn(thumbnails: Thumbnails, indices: readonly number[]): number[][] {
  const least = leastLikeness(thumbnails, indices.length);
  /** The first of each group, by position, and those that are like it. */
  const groups: number[][] = [];
  for (let one = 0; one < indices.length; one += 1) {
    const likenessTo = thumbnails.comparedWith(one);
    const home = groups.find(
      (group) =>
        likenessTo(group[0]!) >= least - SLACK && group.some((other) => likenessTo(other) >= least),
    );
    if (home) home.push(one);
    else groups.push([one]);
  }
  return groups
    .filter(({ length }) => length > 1)
    .map((group) => group.map((position) => indices[position]!));
}

/** From how alike two images of the class are as a rule. */
function leastLikeness(thumbnails: Thumbnails, count: number): number {
  const found: number[] = [];
  const stride = Math.max(1, Math.floor((count * (count - 1)) / 2 / SAMPLED_PAIRS));
  let pair = 0;
  for (let one = 1; one < count; one += 1) {
    let likenessTo: ((other: number) => number) | undefined;
    for (let other = 0; other < one; other += 1, pair += 1) {
      if (pair % stride !== 0) continue;
      likenessTo ??= thumbnails.comparedWith(one);
      found.push(likenessTo(other));
    }
  }
  const usual = found.sort((a, b) => a - b)[Math.floor(found.length / 2)] ?? 0;
  return Math.min(SURE_LIKENESS, Math.max(LEAST_LIKENESS, 1 - CLOSE * (1 - usual)));
}

/** A group whose images have several labels, as one for each of them. */
function byLabel(group: readonly number[], labels: Int32Array): number[][] {
  const own = new Map<number, number[]>();
  for (const index of group) {
    const known = own.get(labels[index]!) ?? [];
    known.push(index);
    own.set(labels[index]!, known);
  }
  return [...own.values()].filter(({ length }) => length > 1);
}
