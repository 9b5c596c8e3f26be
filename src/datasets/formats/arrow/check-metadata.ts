/**
 * Looks a description of Arrow (a flatbuffer) through before it is decoded: its library believes every number in it,
 * and would make as many objects as a few damaged bytes say there are.
 */

/** How deep columns may lie in each other. */
const MAX_DEPTH = 64;
/** Names may be shared by columns; so many times its own size may come of a description. */
const MAX_GROWTH = 4;

const HEADERS = { schema: 1, dictionary: 2, rows: 3 } as const;

/** Throws when a message says that it holds more than its bytes can. */
export function checkMessage(bytes: Buffer): void {
  const check = createCheck(bytes);
  const root = check.root();
  const header = check.child(root, 2);
  const kind = check.byte(root, 1);
  if (header === undefined) return;
  if (kind === HEADERS.schema) check.schema(header);
  const rows = kind === HEADERS.dictionary ? check.child(header, 1) : header;
  if (kind !== HEADERS.schema && rows !== undefined) {
    check.vector(rows, 1, 16);
    check.vector(rows, 2, 16);
    check.vector(rows, 4, 8);
  }
}

/** The same of the footer of a file. */
export function checkFooter(bytes: Buffer): void {
  const check = createCheck(bytes);
  const root = check.root();
  const schema = check.child(root, 1);
  if (schema !== undefined) check.schema(schema);
  check.vector(root, 2, 24);
  check.vector(root, 3, 24);
}

function createCheck(bytes: Buffer) {
  let left = bytes.length * MAX_GROWTH;
  const spend = (count: number): void => {
    left -= count;
    if (left < 0) throw tooMuch();
  };
  /** Where a field of a table stands; undefined when it is left out. */
  const place = (table: number, field: number): number | undefined => {
    const names = table - bytes.readInt32LE(table);
    const slot = 4 + field * 2;
    if (slot >= bytes.readUInt16LE(names)) return undefined;
    const offset = bytes.readUInt16LE(names + slot);
    return offset === 0 ? undefined : table + offset;
  };
  const child = (table: number, field: number): number | undefined => {
    const at = place(table, field);
    return at === undefined ? undefined : at + bytes.readUInt32LE(at);
  };
  /** The beginning and the length of a vector, all of which there must be. */
  const vector = (table: number, field: number, size: number): { at: number; length: number } => {
    const start = child(table, field);
    if (start === undefined) return { at: 0, length: 0 };
    const length = bytes.readUInt32LE(start);
    if (start + 4 + length * size > bytes.length) throw tooMuch();
    spend(length * size);
    return { at: start + 4, length };
  };
  const tables = function* (table: number, field: number): Generator<number> {
    const { at, length } = vector(table, field, 4);
    for (let index = 0; index < length; index += 1) {
      const from = at + index * 4;
      yield from + bytes.readUInt32LE(from);
    }
  };
  const texts = (table: number, field: number): void => {
    for (const pair of tables(table, field)) [0, 1].forEach((one) => vector(pair, one, 1));
  };
  const column = (table: number, depth: number): void => {
    if (depth > MAX_DEPTH) throw tooMuch();
    vector(table, 0, 1);
    texts(table, 6);
    for (const inner of tables(table, 5)) column(inner, depth + 1);
  };
  return {
    root: () => bytes.readUInt32LE(0),
    child,
    vector,
    byte: (table: number, field: number) => bytes[place(table, field) ?? bytes.length],
    schema(table: number): void {
      texts(table, 2);
      for (const inner of tables(table, 1)) column(inner, 1);
    },
  };
}

function tooMuch(): Error {
  return new Error('it says that it holds more than its bytes can');
}
