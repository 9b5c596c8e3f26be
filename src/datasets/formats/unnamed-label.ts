import { labelAmongUnnamed } from '../label-column.ts';

/** How many rows are looked at before that is decided, and as many more as it takes until one end varies. */
const ENOUGH_ROWS = 200;

/** What was met in one column. */
interface Column {
  readonly values: ReadonlyMap<string, number>;
  readonly rows: number;
}

/** The rows of a table without a header, as far as they are needed to find its label. */
export interface UnnamedColumns {
  add(cells: readonly string[]): void;
  /** Whether more rows would show nothing new. */
  isEnough(): boolean;
  /** The position of the label; throws what to ask when it could be the first column or the last. */
  label(): number;
}

const FEWEST_ROWS = 10;

/** Looks for the label of a table that names no column: the one of words, else the first or the last. */
export function createUnnamedColumns(): UnnamedColumns {
  const [first, last] = [new Map<string, number>(), new Map<string, number>()];
  const words = new Map<number, number>();
  let [rows, width] = [0, 0];
  return {
    add(cells) {
      if (width === 0) width = cells.length;
      if (cells.length !== width) return;
      rows += 1;
      for (const [position, cell] of cells.entries()) {
        if (isWord(cell)) words.set(position, (words.get(position) ?? 0) + 1);
      }
      count(first, cells[0]!);
      count(last, cells.at(-1)!);
    },
    isEnough: () =>
      rows >= ENOUGH_ROWS && (words.size > 0 || !isConstant(first) || !isConstant(last)),
    label() {
      const named = [...words]
        .filter(([, times]) => times > rows / 2)
        .map(([position]) => position);
      if (named.length > 0) return named.length === 1 ? named[0]! : 0;
      if (rows < FEWEST_ROWS || width < 3) return 0;
      return labelAmongUnnamed(width, firstOrLast({ values: first, rows }, { values: last, rows }));
    },
  };
}

const isConstant = (values: ReadonlyMap<string, number>): boolean => values.size <= 1;

const isWord = (cell: string): boolean => Number.isNaN(Number(cell));

function count(values: Map<string, number>, cell: string): void {
  const value = cell === '' ? cell : String(Number(cell));
  values.set(value, (values.get(value) ?? 0) + 1);
}

/**
 * Class numbers follow each other from 0 or 1 (`isCounting`), and none of them is most of the rows; pixels at
 * a corner are mostly one value, or nearly as many as there are rows.
 */
function firstOrLast(first: Column, last: Column): 'first' | 'last' | undefined {
  const [start, end] = [first, last].map(isCounting);
  if (start) return end ? undefined : 'first';
  if (!end) return isSparse(first) && last.values.size === 1 ? undefined : 'first';
  const isSurelyLast = last.values.size > 2 && commonest(last) <= last.rows * 0.6;
  const isNoClass = first.values.size === 1 || first.values.size > first.rows / 4;
  return isSurelyLast && isNoClass ? 'last' : undefined;
}

function isCounting({ values, rows }: Column): boolean {
  const numbers = [...values.keys()].map((value) => (value === '' ? Number.NaN : Number(value)));
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  const areWhole = numbers.every((number) => Number.isInteger(number));
  if (!areWhole || values.size < 2 || values.size > rows / 2 || least < 0 || least > 1)
    return false;
  return values.size >= (most - least + 1) * 0.8;
}

/** Zero, and some values far from it: as at the edge of an image that is mostly black. */
function isSparse({ values }: Column): boolean {
  return values.size > 1 && values.has('0');
}

const commonest = ({ values }: Column): number => Math.max(...values.values());
