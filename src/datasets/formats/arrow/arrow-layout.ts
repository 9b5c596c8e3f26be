import type { Field, Schema } from 'apache-arrow/schema';
import type { DataType as ArrowType } from 'apache-arrow/type';
import { isRecord } from '../../../json.ts';
import { parseObject } from '../../bytes/json-object.ts';
import {
  findTableLayout,
  isRowNames,
  type ColumnChoice,
  type TableColumn,
} from '../tables/table-layout.ts';
import type { ArrowLibrary } from './arrow-library.ts';

/** Where in the columns of an Arrow file the examples are, by their positions in its schema. */
export interface ArrowLayout {
  readonly kind: 'columns' | 'list' | 'image';
  readonly label: number | undefined;
  readonly pixels: readonly number[];
}

/** Pure: what a schema holds, and which of its columns is the label. */
export function findArrowLayout(
  arrow: ArrowLibrary,
  schema: Schema,
  choice: ColumnChoice,
): ArrowLayout {
  const positions = [...schema.fields.keys()].filter((at) => !isRowNames(schema.fields[at]!.name));
  const columns = positions.map((at) => describe(arrow, schema.fields[at]!));
  const { kind, label, pixels } = findTableLayout(columns, choice);
  const labelAt = label === undefined ? undefined : positions[label]!;
  return { kind, label: labelAt, pixels: pixels.map((at) => positions[at]!) };
}

function describe(arrow: ArrowLibrary, { name, type }: Field): TableColumn {
  return { name, holds: holdingOf(arrow, type), isNested: isNested(arrow, type) };
}

function holdingOf(arrow: ArrowLibrary, type: ArrowType): TableColumn['holds'] {
  if (isBytes(arrow, type) || bytesField(arrow, type) !== undefined) return 'image';
  if (isListOfNumbers(arrow, type)) return 'list';
  return isNumber(arrow, type) ? 'number' : 'words';
}

function isNested({ DataType }: ArrowLibrary, type: ArrowType): boolean {
  return !DataType.isDictionary(type) && (type.children?.length ?? 0) > 0;
}

function isBytes({ DataType }: ArrowLibrary, type: ArrowType): boolean {
  return DataType.isBinary(type) || DataType.isLargeBinary(type) || DataType.isBinaryView(type);
}

/** The position of the bytes in a struct, as Hugging Face writes images. */
export function bytesField(arrow: ArrowLibrary, type: ArrowType): number | undefined {
  if (!arrow.DataType.isStruct(type)) return undefined;
  const at = type.children.findIndex(
    (child) => child.name === 'bytes' && isBytes(arrow, child.type),
  );
  return at < 0 ? undefined : at;
}

/** Whether a type is one of lists, of any kind. */
export function isList({ DataType }: ArrowLibrary, type: ArrowType): boolean {
  return DataType.isList(type) || DataType.isLargeList(type) || DataType.isFixedSizeList(type);
}

function isListOfNumbers(arrow: ArrowLibrary, type: ArrowType): boolean {
  if (!isList(arrow, type)) return false;
  const inner = type.children[0]!.type;
  return isNumber(arrow, inner) || isListOfNumbers(arrow, inner);
}

function isNumber({ DataType }: ArrowLibrary, type: ArrowType): boolean {
  return DataType.isInt(type) || DataType.isFloat(type) || DataType.isBool(type);
}

/** Arrow's own way to say which shape the lists of a column have. */
export function tensorShape({ metadata }: Field): readonly number[] | undefined {
  if (metadata.get('ARROW:extension:name') !== 'arrow.fixed_shape_tensor') return undefined;
  const described = parseObject(metadata.get('ARROW:extension:metadata') ?? '');
  const shape = isRecord(described) ? described['shape'] : undefined;
  if (!Array.isArray(shape) || (isRecord(described) && 'permutation' in described))
    return undefined;
  const sizes: unknown[] = shape;
  return sizes.every((size) => typeof size === 'number') ? sizes : undefined;
}
