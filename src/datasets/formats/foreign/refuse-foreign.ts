import { errors, isGlimpseError, withDetails } from '../../../errors.ts';
import { readTextHead } from '../../bytes/text-source.ts';
import type { FileOnDisk } from '../../bytes/byte-source.ts';
import { printable } from '../../file-names.ts';
import type { DatasetFormat } from '../../spec.ts';
import { isArrow } from '../arrow/ipc-messages.ts';
import { idxAxes } from '../idx-axes.ts';
import { isTfRecord } from '../tfrecord/record-frames.ts';
import { isNpy } from '../numpy/npy-header.ts';
import { foreignForm, type ForeignForm } from './foreign-forms.ts';

/** How many bytes tell what a file is. */
const HEAD_BYTES = 65_536;

/** What a file is: a form of bytes that is read, CSV or JSON, text that may be either, or nothing at all. */
export type KnownBytes =
  | Extract<DatasetFormat, 'idx' | 'parquet' | 'arrow' | 'numpy' | 'tfrecord' | 'csv' | 'json'>
  | 'text'
  | 'empty';

/** What a file is by its bytes, whatever it is called; throws GLIMPSE_DATASET_INVALID for what is none of ours. */
export async function knownBytes(file: FileOnDisk): Promise<KnownBytes> {
  const head = await readTextHead(file, HEAD_BYTES);
  if (head.length === 0) return 'empty';
  if (idxAxes(head) !== undefined) return 'idx';
  if (head.toString('latin1', 0, 4) === 'PAR1') return 'parquet';
  if (isNpy(head)) return 'numpy';
  if (isArrow(head)) return 'arrow';
  if (isTfRecord(head)) return 'tfrecord';
  const foreign = foreignForm(head);
  if (foreign) throw refuseForeign(file.name, foreign);
  return textIn(head);
}

/** What a text is by its beginning; undecided when it is neither plainly CSV nor plainly JSON. */
function textIn(head: Buffer): 'csv' | 'json' | 'text' {
  // A byte order mark is blank too.
  const text = head.toString('utf8').trimStart();
  if (/^(\{\s*["}]|\[\s*[[{])/.test(text)) return 'json';
  return /^[^[{"'\n\r][^\n\r]*[,;\t]/.test(text) ? 'csv' : 'text';
}

/** Throws when a file is not of the format it is to be read as. */
export async function checkIsOf(file: FileOnDisk, format: DatasetFormat): Promise<void> {
  const known = await knownBytes(file);
  const wanted = format === 'ndjson' ? 'json' : format;
  const isText = wanted === 'csv' || wanted === 'json';
  if (known === 'empty' || known === wanted || (isText && known === 'text')) return;
  const isOtherText = known === 'csv' || known === 'json';
  const found =
    known === 'text' ? 'text' : isOtherText ? known.toUpperCase() : `of the format ${known}`;
  const advice = isOtherText && isText ? '; dataset.format (--format) says what it is' : '';
  throw new errors.GLIMPSE_DATASET_INVALID(
    `"${printable(file.name)}" is ${found} and not ${format}${advice}`,
  );
}

/** The refusal of something that is none of the forms that are read. */
export function refuseForeign(name: string, { what, advice }: ForeignForm): Error {
  const error = new errors.GLIMPSE_DATASET_INVALID(`"${printable(name)}" is ${what}; ${advice}`);
  return withDetails(error, { found: what });
}

/** Whether a dataset was refused for what it is. */
export function isForeignRefusal(error: unknown): boolean {
  return isGlimpseError(error) && error.details?.['found'] !== undefined;
}
