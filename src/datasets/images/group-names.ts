import { posix } from 'node:path';
import { errors } from '../../errors.ts';
import type { RowObserver } from '../builder.ts';
import type { ExampleRow } from '../row.ts';
import type { DatasetSpec } from '../spec.ts';

/** The group of every example, where a request says what makes one. */
export interface GroupNames extends RowObserver {
  names(): readonly string[];
}

/** Notes the group of each example while a dataset is read; undefined where none was asked for. */
export function nameGroups({ group }: DatasetSpec): GroupNames | undefined {
  if (group === undefined || group === 'none') return undefined;
  let names: string[] = [];
  return {
    onExample(index, row) {
      // An example that is truncated again is followed by another one of its number.
      names[index] = nameOf(row, group.prefix);
    },
    onRemoved(indices) {
      const removed = new Set(indices);
      names = names.filter((_, index) => !removed.has(index));
    },
    names: () => names,
  };
}

/** An observer that shows the groups, where there are any, what another one sees. */
export function noting(groups: GroupNames | undefined, observer: RowObserver): RowObserver {
  if (!groups) return observer;
  return {
    onExample(index, row) {
      groups.onExample?.(index, row);
      observer.onExample?.(index, row);
    },
    onRemoved(indices) {
      groups.onRemoved?.(indices);
      observer.onRemoved?.(indices);
    },
    onBadRow: (row, problem) => observer.onBadRow?.(row, problem),
  };
}

/** The name of a file, up to the last of these separators: a file without one is a group of its own. */
function nameOf({ entry, encoded }: ExampleRow, separator: string): string {
  if (entry === undefined || encoded === undefined) {
    throw new errors.GLIMPSE_DATASET_INVALID(
      '"group" takes its groups from the names of image files, and the examples are none',
    );
  }
  const name = posix.parse(entry).name;
  const end = name.lastIndexOf(separator);
  return end < 0 ? name : name.slice(0, end);
}
