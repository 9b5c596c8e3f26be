import { setImmediate as nextTurn } from 'node:timers/promises';
import { exampleAt, exampleSize, type Dataset } from '../dataset.ts';

/** What the images of each class have in common, and which of them stand out. */
export interface ClassImages {
  /** Examples far from the mean image of their class, the furthest first. */
  readonly outliers: readonly number[];
  /** Examples of one colour. */
  readonly constant: readonly number[];
  /** Pairs of classes whose mean images differ no more than chance makes them. */
  readonly alike: readonly (readonly [number, number])[];
}

/** Fewer images have no mean that another could be far from. */
const ENOUGH = 10;
/**
 * How far from the mean image an outlier is: in median absolute deviations above the median distance of its class,
 * scaled to be standard deviations of a normal distribution (Iglewicz and Hoaglin, "How to Detect and Handle Outliers",
 * 1993, who take 3.5). Images are less regular than measurements.
 */
const FAR = 6;
const DEVIATIONS_OF_A_MAD = 1.4826;
/** Levels within which an image is of one colour. */
const ONE_COLOUR = 2;
/** Pairs of more classes, and mean images of more values together, are not compared. */
const MAX_COMPARED_CLASSES = 200;
const MAX_COMPARED_VALUES = 8 * 1024 * 1024;
const ENOUGH_FOR_PAIRS = 30;
/** Two halves of one class differ by 1 in this measure; where classes differ it grows with their examples. */
const BY_CHANCE = 1.2;

/** Looks at the images of every class, one class after the other: only one mean is held as it is. */
export async function lookAtClasses(
  dataset: Dataset,
  signal: AbortSignal | undefined,
  maxComparedValues = MAX_COMPARED_VALUES,
): Promise<ClassImages> {
  const outliers: { index: number; far: number }[] = [];
  const constant: number[] = [];
  const summaries: ClassSummary[] = [];
  const members = membersOf(dataset);
  const isComparable =
    members.length <= MAX_COMPARED_CLASSES &&
    members.length * exampleSize(dataset.shape) <= maxComparedValues;
  for (const indices of members) {
    await nextTurn();
    signal?.throwIfAborted();
    const full: number[] = [];
    for (const index of indices)
      (isConstant(exampleAt(dataset, index), dataset) ? constant : full).push(index);
    const mean = meanOf(dataset, full);
    const distances = full.map((index) => distanceTo(mean, exampleAt(dataset, index)));
    // Not as arguments of one call: a class may have more of them than the stack has room for.
    if (full.length >= ENOUGH) for (const one of farOnes(full, distances)) outliers.push(one);
    if (isComparable) summaries.push(summarise(mean, distances));
  }
  return {
    outliers: outliers.sort((a, b) => b.far - a.far).map(({ index }) => index),
    constant: constant.sort((a, b) => a - b),
    alike: alikeAmong(summaries),
  };
}

function membersOf({ labels, classes }: Dataset): number[][] {
  const members: number[][] = classes.map(() => []);
  labels.forEach((label, index) => members[label]!.push(index));
  return members;
}

function isConstant(pixels: Uint8Array, { shape: { channels } }: Dataset): boolean {
  const [least, most] = [new Uint8Array(channels).fill(255), new Uint8Array(channels)];
  for (let at = 0; at < pixels.length; at += 1) {
    const channel = at % channels;
    if (pixels[at]! < least[channel]!) least[channel] = pixels[at]!;
    if (pixels[at]! > most[channel]!) most[channel] = pixels[at]!;
    if (most[channel]! - least[channel]! > ONE_COLOUR) return false;
  }
  return true;
}

function meanOf(dataset: Dataset, indices: readonly number[]): Float64Array {
  const mean = new Float64Array(exampleSize(dataset.shape));
  for (const index of indices) {
    const pixels = exampleAt(dataset, index);
    for (let at = 0; at < mean.length; at += 1) mean[at]! += pixels[at]!;
  }
  return mean.map((sum) => sum / Math.max(1, indices.length));
}

function distanceTo(mean: Float64Array, pixels: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < mean.length; at += 1) sum += (pixels[at]! - mean[at]!) ** 2;
  return Math.sqrt(sum / mean.length);
}

function farOnes(
  indices: readonly number[],
  distances: readonly number[],
): { index: number; far: number }[] {
  const middle = medianOf(distances);
  const deviation = medianOf(distances.map((distance) => Math.abs(distance - middle)));
  // Of images that are all the same any other would be far.
  const unit = Math.max(deviation * DEVIATIONS_OF_A_MAD, 1);
  return indices
    .map((index, at) => ({ index, far: (distances[at]! - middle) / unit }))
    .filter(({ far }) => far > FAR);
}

/** Of one number and more. */
function medianOf(numbers: readonly number[]): number {
  const sorted = Float64Array.from(numbers).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** What two classes are compared by: their mean image, and how far their images are from it. */
interface ClassSummary {
  readonly mean: Float32Array;
  readonly variance: number;
  readonly examples: number;
}

function summarise(mean: Float64Array, distances: readonly number[]): ClassSummary {
  const squares = distances.reduce((sum, distance) => sum + distance ** 2, 0);
  const examples = distances.length;
  return { mean: Float32Array.from(mean), variance: squares / Math.max(1, examples - 1), examples };
}

/** The squared distance of two means, over what it is expected to be for two samples of the same images. */
function alikeAmong(summaries: readonly ClassSummary[]): [number, number][] {
  const pairs: [number, number][] = [];
  for (const [one, a] of summaries.entries()) {
    for (let other = one + 1; other < summaries.length; other += 1) {
      const b = summaries[other]!;
      if (Math.min(a.examples, b.examples) < ENOUGH_FOR_PAIRS) continue;
      const expected = a.variance / a.examples + b.variance / b.examples;
      const distance = distanceBetween(a.mean, b.mean);
      if (distance <= expected * BY_CHANCE) pairs.push([one, other]);
    }
  }
  return pairs;
}

function distanceBetween(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += (a[at]! - b[at]!) ** 2;
  return sum / a.length;
}
