import { mapInOrder } from '../../concurrency.ts';
import { isGlimpseError } from '../../errors.ts';
import type { ImagePreparer } from '../../image/prepare-image.ts';
import type { Preprocessing } from '../../preprocessing/contract.ts';
import { rowShapeOf } from '../../preprocessing/row-shape.ts';
import { printable } from '../file-names.ts';
import type { Row } from '../row.ts';
import type { ImageReference } from './image-reference.ts';

export interface ImageReading {
  readonly images: ImagePreparer;
  readonly preprocessing: Preprocessing;
  /** A larger file is a bad row, and is not read. */
  readonly maxImageBytes: number;
  readonly signal?: AbortSignal | undefined;
}

export type ImageReferences = AsyncIterable<ImageReference> | Iterable<ImageReference>;

/** Images being read or decoded at once: enough for every core, and little enough for memory. */
const MAX_IMAGES_AT_ONCE = 12;

/** The pixels of images, in their order, made in the same way as those of images sent to the model. */
export function readImageRows(
  references: ImageReferences,
  reading: ImageReading,
): AsyncGenerator<Row> {
  return mapInOrder(references, MAX_IMAGES_AT_ONCE, (reference) => toRow(reference, reading));
}

async function toRow(reference: ImageReference, reading: ImageReading): Promise<Row> {
  const { line, name } = reference;
  const entry = printable(name);
  if ('problem' in reference) return { line, entry, problem: reference.problem };
  const { images, preprocessing, maxImageBytes, signal } = reading;
  const shape = rowShapeOf(preprocessing);
  try {
    const file = await reference.find();
    if (!file) return { line, entry, problem: 'there is no such file' };
    if (file.size > maxImageBytes) {
      const problem = `it has ${file.size} bytes; at most ${maxImageBytes} are read (GLIMPSE_MAX_IMAGE_BYTES)`;
      return { line, entry, problem };
    }
    const bytes = await file.read(maxImageBytes, signal);
    const examined = await images.examine(bytes, preprocessing, signal);
    const { pixels: values, provenance, original } = examined;
    return {
      line,
      entry,
      label: reference.label,
      values,
      shape,
      isFinal: true,
      provenance,
      original,
      encoded: bytes,
    };
  } catch (error) {
    if (!isImagesFault(error)) throw error;
    return { line, entry, problem: `${error.message} (${error.code})` };
  }
}

/** Whether this image is to blame: a full queue or a silent store says nothing about it. */
function isImagesFault(error: unknown): error is Error & { code: string } {
  return isGlimpseError(error) && [403, 404, 413, 415, 422].includes(error.statusCode);
}
