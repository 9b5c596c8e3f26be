import { errors } from '../../errors.ts';
import { textOfShape, type ImageShape } from '../dataset.ts';
import { interleave } from '../pixels/planes.ts';
import type { Reading } from '../plan-reading.ts';
import { locationOf } from '../row-report.ts';
import { numberOf, writePixels, type ExampleRow, type Row, type RowLocation } from '../row.ts';

/** One row of a dataset as something to predict from: an encoded image, its pixels, or why it is neither. */
export type StreamedInput = RowLocation &
  (
    | { readonly image: Uint8Array }
    /** Flat, in HWC order, of 0..255; whoever prepares them looks whether they are. */
    | { readonly pixels: ArrayLike<number> }
    | { readonly problem: string; readonly code: string }
  );

/** The input that a row is, for a model that takes images of a shape. */
export function inputOf(
  row: Row,
  { scale, layout }: Pick<Reading, 'scale' | 'layout'>,
  wanted: ImageShape,
): StreamedInput {
  const location = locationOf(row);
  if ('problem' in row) return { ...location, ...refusal(row.problem, row.code) };
  if (row.encoded) return { ...location, image: row.encoded };
  if (row.shape && textOfShape(row.shape) !== textOfShape(wanted)) {
    const error = new errors.GLIMPSE_PIXEL_COUNT(textOfShape(row.shape), textOfShape(wanted));
    return { ...location, problem: error.message, code: error.code };
  }
  const isPlanar = layout === 'chw' && !row.shape && row.values.length % wanted.channels === 0;
  const values = isPlanar ? interleave(row.values, wanted.channels) : row.values;
  return { ...location, ...pixelsOf({ ...row, values }, scale) };
}

/** What a range was declared for becomes 0..255; everything else stays as it is. */
function pixelsOf(row: ExampleRow, scale: Reading['scale']) {
  const { values, isFinal } = row;
  if (values instanceof Uint8Array && (isFinal === true || !scale.isDeclared)) {
    return { pixels: values };
  }
  if (!scale.isDeclared) return { pixels: Array.from(values, numberOf) };
  const pixels = new Uint8Array(values.length);
  const problem = writePixels(row, scale, pixels, 0);
  return problem === undefined ? { pixels } : refusal(problem, undefined);
}

/** A problem with the code of its own error, else with that of rows. */
function refusal(problem: string, code: string | undefined) {
  if (code !== undefined) return { problem, code };
  const error = new errors.GLIMPSE_ROW_UNUSABLE(`${problem}.`);
  return { problem: error.message, code: error.code };
}
