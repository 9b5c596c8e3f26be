/** What a column of a file that is written holds; every value may be missing. */
export type ColumnType =
  | 'integer'
  | 'number'
  | 'text'
  | { readonly list: ColumnType }
  | { readonly fields: Readonly<Record<string, ColumnType>> };

/** The columns of a file, in their order. */
export type Columns = Readonly<Record<string, ColumnType>>;

/** A row of such a file; a field that it lacks is null. */
export type WrittenRow = Readonly<Record<string, unknown>>;
