import type { Data } from 'apache-arrow/data';
import { toNumbers } from '../tables/numbers.ts';
import { isList } from './arrow-layout.ts';
import type { ArrowLibrary } from './arrow-library.ts';

/** The numbers of one row of a column of lists, and how many there are on each level. */
export interface NestedNumbers {
  readonly values: ArrayLike<unknown>;
  readonly sizes: readonly number[];
}

/** One row of lists, however deep they lie in each other; undefined when they are uneven or missing. */
export function listAt(arrow: ArrowLibrary, data: Data, row: number): NestedNumbers | undefined {
  if (!data.getValid(row)) return undefined;
  let [start, end] = boundsOf(arrow, data, row);
  let inner = data.children[0]!;
  const sizes = [end - start];
  while (isList(arrow, inner.type)) {
    const lists = Array.from({ length: end - start }, (_, at) =>
      boundsOf(arrow, inner, start + at),
    );
    const size = lists.length === 0 ? 0 : lists[0]![1] - lists[0]![0];
    if (!lists.every(([from, to]) => to - from === size)) return undefined;
    sizes.push(size);
    [start, end] = lists.length === 0 ? [0, 0] : [lists[0]![0], lists.at(-1)![1]];
    inner = inner.children[0]!;
  }
  return { values: numbersIn(arrow, inner, start, end), sizes };
}

/** Where in its child the list of a row begins and ends. */
function boundsOf({ DataType }: ArrowLibrary, data: Data, row: number): [number, number] {
  if (DataType.isFixedSizeList(data.type)) {
    return [row * data.type.listSize, (row + 1) * data.type.listSize];
  }
  const [start, end] = [Number(data.valueOffsets[row]), Number(data.valueOffsets[row + 1])];
  if (!(start >= 0 && start <= end && end <= data.children[0]!.length)) {
    throw new Error('a list lies outside of its values');
  }
  return [start, end];
}

/** Some values of a column of numbers: bytes where it is one of bytes, NaN where one is missing. */
export function numbersIn(
  arrow: ArrowLibrary,
  data: Data,
  start = 0,
  end: number = data.length,
): ArrayLike<unknown> {
  const { DataType, Float, Precision, Vector } = arrow;
  const { type } = data;
  const isHalf = DataType.isFloat(type) && type.precision === Precision.HALF;
  const isPlain =
    (DataType.isInt(type) || type instanceof Float) && !isHalf && data.nullCount === 0;
  if (isPlain) {
    const values = data.values.subarray(start, end);
    return values instanceof Uint8Array ? values : toNumbers(values);
  }
  const vector = new Vector([data]);
  const numbers = Array.from({ length: end - start }, (_, at): unknown => vector.get(start + at));
  return toNumbers(numbers.map((value) => (typeof value === 'boolean' ? Number(value) : value)));
}
