import type { CleaningReport } from '../../repository/datasets/dataset-manifest.ts';

interface RowPosition {
  readonly line: number;
  readonly element?: number;
  readonly entry?: string;
}

/** How many rows of each kind are listed. */
const MAX_LISTED = 5;

/** What an import left out, and where it was, one line each. */
export function summariseCleaning(report: CleaningReport): string[] {
  const { rowsRead, refused, duplicates, conflicts, keptDuplicates, damaged, ignored } = report;
  const fate = keptDuplicates ? 'kept' : 'left out';
  return [
    `${rowsRead} rows read; ${refused.count} bad rows left out, ${duplicates.count} duplicates and ${conflicts.count} in conflict ${fate}`,
    ...refused.rows.slice(0, MAX_LISTED).map((row) => `  ${at(row)}: ${row.reason}`),
    ...duplicates.rows
      .slice(0, MAX_LISTED)
      .map((row) => `  ${at(row)}: the same as ${at(row.first)} (${row.label})`),
    ...conflicts.rows
      .slice(0, MAX_LISTED)
      .map(
        (row) =>
          `  ${at(row)}: ${row.label}, with the pixels of ${at(row.first)}: ${row.first.label}`,
      ),
    ...(damaged ? [`${damaged.count} images are damaged inside and were kept`] : []),
    ...(damaged?.rows ?? []).slice(0, MAX_LISTED).map((row) => `  ${at(row)}`),
    ...(ignored ? [`${ignored.count} files beside it were not read`] : []),
  ];
}

function at({ line, element, entry }: RowPosition): string {
  const place = element === undefined ? `line ${line}` : `element ${element}`;
  return entry === undefined ? place : `${entry} (${element === undefined ? line : place})`;
}
