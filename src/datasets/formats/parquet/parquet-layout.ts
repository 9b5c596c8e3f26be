import type { SchemaTree } from 'hyparquet';
import {
  findTableLayout,
  isRowNames,
  type ColumnChoice,
  type TableColumn,
} from '../tables/table-layout.ts';

/** The structs that Spark has for images and for vectors, by the fields that are read of them. */
const SPARK_STRUCTS = {
  sparkImage: ['data', 'height', 'width', 'nChannels', 'mode'],
  sparkVector: ['values', 'indices', 'type', 'size'],
} as const;

/** Where in the columns of a Parquet file the examples are. Every path leads from the root to a column. */
export interface ParquetLayout {
  /** Pixels in a column each, in a list, as an encoded image, or in one of the structs of Spark. */
  readonly kind: 'columns' | 'list' | 'image' | keyof typeof SPARK_STRUCTS;
  /** Undefined where the label stands in none. */
  readonly label: SchemaTree[] | undefined;
  /** One path, one for each pixel, or one for each field of a struct of Spark. */
  readonly pixels: SchemaTree[][];
}

const NUMBER_TYPES = new Set<string | undefined>(['INT32', 'INT64', 'FLOAT', 'DOUBLE']);

/** Pure: what a schema holds, and which of its columns is the label. */
export function findLayout(root: SchemaTree, choice: ColumnChoice): ParquetLayout {
  const fields = root.children.filter(({ element }) => !isRowNames(element.name));
  const { kind, label, pixels } = findTableLayout(
    fields.map((field) => describe(root, field)),
    choice,
  );
  const struct = sparkStruct(root, fields[pixels[0]!]!);
  const labelPath = label === undefined ? undefined : [root, fields[label]!];
  if (struct) return { ...struct, label: labelPath };
  const pathOf = (at: number): SchemaTree[] => {
    const field = fields[at]!;
    return imagePath(root, field) ?? listPath(root, field) ?? [root, field];
  };
  return { kind, label: labelPath, pixels: pixels.map(pathOf) };
}

function describe(root: SchemaTree, field: SchemaTree): TableColumn {
  const { name } = field.element;
  const isNested = field.children.length > 0 || field.element.repetition_type === 'REPEATED';
  return { name, holds: holdingOf(root, field), isNested };
}

function holdingOf(root: SchemaTree, field: SchemaTree): TableColumn['holds'] {
  const struct = sparkStruct(root, field);
  if (struct) return struct.kind === 'sparkImage' ? 'image' : 'list';
  if (imagePath(root, field)) return 'image';
  if (listPath(root, field)) return 'list';
  if (field.children.length > 0) return 'words';
  return isNumber(field) ? 'number' : 'words';
}

/** A struct of Spark, and the paths of its fields. */
function sparkStruct(
  root: SchemaTree,
  field: SchemaTree,
): (Pick<ParquetLayout, 'pixels'> & { kind: keyof typeof SPARK_STRUCTS }) | undefined {
  for (const kind of ['sparkImage', 'sparkVector'] as const) {
    const paths = SPARK_STRUCTS[kind].map((name) => {
      const inner = field.children.find(({ element }) => element.name === name);
      return inner && (listPath(root, inner)?.slice(1) ?? [inner]);
    });
    const found = paths.filter((path) => path !== undefined);
    if (found.length === paths.length) {
      return { kind, pixels: found.map((path) => [root, field, ...path]) };
    }
  }
  return undefined;
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
  let inner = field;
  while (inner.children.length === 1) {
    inner = inner.children[0]!;
    isRepeated ||= inner.element.repetition_type === 'REPEATED';
    path.push(inner);
  }
  return isRepeated && isNumber(inner) ? path : undefined;
}

/** A field of others has no type of its own. */
function isNumber({ element }: SchemaTree): boolean {
  const { type, logical_type: logical, converted_type: converted } = element;
  if (logical?.type === 'FLOAT16' || converted === 'DECIMAL') return true;
  const isTime = /DATE|TIME/.test(`${logical?.type} ${converted}`);
  return NUMBER_TYPES.has(type) && !isTime;
}
