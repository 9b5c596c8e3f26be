import { printable } from './file-names.ts';
import { isUndecided, undecided } from './refusal.ts';

/**
 * Which column holds the label, decided here for every format: a column of CSV or Parquet, a field of JSON,
 * an attribute of a manifest. A request names it or gives its position, from the end when negative; null where
 * nobody asks for labels, so that a column with a usual name is left aside and none need be there.
 */
export type LabelColumn = string | number | null | undefined;

/** Which column the label was found in, and what told it. */
export interface FoundLabel {
  /** Its name, or its position from 0 where columns have none; left out where no column holds it. */
  readonly column?: string | number;
  /** The request, the name of the column, what the columns hold, the folder, or the format itself. */
  readonly by: 'request' | 'name' | 'contents' | 'folder' | 'format';
}

/** Called once a reader has found the column of the label. */
export type OnLabel = (label: FoundLabel) => void;

/** What writers call it, in lower case and without blanks, "_", "-" and ".". */
const LABEL_NAMES = new Set(
  ['label', 'class', 'target', 'category'].flatMap((word) => [word, `${word}name`, `${word}id`]),
);
for (const name of ['labels', 'classes', 'targets', 'categories', 'classlabel', 'digit', 'y'])
  LABEL_NAMES.add(name);

/** How many columns are named in a refusal; its details hold more. */
const MAX_NAMES_SHOWN = 8;
const MAX_NAMES_IN_DETAILS = 100;

/**
 * The position of the label among the columns of a header. Without a request it must have a known name,
 * and be the only one that has: otherwise the dataset is refused, since any choice would be a guess. -1 where no
 * label is asked for and none is there.
 * `holdsImages` is true for columns of pixels or paths, which cannot be it.
 */
export function findLabelColumn(
  names: readonly string[],
  wanted: LabelColumn,
  holdsImages: (column: number) => boolean = () => false,
): number {
  if (wanted !== undefined && wanted !== null) {
    const column =
      typeof wanted === 'number' ? columnAt(names.length, wanted) : columnCalled(names, wanted);
    if (!holdsImages(column)) return column;
    throw unclear(`its column "${printable(names[column]!)}" holds images and no labels`, names);
  }
  const possible = [...names.keys()].filter((column) => !holdsImages(column));
  const hasX = possible.some((column) => simplified(names[column]!) === 'x');
  // Beside an x, y is the other coordinate.
  const isLabel = (name: string): boolean =>
    isLabelName(name) && !(hasX && simplified(name) === 'y');
  const [found, ...more] = possible.filter((column) => isLabel(names[column]!));
  if (found === undefined) {
    if (wanted === null) return -1;
    throw unclear(
      'it has no column of labels with a usual name (label, class, target, ...)',
      names,
      possible.map((column) => names[column]!).filter(mayBeWord),
    );
  }
  if (more.length === 0) return found;
  const all = [found, ...more].map((column) => names[column]!);
  throw unclear(`several of its columns could be the label (${listed(all)})`, names, all);
}

/** Whether a name is none of many that only their number tells apart ("pixel12", "12"), and no row number's. */
const mayBeWord = (name: string): boolean => !/\d\s*$/.test(name) && !isIndexName(name);

/** The label of a table that names no column, when it was found at an end; else it is asked for. */
export function labelAmongUnnamed(columns: number, found: 'first' | 'last' | undefined): number {
  if (found !== undefined) return found === 'first' ? 0 : columns - 1;
  throw refused(
    `it has no header, and its first column could be the label as well as its last; say which by labelColumn (--label-column): 0 or -1`,
    [],
    [0, -1],
  );
}

/** What writers call the numbers of their rows; pandas leaves the name out. */
const INDEX_NAMES = new Set(['', 'id', 'index', 'idx', 'row', 'rowid', 'unnamed:0']);

/** Whether a column of this name numbers the rows, and is no pixel. */
export function isIndexName(name: string): boolean {
  return INDEX_NAMES.has(simplified(name));
}

/** The column at a position, of so many. */
export function columnAt(count: number, position: number): number {
  const column = position < 0 ? count + position : position;
  if (column >= 0 && column < count) return column;
  throw refused(
    `it has no column "${position}", the label column asked for; it has ${count} columns, counted from 0`,
    [],
  );
}

/** Whether a column of this name is taken for the label when the request names none. */
export function isLabelName(name: string): boolean {
  return LABEL_NAMES.has(simplified(name));
}

const folded = (name: string): string => name.trim().toLowerCase();

/** By its very name, else whatever its capitals and the blanks around it. */
function columnCalled(names: readonly string[], wanted: string): number {
  const columnsWhere = (isMeant: (name: string) => boolean): number[] =>
    [...names.keys()].filter((column) => isMeant(names[column]!));
  const exact = columnsWhere((name) => name === wanted);
  const [found, ...more] =
    exact.length > 0 ? exact : columnsWhere((name) => folded(name) === folded(wanted));
  if (found === undefined) throw unclear(`it has no column "${printable(wanted)}"`, names);
  if (more.length === 0) return found;
  throw unclear(`several of its columns are called "${printable(wanted)}"`, names);
}

function simplified(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_.-]/g, '');
}

/** `candidates`: the columns that could be it, where only some could. */
function unclear(
  reason: string,
  names: readonly string[],
  candidates: readonly string[] = [],
): Error {
  return refused(
    `${reason}; its columns are ${listed(names)}; choose one by labelColumn (--label-column)`,
    names.slice(0, MAX_NAMES_IN_DETAILS).map(printable),
    candidates.slice(0, MAX_NAMES_SHOWN),
  );
}

function refused(
  reason: string,
  columns: readonly string[],
  values: readonly (string | number)[] = [],
): Error {
  return undecided('labelColumn', reason, { columns, ...(values.length > 0 && { values }) });
}

/** Whether a dataset was refused for its label column: a request that names another one may do. */
export function isLabelColumnRefusal(error: unknown): boolean {
  return isUndecided(error, 'labelColumn');
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES_SHOWN).map((name) => `"${printable(name)}"`);
  return `${shown.join(', ')}${names.length > shown.length ? `, ... (${names.length} in all)` : ''}`;
}
