import { errors, type GlimpseError } from '../errors.ts';
import { classCounts, exampleSize, type Dataset } from './dataset.ts';
import { printable } from './file-names.ts';
import { wholeNumberIn } from './class-names.ts';
import type { PixelScale } from './pixels/pixel-range.ts';
import { undecided, type Refuse } from './refusal.ts';

/** Fewer examples do not show what their labels are. */
const ENOUGH = 10;

/**
 * Refuses labels that were met and can hardly be classes: one for all examples, or one for each of them, as
 * when the column of an id or of a path was taken.
 */
export function checkClasses(
  { labels, classes }: Pick<Dataset, 'labels' | 'classes'>,
  refuse: Refuse,
): void {
  checkSeveralClasses({ labels, classes }, refuse);
  if (labels.length < ENOUGH) return;
  const counts = classCounts(labels, classes.length);
  const single = classes.filter((_, index) => counts[index] === 1);
  if (single.length <= classes.length / 2 || single.length <= labels.length / 4) return;
  const names = single.slice(0, 3).map((name) => `"${printable(name)}"`);
  refuse(
    unclear(
      `${single.length} of its ${classes.length} classes have one example each (${names.join(', ')}, ...); were they taken from an id or a path`,
    ),
  );
}

/** Classes that were named may be without examples, but one alone is nothing to learn. */
export function checkSeveralClasses(
  { labels, classes }: Pick<Dataset, 'labels' | 'classes'>,
  refuse: Refuse,
): void {
  const first = labels[0]!;
  if (labels.some((label) => label !== first)) return;
  const name = printable(classes[first]!);
  refuse(new errors.GLIMPSE_DATASET_INVALID(`all its examples are of one class ("${name}")`));
}

/** Refuses a table of which one pixel is the label in every row: the answer would stand in the image. */
export function checkPixelsAgainst(
  { pixels, labels, shape, classes }: Omit<Dataset, 'digest'>,
  { range: { min, max } }: PixelScale,
  refuse: Refuse,
): void {
  if (labels.length < ENOUGH) return;
  // What is no number has no byte: NaN is equal to none.
  const bytes = classes.map((name) =>
    Math.round((((wholeNumberIn(name) ?? Number.NaN) - min) / (max - min)) * 255),
  );
  const size = exampleSize(shape);
  const isLabel = (pixel: number): boolean =>
    labels.every((label, row) => pixels[row * size + pixel] === bytes[label]);
  const pixel = Array.from({ length: size }, (_, index) => index).find(isLabel);
  if (pixel === undefined) return;
  refuse(
    unclear(
      `pixel ${pixel} equals the label in each of its ${labels.length} examples; is it there twice, or is another column the label`,
    ),
  );
}

function unclear(reason: string): GlimpseError {
  return undecided(
    'labelColumn',
    `${reason}? Choose the column by labelColumn (--label-column), or name the classes by dataset.classes`,
  );
}
