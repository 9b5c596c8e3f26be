import type { SchemaElement } from 'hyparquet';
import type { Columns, ColumnType, WrittenRow } from '../tables/written-columns.ts';

/** Rows as a Parquet file (Snappy); a field that a row lacks is null. */
export async function writeParquet(
  rows: readonly WrittenRow[],
  columns: Columns,
): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  const names = Object.keys(columns);
  const bytes = parquetWriteBuffer({
    columnData: names.map((name) => ({ name, data: rows.map((row) => row[name] ?? null) })),
    schema: [
      { name: 'root', num_children: names.length },
      ...Object.entries(columns).flatMap(([name, type]) => elementsOf(name, type)),
    ],
    createdBy: 'glimpse',
  });
  return new Uint8Array(bytes);
}

/** The elements of one column, each group before what is in it. Lists have the three levels of the specification. */
function elementsOf(name: string, type: ColumnType): SchemaElement[] {
  const optional = { name, repetition_type: 'OPTIONAL' } as const;
  if (type === 'integer') return [{ ...optional, type: 'INT32' }];
  if (type === 'number') return [{ ...optional, type: 'DOUBLE' }];
  if (type === 'text') return [{ ...optional, type: 'BYTE_ARRAY', converted_type: 'UTF8' }];
  if ('list' in type) {
    return [
      { ...optional, converted_type: 'LIST', num_children: 1 },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      ...elementsOf('element', type.list),
    ];
  }
  const fields = Object.entries(type.fields);
  return [
    { ...optional, num_children: fields.length },
    ...fields.flatMap(([field, one]) => elementsOf(field, one)),
  ];
}
