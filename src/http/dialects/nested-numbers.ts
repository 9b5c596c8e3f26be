import { NumberList, plainOf } from '../../json.ts';
import { sizeOf } from '../../tensor.ts';
import { invalidBody, jsonTypeOf } from './body-problem.ts';

/** The most axes that lists of numbers may have; no input of a model has more than three. */
const mostAxes = 8;

/** Numbers of one example, row-major. */
export interface PackedNumbers {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Nested lists in one piece. Refused unless all lists of a level are as long as the first and hold numbers in the end. */
export function packNumbers(given: unknown): PackedNumbers {
  if (given instanceof NumberList) return { shape: given.shape, values: given.values };
  const nested = plainOf(given);
  const shape = shapeOf(nested);
  checkLists(nested, shape, 0, []);
  const values = new Float32Array(sizeOf(shape));
  fill(nested, shape.length, values, 0);
  return { shape, values };
}

/** Lengths along the first elements. */
function shapeOf(nested: unknown): number[] {
  const shape: number[] = [];
  for (let level = nested; Array.isArray(level); level = level[0]) {
    if (shape.length === mostAxes) throw invalidBody(`it nests lists deeper than ${mostAxes}.`);
    shape.push(level.length);
  }
  return shape;
}

/** First looked at, then taken: what is not regular would claim any size by its first row. */
function checkLists(
  value: unknown,
  shape: readonly number[],
  level: number,
  position: readonly number[],
): void {
  if (level === shape.length) {
    if (typeof value === 'number') return;
    throw invalidBody(`its value at ${placeOf(position)} is no number but ${jsonTypeOf(value)}.`);
  }
  if (!Array.isArray(value) || value.length !== shape[level]) {
    const found = Array.isArray(value) ? `a list of ${value.length}` : jsonTypeOf(value);
    throw invalidBody(
      `at ${placeOf(position)} it holds ${found}, where the first list has ${shape[level]} values.`,
    );
  }
  if (level === shape.length - 1 && value.every((each) => typeof each === 'number')) return;
  value.forEach((each, at) => checkLists(each, shape, level + 1, [...position, at]));
}

/** Where the next value belongs. */
function fill(value: unknown, levels: number, values: Float32Array, start: number): number {
  if (!Array.isArray(value)) {
    values[start] = Number(value);
    return start + 1;
  }
  if (levels === 1) {
    values.set(value, start);
    return start + value.length;
  }
  let at = start;
  for (const each of value) at = fill(each, levels - 1, values, at);
  return at;
}

const placeOf = (position: readonly number[]): string =>
  position.length === 0 ? 'its beginning' : `[${position.join('][')}]`;
