import type { SchemaTree } from 'hyparquet';
import { errors } from '../../../errors.ts';
import { printable } from '../../file-names.ts';
import { findLabelColumn, type LabelColumn } from '../../label-column.ts';
import { checkRowNumbers } from '../../row-numbers.ts';
import { pixelFields } from '../../row.ts';

/** Where in the columns of a Parquet file the examples are. Every path leads from the root to a column. */
export interface ParquetLayout {
  /** Pixels in a column each, in a list, or as an encoded image. */
  readonly kind: 'columns' | 'list' | 'image';
  readonly label: SchemaTree[];
  /** One path, or one for each pixel. */
  readonly pixels: SchemaTree[][];
}

const IMAGE_NAMES = ['image', 'img', 'picture', 'bytes'];

/** Pure: what a schema holds, and which of its columns is the label. */
export function findLayout(root: SchemaTree, labelColumn: LabelColumn): ParquetLayout {
  // pandas keeps the names of its rows in such columns.
  const fields = root.children.filter(({ element }) => !element.name.startsWith('__index_level_'));
  const names = fields.map(({ element }) => element.name);
  const label = fields[findLabelColumn(names, labelColumn, (at) => isNested(fields[at]!))]!;
  const rest = fields.filter((field) => field !== label);
  const image = pick(rest, IMAGE_NAMES, (field) => imagePath(root, field) !== undefined);
  const list = pick(rest, pixelFields, (field) => listPath(root, field) !== undefined);
  const found = image ?? list;
  if (found) {
    const path = imagePath(root, found) ?? listPath(root, found) ?? [];
    return { kind: image ? 'image' : 'list', label: [root, label], pixels: [path] };
  }
  if (rest.length === 0) throw invalid('it has no columns of pixels');
  const word = rest.find((field) => !isNumber(field));
  if (word) {
    throw invalid(
      `the column "${printable(word.element.name)}" holds no numbers that could be pixels`,
    );
  }
  checkRowNumbers(
    rest.map(({ element }) => element.name),
    undefined,
  );
  return { kind: 'columns', label: [root, label], pixels: rest.map((field) => [root, field]) };
}

/** Lists and structs hold images, or nothing that is read. */
function isNested({ element, children }: SchemaTree): boolean {
  return children.length > 0 || element.repetition_type === 'REPEATED';
}

/** The field that fits: the one with a usual name when several do. */
function pick(
  fields: readonly SchemaTree[],
  names: readonly string[],
  fits: (field: SchemaTree) => boolean,
): SchemaTree | undefined {
  const fitting = fields.filter(fits);
  const usual = fitting.find(({ element }) => names.includes(element.name.toLowerCase()));
  if (usual || fitting.length <= 1) return usual ?? fitting[0];
  const found = fitting.map(({ element }) => `"${printable(element.name)}"`).slice(0, 3);
  throw invalid(`several columns could hold its images (${found.join(', ')})`);
}

/** Encoded images: a column of bytes, or a struct with one, as Hugging Face writes them. */
function imagePath(root: SchemaTree, field: SchemaTree): SchemaTree[] | undefined {
  if (isBytes(field)) return [root, field];
  const bytes = field.children.find(({ element }) => element.name === 'bytes');
  return bytes && isBytes(bytes) ? [root, field, bytes] : undefined;
}

function isBytes({ element }: SchemaTree): boolean {
  const { type, converted_type: converted, logical_type: logical } = element;
  return type === 'BYTE_ARRAY' && converted === undefined && logical === undefined;
}

/** Lists of numbers, of any depth. */
function listPath(root: SchemaTree, field: SchemaTree): SchemaTree[] | undefined {
  const path = [root, field];
  let isRepeated = field.element.repetition_type === 'REPEATED';
  for (let inner = field; inner.children.length === 1;) {
    inner = inner.children[0]!;
    isRepeated ||= inner.element.repetition_type === 'REPEATED';
    path.push(inner);
  }
  const last = path.at(-1);
  return isRepeated && last && isNumber(last) ? path : undefined;
}

function isNumber({ element, children }: SchemaTree): boolean {
  const { type, logical_type: logical, converted_type: converted } = element;
  if (children.length > 0) return false;
  if (logical?.type === 'FLOAT16' || converted === 'DECIMAL') return true;
  const isTime = /DATE|TIME/.test(`${logical?.type ?? ''} ${converted ?? ''}`);
  return ['INT32', 'INT64', 'FLOAT', 'DOUBLE'].includes(type ?? '') && !isTime;
}

function invalid(reason: string): Error {
  return new errors.GLIMPSE_DATASET_INVALID(`Parquet: ${reason}`);
}
