import { errors } from '../../errors.ts';
import { isImageName } from '../file-names.ts';
import { undecided } from '../refusal.ts';
import { columnAt, findLabelColumn, isLabelName, type LabelColumn } from '../label-column.ts';

/** Names of the column or field that holds an image's path; the first is SageMaker's. */
export const pathNames = [
  'source-ref',
  'path',
  'file',
  'filename',
  'file_name',
  'filepath',
  'image_path',
];

/** Where in a CSV manifest images and labels are. */
export interface ManifestLayout {
  readonly path: number;
  readonly label: number;
  readonly hasHeader: boolean;
}

/** How many rows show what the columns of a table hold. */
export const rowsToLookAt = 20;

/**
 * The column of paths in the first rows of a table: by its name in a header, else the first that names an
 * image, else the one whose cells are names of images that are there, whatever its header.
 */
export function findPathColumn(
  rows: readonly (readonly string[])[],
  isImage: (cell: string) => boolean = () => false,
): number | undefined {
  const [first = [], ...rest] = rows;
  const named = first.findIndex((cell) => pathNames.includes(cell.toLowerCase()));
  const found = named >= 0 ? named : first.findIndex(isImageName);
  if (found >= 0) return found;
  const body = rest.length > 0 ? rest : rows;
  const listing = [...first.keys()].filter((column) => listsImages(body, column, isImage));
  return listing.find((column) => !isLabelName(first[column]!));
}

/** Whether nearly all cells of a column name images, each another one. */
function listsImages(
  rows: readonly (readonly string[])[],
  column: number,
  isImage: (cell: string) => boolean,
): boolean {
  const cells = rows.map((row) => row[column] ?? '');
  const images = cells.filter((cell) => isImageName(cell) || isImage(cell));
  return images.length >= cells.length * 0.8 && new Set(images).size >= images.length * 0.9;
}

/** Which columns of a CSV manifest hold what, by its first rows. */
export function findManifestLayout(
  rows: readonly (readonly string[])[],
  labelColumn: LabelColumn,
  isImage: (cell: string) => boolean,
): ManifestLayout {
  const path = findPathColumn(rows, isImage);
  if (path === undefined) {
    throw new errors.GLIMPSE_DATASET_INVALID(
      `the manifest has no column of paths (${pathNames.join(', ')}), nor one of names of its images`,
    );
  }
  const first = rows[0]!;
  const cell = first[path]!;
  const hasHeader = !isImageName(cell) && !isImage(cell);
  const label = hasHeader
    ? findLabelColumn(first, labelColumn, (column) => column === path)
    : labelBeside(path, first, labelColumn);
  return { path, label, hasHeader };
}

/** Nothing names the columns: the label is the one asked for by position, else the only other one. */
function labelBeside(path: number, cells: readonly string[], labelColumn: LabelColumn): number {
  if (typeof labelColumn === 'number') return columnAt(cells.length, labelColumn);
  if (typeof labelColumn === 'string') return findLabelColumn(cells, labelColumn);
  if (cells.length === 2) return 1 - path;
  const others = [...cells.keys()].filter((column) => column !== path);
  throw undecided(
    'labelColumn',
    `the manifest has no header, and ${cells.length} columns; choose that of the labels by its position: labelColumn (--label-column)`,
    { values: others },
  );
}
