import { errors } from '../../errors.ts';
import { printable } from '../file-names.ts';
import type { DatasetSplit } from '../spec.ts';
import { severalInside } from '../refusal.ts';

/** Folders that are the parts of one dataset, and no classes. */
export interface Splits {
  /** The one that is learnt from. */
  readonly training: string;
  /** The one to measure on, when its images lie in class folders too. */
  readonly heldOut?: string | undefined;
  readonly note: string;
}

const nameOf = (words: string): RegExp =>
  new RegExp(`^(${words})([ _-]?(images?|imgs?|set|data|dataset|split))?$`, 'i');
const TRAINING = nameOf('train|training');
const TEST = nameOf('test|testing|tests');
const VALIDATION = nameOf('val|valid|validation|eval|evaluation|dev|holdout');

/** The split that a word in the name of a file or folder means; MNIST's own files call the test "t10k". */
export function splitNamed(word: string): DatasetSplit | undefined {
  if (TRAINING.test(word)) return 'train';
  if (TEST.test(word) || /^t10k$/i.test(word)) return 'test';
  return VALIDATION.test(word) ? 'validation' : undefined;
}

/** What to tell about files of other splits beside the one that is read. */
export function noteOfSplits(read: string, others: readonly string[]): string[] {
  if (others.length === 0) return [];
  const named = others.map((name) => `"${printable(name)}"`).join(', ');
  return [
    `${named} beside "${printable(read)}" are other splits of the dataset; they are not learnt from.`,
  ];
}

/**
 * The splits among the folders of images, given by their paths below the folder around all of them; undefined when one of
 * the folders is called otherwise: then "train" may be a class, beside "car".
 */
export function findSplits(
  paths: readonly (readonly string[])[],
  wrapper: string,
): Splits | undefined {
  const folders = [...new Set(paths.map((path) => (path.length > 1 ? path[0]! : '')))].sort();
  const training = folders.filter((folder) => TRAINING.test(folder));
  const others = folders.filter((folder) => TEST.test(folder) || VALIDATION.test(folder));
  if (training.length === 0 || others.length === 0) return undefined;
  if (training.length + others.length < folders.length) return undefined;
  const named = folders.map((folder) => `"${printable(folder)}"`).join(', ');
  if (training.length > 1) {
    throw severalInside(
      'its folders are several splits of a dataset that could be learnt from',
      training.map((folder) => wrapper + folder),
    );
  }
  if (paths.some((path) => path.length === 2 && path[0] === training[0])) {
    throw new errors.GLIMPSE_DATASET_INVALID(
      `nothing tells the classes of its images: its folders ${named} are splits of a dataset and no classes; add a table that lists the images (image,label), or a folder for each class`,
    );
  }
  const labelled = others.filter((folder) =>
    paths.every((path) => path[0] !== folder || path.length === 3),
  );
  const areSeveral = others.length > 1;
  const apart = others.map((folder) => `"${printable(folder)}"`).join(' and ');
  return {
    training: training[0]!,
    heldOut: labelled.find((folder) => TEST.test(folder)) ?? labelled[0],
    note: `${apart} beside "${printable(training[0]!)}" ${areSeveral ? 'are splits' : 'is a split'} of the dataset and no ${areSeveral ? 'classes; they are' : 'class; it is'} not learnt from.`,
  };
}
