import { mapInOrder } from '../../concurrency.ts';
import { errors, isGlimpseError } from '../../errors.ts';
import type { ImageReference } from '../images/image-reference.ts';
import type { ImageReferences } from '../images/image-rows.ts';
import type { Row } from '../row.ts';

export interface EncodedReading {
  /** A larger file is a bad row, and is not read. */
  readonly maxImageBytes: number;
  /** True for as many references as are to be passed over, unread: called once for each, in order. */
  readonly passOver: () => boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Files being read at once: enough to hide a bucket's latency, and little enough for memory. */
const MAX_FILES_AT_ONCE = 12;

/** Images as they came, in their order: whoever gets them prepares them. */
export function readEncodedRows(
  references: ImageReferences,
  reading: EncodedReading,
): AsyncGenerator<Row> {
  const wanted = withoutPassedOver(references, reading.passOver);
  return mapInOrder(wanted, MAX_FILES_AT_ONCE, (reference) => toRow(reference, reading));
}

async function* withoutPassedOver(references: ImageReferences, passOver: () => boolean) {
  for await (const reference of references) if (!passOver()) yield reference;
}

async function toRow(reference: ImageReference, reading: EncodedReading): Promise<Row> {
  const { line, name: entry } = reference;
  if ('problem' in reference) return { line, entry, problem: reference.problem };
  const { maxImageBytes, signal } = reading;
  try {
    const file = await reference.find();
    if (!file) throw new errors.GLIMPSE_FILE_UNREADABLE('there is no such file.');
    if (file.size > maxImageBytes) {
      throw new errors.GLIMPSE_IMAGE_BYTES_TOO_LARGE(file.size, maxImageBytes);
    }
    const encoded = await file.read(maxImageBytes, signal);
    return { line, entry, label: undefined, values: [], encoded };
  } catch (error) {
    signal?.throwIfAborted();
    const known = causeOf(error);
    if (!known) throw error;
    return { line, entry, problem: known.message, code: known.code };
  }
}

/** What is wrong with this file, as opposed to a store that does not answer. */
function causeOf(error: unknown): { readonly message: string; readonly code: string } | undefined {
  if (!isGlimpseError(error)) {
    // A file that was there when the folder was listed, and cannot be read now.
    const isOfDisk = error instanceof Error && 'syscall' in error;
    if (!isOfDisk) return undefined;
    return new errors.GLIMPSE_FILE_UNREADABLE('it was there when the folder was listed.');
  }
  return [403, 404, 413, 415, 422].includes(error.statusCode) ? error : undefined;
}
