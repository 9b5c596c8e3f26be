import { createRowLocations, type RowLocations } from '../cleaning/clean-dataset.ts';
import { textOfShape, type ImageShape } from '../dataset.ts';
import type { FoundLabel } from '../label-column.ts';
import type { OpenOptions } from '../open.ts';
import { locationOf } from '../row-report.ts';
import { atRow } from './findings.ts';

/** What is remembered of each row of one reading, in little memory. */
export interface RowObservations {
  readonly locations: RowLocations;
  /** The size an image had in its file; undefined for what was no image file. */
  readonly originalOf: (index: number) => ImageShape | undefined;
  readonly label: () => FoundLabel | undefined;
  /** The spellings of labels that were met, as they stood; at most so many. */
  readonly spellings: () => ReadonlySet<string>;
  /** Rows that are no examples, by reason. */
  readonly badKinds: () => LeftOutKind[];
  /** What reading is to call. */
  readonly hooks: Pick<OpenOptions, 'onExample' | 'onRemoved' | 'onBadRow' | 'onLabel'>;
}

export interface LeftOutKind {
  readonly reason: string;
  readonly count: number;
  /** Where the first of them are. */
  readonly names: readonly string[];
}

const MAX_SPELLINGS = 20_000;
const MAX_KINDS = 50;
const MAX_NAMES = 3;

/** Nothing observed yet. */
export function observeRows(): RowObservations {
  const locations = createRowLocations();
  const originals = new Map<string, ImageShape>();
  const sizes: (ImageShape | undefined)[] = [];
  const spellings = new Set<string>();
  const kinds = new Map<string, LeftOutKind>();
  let label: FoundLabel | undefined;
  return {
    locations,
    originalOf: (index) => sizes[index],
    label: () => label,
    spellings: () => spellings,
    badKinds: () => [...kinds.values()],
    hooks: {
      onLabel: (found) => {
        label ??= found;
      },
      onExample(index, row) {
        locations.add(index, row);
        if (spellings.size < MAX_SPELLINGS && typeof row.label === 'string')
          spellings.add(row.label);
        if (row.original) sizes[index] = shared(originals, row.original);
      },
      onRemoved(indices) {
        locations.remove(indices);
        for (const index of [...indices].sort((a, b) => b - a)) sizes.splice(index, 1);
      },
      onBadRow(row, problem) {
        // What differs from one row to the next are numbers and quotations.
        const pattern = problem.replaceAll(/"[^"]*"/g, '"..."').replaceAll(/\d+(\.\d+)?/g, '#');
        const before = kinds.get(pattern) ?? { reason: problem, count: 0, names: [] };
        if (!kinds.has(pattern) && kinds.size >= MAX_KINDS) return;
        kinds.set(pattern, {
          reason: before.reason === problem ? problem : pattern,
          count: before.count + 1,
          names: [...before.names, atRow(locationOf(row))].slice(0, MAX_NAMES),
        });
      },
    },
  };
}

/** The same object for the same size: most images of a dataset share a few. */
function shared(known: Map<string, ImageShape>, size: ImageShape): ImageShape {
  const key = textOfShape(size);
  const found = known.get(key) ?? size;
  known.set(key, found);
  return found;
}
