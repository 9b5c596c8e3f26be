import { createHash } from 'node:crypto';

/** What every example of a dataset looks like. */
export interface ImageShape {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

/** Labelled examples in memory: the pixels as they came (0..255, HWC), and nothing else per example. */
export interface Dataset {
  /** N x height x width x channels; threads may share them. */
  readonly pixels: Uint8Array;
  /** N class indices. */
  readonly labels: Int32Array;
  readonly shape: ImageShape;
  readonly classes: readonly string[];
  /** SHA-256 over shape, classes, labels and pixels: the same examples have the same digest. */
  readonly digest: string;
}

/** A shape as people write it: 28x28x1. */
export function textOfShape({
  width,
  height,
  channels,
}: Omit<ImageShape, 'channels'> & { readonly channels: number }): string {
  return `${width}x${height}x${channels}`;
}

/** How many bytes one example has. */
export function exampleSize(shape: ImageShape): number {
  return shape.width * shape.height * shape.channels;
}

/** The pixels of one example, as a view. */
export function exampleAt(dataset: Dataset, index: number): Uint8Array {
  const size = exampleSize(dataset.shape);
  return dataset.pixels.subarray(index * size, (index + 1) * size);
}

/** How many examples each class has, in class order. */
export function classCounts(labels: Iterable<number>, classes: number): number[] {
  const counts = Array.from({ length: classes }, () => 0);
  for (const label of labels) counts[label]! += 1;
  return counts;
}

/** The examples without some of them; they are moved together in place, so what was given is used up. */
export function removeExamples(
  { pixels, labels, shape, classes }: Omit<Dataset, 'digest'>,
  removed: ReadonlySet<number>,
): Omit<Dataset, 'digest'> {
  const size = exampleSize(shape);
  let kept = 0;
  for (let index = 0; index < labels.length; index += 1) {
    if (removed.has(index)) continue;
    pixels.copyWithin(kept * size, index * size, (index + 1) * size);
    labels[kept] = labels[index]!;
    kept += 1;
  }
  return {
    pixels: pixels.subarray(0, kept * size),
    labels: labels.subarray(0, kept),
    shape,
    classes,
  };
}

/** The dataset with its digest taken. */
export function withDigest(dataset: Omit<Dataset, 'digest'>): Dataset {
  const { shape, classes, labels, pixels } = dataset;
  const head = JSON.stringify([shape.width, shape.height, shape.channels, classes]);
  const digest = createHash('sha256').update(head).update(labels).update(pixels).digest('hex');
  return { ...dataset, digest };
}
