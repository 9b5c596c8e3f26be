import type { ComponentChildren } from 'preact';

/** A column that rows are sorted by. */
export interface Column<Row> {
  readonly name: string;
  readonly title: string;
  readonly isNumber?: boolean;
  readonly valueOf: (row: Row) => string | number;
}

export interface Order {
  readonly column: string;
  readonly isDown: boolean;
}

interface SortHeadProps<Row> {
  readonly columns: readonly Column<Row>[];
  readonly order: Order;
  readonly onOrder: (order: Order) => void;
  /** Columns before them, which are not sorted by. */
  readonly children?: ComponentChildren;
}

/** The head of a table whose columns are pressed to sort by them. */
export function SortHead<Row>({ columns, order, onOrder, children }: SortHeadProps<Row>) {
  const { column, isDown } = order;
  return (
    <thead>
      <tr>
        {children}
        {columns.map(({ name, title, isNumber }) => (
          <th
            key={name}
            scope="col"
            class={isNumber ? 'number' : undefined}
            aria-sort={name !== column ? undefined : isDown ? 'descending' : 'ascending'}
          >
            <button
              type="button"
              class="sort"
              onClick={() => onOrder({ column: name, isDown: name === column ? !isDown : true })}
            >
              {title}
              <span aria-hidden="true">{name !== column ? '' : isDown ? ' ↓' : ' ↑'}</span>
            </button>
          </th>
        ))}
      </tr>
    </thead>
  );
}

export function inOrder<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { column, isDown }: Order,
): Row[] {
  const { valueOf } = columns.find(({ name }) => name === column) ?? columns[0]!;
  const sign = isDown ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [one, other] = [valueOf(a), valueOf(b)];
    return one === other ? 0 : one < other ? -sign : sign;
  });
}
