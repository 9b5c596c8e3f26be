import { errors } from '../../../errors.ts';
import { printable } from '../../file-names.ts';
import { findImageColumn, type ImageColumn } from '../../image-column.ts';
import { findLabelColumn, type LabelColumn } from '../../label-column.ts';
import type { Refuse } from '../../refusal.ts';
import { findRowNumbers } from '../../row-numbers.ts';

/** A column of a table whose schema says what it holds: of Parquet, of Arrow. */
export interface TableColumn {
  readonly name: string;
  /**
   * One number in each row, a list of them, or an encoded image; words are anything else.
   */
  readonly holds: 'number' | 'list' | 'image' | 'words';
  /** Whether it has parts of its own, so that no label can stand in it. */
  readonly isNested: boolean;
}

/** Where in the columns of a table the examples are, by their positions. */
export interface TableLayout {
  /** Pixels in a column each, in a list, or as an encoded image. */
  readonly kind: 'columns' | 'list' | 'image';
  /** Undefined where it stands in none of them. */
  readonly label: number | undefined;
  /** One column, or one for each pixel. */
  readonly pixels: readonly number[];
}

export interface ColumnChoice {
  readonly labelColumn: LabelColumn;
  readonly imageColumn: ImageColumn;
  /** Whether the label stands in the names of folders, and in no column. */
  readonly isLabelOutside?: boolean | undefined;
  /** Takes what a look reads past; without it that is thrown. */
  readonly refuse?: Refuse | undefined;
}

/** Which columns of a table are the label and the pixels, or why it holds no examples. */
export function findTableLayout(
  columns: readonly TableColumn[],
  { labelColumn, imageColumn, isLabelOutside = false, refuse }: ColumnChoice,
): TableLayout {
  const names = columns.map(({ name }) => name);
  const found = isLabelOutside
    ? -1
    : findLabelColumn(names, labelColumn, (at) => columns[at]!.isNested);
  const label = found < 0 ? undefined : found;
  const rest = [...columns.keys()].filter((at) => at !== label);
  const holding = (kind: TableColumn['holds']): number[] =>
    rest.filter((at) => columns[at]!.holds === kind);
  const named = rest.find((at) => names[at] === imageColumn);
  const kinds = (['image', 'list'] as const).filter(
    (kind) => named === undefined || columns[named]!.holds === kind,
  );
  for (const kind of kinds) {
    const possible = holding(kind);
    if (possible.length === 0) continue;
    // Of columns that could be it, one is found, or they are refused.
    const image = findImageColumn(names, imageColumn, (at) => possible.includes(at))!;
    return { kind, label, pixels: [image] };
  }
  // Refuses the one that is asked for.
  findImageColumn(names, imageColumn, () => false);
  if (rest.length === 0) throw new errors.GLIMPSE_DATASET_INVALID('it has no columns of pixels');
  const word = rest.find((at) => columns[at]!.holds !== 'number');
  if (word !== undefined) {
    throw new errors.GLIMPSE_DATASET_INVALID(
      `the column "${printable(names[word]!)}" holds no numbers that could be pixels`,
    );
  }
  const pixelNames = rest.map((at) => names[at]!);
  const rowNumber = findRowNumbers(pixelNames, undefined, refuse);
  return { kind: 'columns', label, pixels: rest.filter((at) => names[at] !== rowNumber) };
}

/** What pandas keeps the names of its rows in. */
export function isRowNames(name: string): boolean {
  return name.startsWith('__index_level_');
}
