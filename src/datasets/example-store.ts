import { errors } from '../errors.ts';
import { exampleSize, textOfShape, type ImageShape } from './dataset.ts';
import { checkFlatColour, interleave } from './pixels/planes.ts';
import type { DatasetSpec } from './spec.ts';
import type { PixelScale } from './pixels/pixel-range.ts';
import { doubtRowNumber } from './row-numbers.ts';
import { likelyShapes, squareShape, writePixels, type ExampleRow, type RowProblem } from './row.ts';

/** The part of a row that is kept. */
type PixelsOfRow = Pick<ExampleRow, 'values' | 'shape' | 'isFinal'>;

/** The bytes of all examples of a dataset while it is read, in memory that threads can share. */
export interface ExampleStore {
  count(): number;
  /** The shape of a row of so many values, or why it does not fit; the first good row decides. */
  shapeOf(values: number, own: ImageShape | undefined): ImageShape | RowProblem;
  /** Adds an example of a shape that fits, or returns the reason why it cannot. */
  append(row: PixelsOfRow, label: number, shape: ImageShape): string | undefined;
  /** Drops the examples after the first `downTo`. */
  truncate(downTo: number): void;
  finish(): { shape: ImageShape; pixels: Uint8Array; labels: Int32Array };
}

/** What one typed array can hold on every Node this runs on. */
const MAX_PIXEL_BYTES = 2 ** 32 - 1;

interface StoreOptions {
  readonly shape?: ImageShape | undefined;
  /** Whether flat pixels come as planes; undefined when nobody said it. */
  readonly layout?: DatasetSpec['layout'];
  readonly maxExamples: number;
}

/** A store for at most so many examples, of the given shape or of that of the first. */
export function createExampleStore(
  { shape: given, layout, maxExamples }: StoreOptions,
  scale: PixelScale,
): ExampleStore {
  let shape = given;
  let pixels: GrowingBytes | undefined;
  let labels = new Int32Array(256);
  let count = 0;
  let areFlat = false;

  /** Room for one more example of this size; until the first is taken, the size may change. */
  const reserve = (size: number): Uint8Array => {
    if (!pixels || (count === 0 && pixels.unit !== size)) {
      pixels = growingBytes(size, maxExamples + 1);
    }
    if (count === labels.length) {
      const more = new Int32Array(count * 2);
      more.set(labels);
      labels = more;
    }
    return pixels.atLeast(count + 1);
  };

  return {
    count: () => count,
    shapeOf: (values, own) => shapeFor(values, own, { given, shape }),
    append(row, label, rowShape) {
      const { length } = row.values;
      const isFlat = !row.shape;
      areFlat ||= isFlat;
      const isPlanar = isFlat && layout === 'chw';
      const values = isPlanar ? interleave(row.values, rowShape.channels) : row.values;
      const problem = writePixels({ ...row, values }, scale, reserve(length), count * length);
      if (problem) return problem;
      shape ??= rowShape;
      labels[count] = label;
      count += 1;
      return undefined;
    },
    truncate(downTo) {
      count = downTo;
    },
    finish() {
      if (!shape || !pixels) throw new errors.GLIMPSE_DATASET_EMPTY();
      const taken = pixels.first(count);
      if (areFlat && layout === undefined) checkFlatColour(taken, shape);
      return { shape, pixels: taken, labels: labels.slice(0, count) };
    },
  };
}

/** The shape of a row of so many values: the given one, that of the examples before it, its own, or a square. */
function shapeFor(
  values: number,
  own: ImageShape | undefined,
  { given, shape }: { given: ImageShape | undefined; shape: ImageShape | undefined },
): ImageShape | RowProblem {
  const wanted = shape ?? own ?? squareShape(values);
  if (!wanted) {
    const doubt = doubtRowNumber(values, undefined);
    const problem = `${values} values are no square grey or colour image; give dataset.shape${doubt}`;
    return doubt === '' ? { problem, option: 'shape', values: likelyShapes(values) } : { problem };
  }
  const size = exampleSize(wanted);
  if (values !== size) {
    const doubt = given ? doubtRowNumber(values, given) : '';
    return { problem: `it has ${values} pixels instead of ${size}${doubt}` };
  }
  if (own && (own.width !== wanted.width || own.channels !== wanted.channels)) {
    return { problem: `it is ${textOfShape(own)} instead of ${textOfShape(wanted)}` };
  }
  return wanted;
}

interface GrowingBytes {
  /** Bytes of one example. */
  readonly unit: number;
  atLeast(units: number): Uint8Array;
  first(units: number): Uint8Array;
}

/**
 * Bytes that grow where they are: only address space is reserved for all of them. To copy them into ever
 * larger memory would hold them nearly twice at the end.
 */
function growingBytes(unit: number, maxUnits: number): GrowingBytes {
  const maxByteLength = Math.min(MAX_PIXEL_BYTES, unit * maxUnits);
  const buffer = new SharedArrayBuffer(0, { maxByteLength });
  let view = new Uint8Array(buffer, 0, 0);
  return {
    unit,
    atLeast(units) {
      const bytes = unit * units;
      if (bytes <= view.length) return view;
      if (bytes > maxByteLength) {
        throw new errors.GLIMPSE_DATASET_INVALID(`its pixels are more than ${maxByteLength} bytes`);
      }
      buffer.grow(Math.min(maxByteLength, Math.ceil(bytes * 1.25) + 65_536));
      view = new Uint8Array(buffer, 0, buffer.byteLength);
      return view;
    },
    first: (units) => new Uint8Array(buffer, 0, unit * units),
  };
}
