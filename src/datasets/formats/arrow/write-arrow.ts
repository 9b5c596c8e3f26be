import type { DataType } from 'apache-arrow/type';
import type { Columns, ColumnType, WrittenRow } from '../tables/written-columns.ts';

/** Rows as an Arrow IPC file of one batch; a field that a row lacks is null. */
export async function writeArrow(
  rows: readonly WrittenRow[],
  columns: Columns,
): Promise<Uint8Array> {
  const arrow = await loadWriter();
  const vectors = Object.entries(columns).map(([name, type]) => {
    const values = rows.map((row) => row[name] ?? null);
    return [name, arrow.vectorFromArray(values, typeOf(arrow, type))] as const;
  });
  return arrow.tableToIPC(new arrow.Table(Object.fromEntries(vectors)), 'file');
}

/** Loads the parts of the library that write, when the first file is written. */
async function loadWriter() {
  const [{ vectorFromArray }, { Table }, { tableToIPC }, types, { Field }] = await Promise.all([
    import('apache-arrow/factories'),
    import('apache-arrow/table'),
    import('apache-arrow/ipc/serialization'),
    import('apache-arrow/type'),
    import('apache-arrow/schema'),
  ]);
  return { vectorFromArray, Table, tableToIPC, types, Field };
}

type ArrowWriter = Awaited<ReturnType<typeof loadWriter>>;

function typeOf(arrow: ArrowWriter, type: ColumnType): DataType {
  const { types, Field } = arrow;
  if (type === 'integer') return new types.Int32();
  if (type === 'number') return new types.Float64();
  if (type === 'text') return new types.Utf8();
  if ('list' in type) return new types.List(new Field('item', typeOf(arrow, type.list), true));
  const fields = Object.entries(type.fields).map(
    ([name, one]) => new Field(name, typeOf(arrow, one), true),
  );
  return new types.Struct(fields);
}
