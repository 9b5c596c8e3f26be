import { posix } from 'node:path';
import { errors } from '../../../errors.ts';
import { isNpyName, printable } from '../../file-names.ts';
import { findImageColumn, isImageColumnName, type ImageColumn } from '../../image-column.ts';
import { findLabelColumn, isLabelName, type LabelColumn } from '../../label-column.ts';
import { splitNamed } from '../../images/split-folders.ts';
import type { DatasetFile } from '../../source.ts';
import type { DatasetSplit } from '../../spec.ts';

/** Which of the arrays that lie beside each other are read. */
export interface PickedArrays {
  readonly images: DatasetFile;
  readonly labels: DatasetFile;
  /** Arrays of other splits, which are not learnt from. */
  readonly others: readonly DatasetFile[];
  /** The split to measure on, when another one was picked. */
  readonly heldOut?: DatasetSplit | undefined;
}

export interface ArrayChoice {
  readonly labelColumn: LabelColumn;
  readonly imageColumn: ImageColumn;
  readonly split: DatasetSplit | undefined;
}

/** An array, and what its name says. */
interface NamedArray {
  readonly file: DatasetFile;
  /** "x" of "x_train.npy". */
  readonly base: string;
  readonly split: DatasetSplit | undefined;
}

/**
 * The images and labels among arrays, by their names: `x_train` and `y_train`, `images` and `labels`. Arrays of
 * the other splits ("x_test") are held out.
 */
export function pickArrays(files: readonly DatasetFile[], choice: ArrayChoice): PickedArrays {
  const arrays = files.filter(({ name }) => isNpyName(name)).map(nameArray);
  const splits = (['train', 'test', 'validation'] as const).filter((split) =>
    arrays.some((array) => array.split === split),
  );
  const wanted = choice.split ?? splits[0];
  if (choice.split !== undefined && !splits.includes(choice.split)) {
    throw new errors.GLIMPSE_DATASET_INVALID(
      `it has no arrays of the split "${choice.split}"; its arrays are ${listed(arrays)}`,
    );
  }
  const { images, labels } = pairOf(
    arrays.filter(({ split }) => split === wanted),
    choice,
  );
  const others = arrays.filter(({ split }) => split !== wanted && split !== undefined);
  const heldOut = (['test', 'validation'] as const).find(
    (split) =>
      wanted === 'train' &&
      isPair(
        others.filter((array) => array.split === split),
        choice,
      ),
  );
  return { images, labels, others: others.map(({ file }) => file), heldOut };
}

function pairOf(
  arrays: readonly NamedArray[],
  { labelColumn, imageColumn }: ArrayChoice,
): { images: DatasetFile; labels: DatasetFile } {
  if (arrays.length < 2) {
    throw new errors.GLIMPSE_DATASET_INVALID(
      `it takes an array of images and one of labels (x.npy and y.npy, images.npy and labels.npy); ${arrays.length === 0 ? 'there is none' : `there is only ${listed(arrays)}`}`,
    );
  }
  const names = arrays.map(({ base }) => base);
  const asImages = baseOf(imageColumn);
  const isImages = (at: number): boolean =>
    asImages === undefined
      ? isImageColumnName(names[at]!)
      : names[at]!.toLowerCase() === asImages.trim().toLowerCase();
  const asked = labelColumn === undefined ? isImages : () => false;
  const label = findLabelColumn(names, baseOf(labelColumn), asked);
  const image = findImageColumn(
    names,
    asImages,
    (at) => at !== label && (asImages !== undefined || !isLabelName(names[at]!)),
  );
  if (image === undefined) {
    throw new errors.GLIMPSE_DATASET_INVALID(
      `it has no array of images; its arrays are ${listed(arrays)}`,
    );
  }
  return { images: arrays[image]!.file, labels: arrays[label]!.file };
}

/** A request may call an array by its whole name too. */
function baseOf<Name>(name: Name): Name | string {
  return typeof name === 'string' ? nameOf(name).base : name;
}

function isPair(arrays: readonly NamedArray[], choice: ArrayChoice): boolean {
  try {
    pairOf(arrays, choice);
    return true;
  } catch {
    return false;
  }
}

function nameArray(file: DatasetFile): NamedArray {
  return { file, ...nameOf(posix.basename(file.name)) };
}

/** "x_train", "train_images", "Xtest": what the array holds, and of which split. */
function nameOf(name: string): { base: string; split: DatasetSplit | undefined } {
  const stem = name.replace(/\.npy(\.gz)?$/i, '');
  const parts = stem.replace(/^([xy])(?=train|test|val)/i, '$1_').split(/[_-]/);
  const at = parts.findIndex((part) => splitNamed(part) !== undefined);
  if (at < 0 || parts.length === 1) return { base: stem, split: undefined };
  return {
    base: parts.filter((_, index) => index !== at).join('_'),
    split: splitNamed(parts[at]!),
  };
}

const listed = (arrays: readonly NamedArray[]): string =>
  arrays
    .slice(0, 8)
    .map(({ file }) => `"${printable(file.name)}"`)
    .join(', ');
