import { createHash } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import { exampleAt, exampleSize, sealDataset, type Dataset } from '../dataset.ts';
import type { Row } from '../row.ts';

/** Where the examples of a dataset came from, by their numbers. */
export interface Origins {
  readonly note: (index: number, row: Pick<Row, 'line' | 'entry'>) => void;
  readonly of: (index: number) => Origin;
}

export interface Origin {
  readonly line: number;
  readonly entry?: string;
}

/** An example whose pixels another one, the first, has too. */
export interface Repeated extends Origin {
  readonly label: string;
  readonly first: Origin & { readonly label: string };
}

export interface RepeatedReport {
  readonly count: number;
  /** The first of them. */
  readonly rows: readonly Repeated[];
}

export interface CleanedDataset {
  readonly dataset: Dataset;
  /** Same pixels, same class as an earlier example. */
  readonly duplicates: RepeatedReport;
  /** Same pixels as another example of a different class: nobody can know which is right. */
  readonly conflicts: RepeatedReport;
}

export interface CleanOptions {
  readonly origins: Origins;
  /** Only counts, and leaves all in. */
  readonly keepDuplicates: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** How many rows are told one by one; the rest is only counted. */
const TOLD_ROWS = 20;
/** Examples between two looks at the signal. */
const BLOCK = 4096;

export function createOrigins(): Origins {
  const lines: number[] = [];
  const entries: (string | undefined)[] = [];
  return {
    note(index, { line, entry }) {
      lines[index] = line;
      if (entry !== undefined) entries[index] = entry;
    },
    of(index) {
      const entry = entries[index];
      return { line: lines[index]!, ...(entry !== undefined && { entry }) };
    },
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
  const isDisputed = new Set<number>();
  firsts.forEach((first, index) => {
    if (labels[index] !== labels[first]) isDisputed.add(first);
  });
  const labelled = (index: number) => ({
    ...options.origins.of(index),
    label: classes[labels[index]!]!,
  });
  const [duplicates, conflicts] = [createTeller(labelled), createTeller(labelled)];
  const kept: number[] = [];
  firsts.forEach((first, index) => {
    if (isDisputed.has(first)) conflicts.add(index, first, labels[index] !== labels[first]);
    else if (first !== index) duplicates.add(index, first, true);
    else kept.push(index);
  });
  const isClean = options.keepDuplicates || kept.length === labels.length;
  return {
    dataset: isClean ? dataset : keepOnly(dataset, kept),
    duplicates: duplicates.report(),
    conflicts: conflicts.report(),
  };
}

/** For every example the first one with the same pixels: mostly itself. */
async function findFirsts(dataset: Dataset, signal?: AbortSignal): Promise<Int32Array> {
  const seen = new Map<string, number>();
  const firsts = new Int32Array(dataset.labels.length);
  for (let index = 0; index < firsts.length; index += 1) {
    if (index % BLOCK === 0) {
      await breathe();
      signal?.throwIfAborted();
    }
    const key = keyOf(exampleAt(dataset, index));
    const first = seen.get(key) ?? index;
    if (first === index) seen.set(key, index);
    firsts[index] = first;
  }
  return firsts;
}

/** Sixteen bytes that nobody can make equal for different pixels, in as little memory as a key needs. */
function keyOf(pixels: Uint8Array): string {
  return createHash('sha256').update(pixels).digest().toString('latin1', 0, 16);
}

function keepOnly({ pixels, labels, shape, classes }: Dataset, kept: readonly number[]): Dataset {
  const size = exampleSize(shape);
  kept.forEach((index, row) => {
    pixels.copyWithin(row * size, index * size, (index + 1) * size);
    labels[row] = labels[index]!;
  });
  return sealDataset({
    pixels: pixels.subarray(0, kept.length * size),
    labels: labels.subarray(0, kept.length),
    shape,
    classes,
  });
}

function createTeller(labelled: (index: number) => Origin & { label: string }) {
  const rows: Repeated[] = [];
  let count = 0;
  return {
    /** `isTold`: the first example of a conflict is counted, and told beside the others. */
    add(index: number, first: number, isTold: boolean) {
      count += 1;
      if (isTold && rows.length < TOLD_ROWS)
        rows.push({ ...labelled(index), first: labelled(first) });
    },
    report: (): RepeatedReport => ({ count, rows }),
  };
}
