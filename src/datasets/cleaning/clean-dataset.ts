import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { exampleAt, removeExamples, withDigest, type Dataset } from '../dataset.ts';
import type { RowLocation } from '../row.ts';
import { createRowReporter, locationOf, type RowReport } from '../row-report.ts';

/** Where the examples of a dataset came from, by their numbers. */
export interface RowLocations {
  readonly add: (index: number, row: RowLocation) => void;
  /** Forgets examples that were left out; the others moved together. */
  readonly remove: (indices: readonly number[]) => void;
  readonly of: (index: number) => RowLocation;
}

/** An example whose pixels another one, the first, has too. */
export interface Duplicate extends RowLocation {
  readonly label: string;
  readonly first: RowLocation & { readonly label: string };
}

export interface CleanedDataset {
  readonly dataset: Dataset;
  /** Same pixels, same class as an earlier example. */
  readonly duplicates: RowReport<Duplicate>;
  /** Same pixels as another example of a different class, so that it is not known which is right. */
  readonly conflicts: RowReport<Duplicate>;
}

export interface CleanOptions {
  readonly locations: RowLocations;
  /** Only counts, and leaves all in. */
  readonly keepDuplicates: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Examples between two checks of the signal. */
const BLOCK = 4096;

/** Remembers in little memory where each example came from. */
export function createRowLocations(): RowLocations {
  const lines: number[] = [];
  const elements: (number | undefined)[] = [];
  const entries: (string | undefined)[] = [];
  const columns: unknown[][] = [lines, elements, entries];
  return {
    remove(indices) {
      for (const index of [...indices].sort((a, b) => b - a)) {
        for (const column of columns) column.splice(index, 1);
      }
    },
    add(index, { line, element, entry }) {
      lines[index] = line;
      if (element !== undefined) elements[index] = element;
      if (entry !== undefined) entries[index] = entry;
    },
    of: (index) =>
      locationOf({ line: lines[index]!, element: elements[index], entry: entries[index] }),
  };
}

/**
 * Leaves out what is in a dataset twice: of duplicates the first stays, of conflicts none. The pixels are
 * moved together in place, so the dataset that was given is used up.
 */
export async function cleanDataset(
  dataset: Dataset,
  options: CleanOptions,
): Promise<CleanedDataset> {
  const { labels, classes } = dataset;
  const firsts = await findFirsts(dataset, options.signal);
  const inConflict = new Set<number>();
  firsts.forEach((first, index) => {
    if (labels[index] !== labels[first]) inConflict.add(first);
  });
  const labelled = (index: number) => ({
    ...options.locations.of(index),
    label: classes[labels[index]!]!,
  });
  const duplicates = createRowReporter<Duplicate>();
  const conflicts = createRowReporter<Duplicate>();
  const kept: number[] = [];
  firsts.forEach((first, index) => {
    const describe = (): Duplicate => ({ ...labelled(index), first: labelled(first) });
    if (inConflict.has(first)) {
      // The first example of a conflict is listed beside the others, and only counted itself.
      conflicts.add(labels[index] === labels[first] ? undefined : describe);
    } else if (first !== index) duplicates.add(describe);
    else kept.push(index);
  });
  const isClean = options.keepDuplicates || kept.length === labels.length;
  return {
    dataset: isClean ? dataset : keepOnly(dataset, new Set(kept)),
    duplicates: duplicates.report(),
    conflicts: conflicts.report(),
  };
}

/** For every example the first one with the same pixels: mostly itself. */
async function findFirsts(dataset: Dataset, signal?: AbortSignal): Promise<Int32Array> {
  const seen = new Map<string, number>();
  const firsts = new Int32Array(dataset.labels.length);
  for (const index of firsts.keys()) {
    if (index % BLOCK === 0) {
      await nextTurn();
      signal?.throwIfAborted();
    }
    const key = keyOf(exampleAt(dataset, index));
    const first = seen.get(key) ?? index;
    if (first === index) seen.set(key, index);
    firsts[index] = first;
  }
  return firsts;
}

/** Half of a SHA-256: collisions cannot be made, and a key takes little memory. */
function keyOf(pixels: Uint8Array): string {
  return createHash('sha256').update(pixels).digest().toString('latin1', 0, 16);
}

function keepOnly(dataset: Dataset, kept: ReadonlySet<number>): Dataset {
  const all = Array.from(dataset.labels, (_, index) => index);
  return withDigest(removeExamples(dataset, new Set(all.filter((index) => !kept.has(index)))));
}
