import { decodeBase64, textOfDataUrl } from '../../base64.ts';
import { errors } from '../../errors.ts';
import { isRecord } from '../../json.ts';
import type { ImageShape } from '../dataset.ts';
import { printable } from '../file-names.ts';
import { findImageColumn } from '../image-column.ts';
import { findLabelColumn } from '../label-column.ts';
import { findRowNumbers } from '../row-numbers.ts';
import type { ColumnChoice } from './tables/table-layout.ts';

/** Where in the examples of a JSON dataset images and labels are; the first of them serves as the header. */
export type JsonLayout =
  | { readonly kind: 'list' | 'image'; readonly image: string; readonly label: string | undefined }
  | {
      readonly kind: 'columns';
      readonly pixels: readonly string[];
      readonly label: string | undefined;
    };

/** What the fields of a first example hold; undefined when it holds no pixels. */
export function findJsonLayout(
  example: Record<string, unknown>,
  choice: ColumnChoice,
  shape: ImageShape | undefined,
): JsonLayout | undefined {
  const names = Object.keys(example);
  const valueAt = (field: number): unknown => example[names[field]!];
  const isImage = (field: number): boolean => isEncoded(names[field]!, valueAt(field));
  const isPixels = (field: number): boolean => Array.isArray(valueAt(field));
  const held = names.some((_, field) => isImage(field)) ? isImage : isPixels;
  const found = findImageColumn(names, choice.imageColumn, held);
  if (found === undefined) return findColumns(example, names, choice, shape);
  const rest = names.filter((_, field) => field !== found);
  // An example may come without its label: the next one tells then.
  const label = rest.every((name) => Array.isArray(example[name]))
    ? undefined
    : names[findLabelColumn(names, choice.labelColumn, (at) => at === found || isPixels(at))];
  return { kind: isImage(found) ? 'image' : 'list', image: names[found]!, label };
}

/** A field for each pixel, as tables are written as JSON. */
function findColumns(
  example: Record<string, unknown>,
  names: readonly string[],
  { labelColumn, refuse }: ColumnChoice,
  shape: ImageShape | undefined,
): JsonLayout | undefined {
  if (!isWideRecord(example)) return undefined;
  const label = names[findLabelColumn(names, labelColumn)];
  const pixels = names.filter((name) => name !== label);
  const word = pixels.find(
    (name) => typeof example[name] === 'string' && Number.isNaN(Number(example[name])),
  );
  if (word !== undefined) {
    throw new errors.GLIMPSE_DATASET_INVALID(
      `the field "${printable(word)}" holds no numbers that could be pixels`,
    );
  }
  const rowNumber = findRowNumbers(pixels, shape, refuse);
  return { kind: 'columns', label, pixels: pixels.filter((name) => name !== rowNumber) };
}

/** Whether a JSON object is a row of a table: nothing but single values, most of them numbers. */
export function isWideRecord(value: Record<string, unknown>): boolean {
  const values = Object.values(value);
  const numbers = values.filter(
    (one) => typeof one === 'number' || one === null || typeof one === 'boolean',
  );
  return (
    numbers.length > 0 &&
    values.length > 1 &&
    values.every((one) => typeof one !== 'object' || one === null)
  );
}

/** Whether a value is an encoded image in a form that `/predict` takes: a data URL, or base64 called "b64". */
export function isEncoded(name: string, value: unknown): boolean {
  if (typeof value === 'string') return name === 'b64' || /^data:image\//i.test(value);
  return isRecord(value) && typeof value['b64'] === 'string';
}

/** The bytes of an encoded image, or why it holds none. */
export function encodedBytes(value: unknown): Buffer | string {
  const text = isRecord(value) ? value['b64'] : value;
  if (typeof text !== 'string') return 'it is neither base64 nor a data URL';
  const inUrl = textOfDataUrl(text) ?? { base64: text };
  if ('problem' in inUrl) return inUrl.problem;
  const decoded = decodeBase64(inUrl.base64);
  return 'problem' in decoded ? `its base64 cannot be read: ${decoded.problem}` : decoded.bytes;
}
