import type { FileHandle } from 'node:fs/promises';
import { parquetMetadata, parquetSchema, type SchemaTree } from 'hyparquet';
import type { ColumnLocation } from '../../../../src/datasets/formats/parquet/parquet-pages.ts';
import {
  encodings,
  parquetFile,
  types,
  type TestColumn,
  type TestField,
  type TestPage,
} from '../../../support/parquet.ts';

type Meta = NonNullable<ColumnLocation['chunk']['meta_data']>;

export interface TestColumnOptions {
  readonly field?: Partial<TestField>;
  readonly codec?: number;
  /** What is said of the column instead of what is true. */
  readonly meta?: Partial<Meta>;
  readonly filePath?: string;
}

/** A file of one column `x` of these pages, as its readers are told of it. */
export function columnOf(
  pages: readonly TestPage[],
  options: TestColumnOptions = {},
): ColumnLocation {
  const { field = {}, codec, meta, filePath } = options;
  const whole: TestField = { name: 'x', type: types.INT32, ...field };
  const names: string[] = [];
  let leaf = whole;
  for (; leaf.children; leaf = leaf.children[0]!) names.push(leaf.name);
  const path = [...names, leaf.name];
  const column: TestColumn = {
    path,
    type: leaf.type!,
    pages,
    ...(codec !== undefined && { codec }),
  };
  const bytes = parquetFile({ fields: [whole], groups: [{ rows: 1, columns: [column] }] });
  const metadata = parquetMetadata(bytes);
  const chunk = metadata.row_groups[0]!.columns[0]!;
  const handle = {
    read: async (buffer: Buffer, offset: number, length: number, position: number) => {
      const part = bytes.subarray(position, position + length);
      buffer.set(part, offset);
      return { buffer, bytesRead: part.length };
    },
  };
  const trees: SchemaTree[] = [parquetSchema(metadata)];
  for (const name of path)
    trees.push(trees.at(-1)!.children.find(({ element }) => element.name === name)!);
  return {
    handle: handle as unknown as FileHandle,
    size: bytes.length,
    chunk: {
      ...chunk,
      ...(filePath !== undefined && { file_path: filePath }),
      meta_data: { ...chunk.meta_data!, ...meta },
    },
    path: trees,
  };
}

/** The page of a dictionary. */
export const dictionary = (body: Uint8Array, count: number): TestPage => ({
  body,
  dictionary: { 1: count, 2: encodings.PLAIN },
});
