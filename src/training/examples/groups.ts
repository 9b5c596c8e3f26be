import type { Dataset } from '../../datasets/dataset.ts';
import { groupAlike } from '../../datasets/looking/alike-groups.ts';
import type { OpenedDataset } from '../../datasets/open.ts';
import type { DatasetSpec } from '../../datasets/spec.ts';

/** Examples that must not be parted, by their places in the dataset. */
export type Groups = readonly (readonly number[])[];

/** Examples that must not be parted, and what is to be known of them. */
export interface FoundGroups {
  readonly together: Groups;
  readonly notes: readonly string[];
}

/** Of examples that may all be parted. */
export const noGroups: FoundGroups = { together: [], notes: [] };

/** Fewest units of a class that can be learnt from, chosen by and measured on. */
const ENOUGH_UNITS = 3;
/** How many classes a note names. */
const MAX_NAMED = 5;

/**
 * What stays on one side of every split: the groups that the dataset names, else images that show the same scene. Whoever
 * is measured on a frame of a burst whose next frame was learnt from is told a figure that holds for that burst alone.
 */
export async function findGroups(
  { group: rule }: Pick<DatasetSpec, 'group'>,
  { dataset, groups: named }: Pick<OpenedDataset, 'dataset' | 'groups'>,
  signal: AbortSignal,
): Promise<FoundGroups> {
  if (rule === 'none') return noGroups;
  if (named) return byName(dataset, named);
  return alike(dataset, (await groupAlike(dataset, signal)) ?? []);
}

function byName({ labels, classes }: Dataset, named: readonly string[]): FoundGroups {
  const groups = new Map<string, number[]>();
  named.forEach((name, index) => {
    const known = groups.get(name) ?? [];
    known.push(index);
    groups.set(name, known);
  });
  const together = [...groups.values()];
  const few = scarce({ labels, classes }, together);
  return {
    together,
    notes: [
      `Its ${groups.size} groups were kept whole: no group is learnt from and measured on.`,
      ...(few.length === 0
        ? []
        : [`Of these classes there are fewer than three groups: ${few.join(', ')}.`]),
    ],
  };
}

/** Where a class is nearly one scene, its images are parted as ever: a figure of it is better than none, and is doubted. */
function alike(dataset: Dataset, groups: Groups): FoundGroups {
  const few = new Set(scarce(dataset, groups));
  const { labels, classes } = dataset;
  const together = groups.filter((group) => !few.has(classes[labels[group[0]!]!]!));
  const images = together.reduce((sum, { length }) => sum + length, 0);
  const names = [...few].slice(0, MAX_NAMED).join(', ');
  return {
    together,
    notes: [
      ...(images === 0
        ? []
        : [
            `${images} images show the same as others of their class, in ${together.length} groups (a burst, copies); each group is either learnt from or measured on. "dataset.group" says otherwise.`,
          ]),
      ...(few.size === 0
        ? []
        : [
            `Nearly all images of a class are the same: ${names}. What is measured of it holds for such images alone.`,
          ]),
    ],
  };
}

/** How many of some examples were drawn by chance, one by one: a group came as a whole, and counts as one. */
export function unitsOf(indices: Int32Array, together: Groups): number {
  const own = new Set(indices);
  const shared = together.reduce(
    (sum, group) => sum + Math.max(0, group.filter((index) => own.has(index)).length - 1),
    0,
  );
  return indices.length - shared;
}

/**
 * Divides examples into so many folds of nearly the same size, in their order, none of which has a part of a group. Where
 * there are fewer units than folds, some are empty.
 */
export function foldsOf(indices: Int32Array, together: Groups, count: number): Int32Array[] {
  const own = new Set(indices);
  const groupOf = new Map(
    together.flatMap((group) => group.map((index) => [index, group] as const)),
  );
  const folds = Array.from({ length: count }, (): number[] => []);
  const placed = new Set<readonly number[]>();
  for (const index of indices) {
    const group = groupOf.get(index) ?? [index];
    if (placed.has(group)) continue;
    placed.add(group);
    const smallest = folds.reduce((least, fold) => (fold.length < least.length ? fold : least));
    for (const each of group) if (own.has(each)) smallest.push(each);
  }
  return folds.map((fold) => Int32Array.from(fold));
}

/** The names of classes that have examples enough for all parts, but too few units. */
function scarce(
  { labels, classes }: Pick<Dataset, 'labels' | 'classes'>,
  groups: Groups,
): string[] {
  const [examples, units] = [new Uint32Array(classes.length), new Uint32Array(classes.length)];
  for (const label of labels) {
    examples[label]! += 1;
    units[label]! += 1;
  }
  for (const group of groups) units[labels[group[0]!]!]! -= group.length - 1;
  return classes.filter(
    (_, label) => units[label]! < ENOUGH_UNITS && examples[label]! >= ENOUGH_UNITS,
  );
}
