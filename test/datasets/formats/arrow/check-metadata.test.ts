import { describe, expect, it } from 'vitest';
import {
  checkFooter,
  checkMessage,
} from '../../../../src/datasets/formats/arrow/check-metadata.ts';
import { refusalOf } from '../../../support/refusal-of.ts';

/** A part of a flatbuffer: a table by its fields, a vector of tables, one of values, or a byte. */
type Part =
  | { readonly fields: Readonly<Record<number, Part>> }
  | { readonly tables: readonly Part[]; readonly claims?: number }
  | { readonly count: number; readonly size: number; readonly claims?: number }
  | { readonly byte: number };

/** The bytes of a flatbuffer; what is the same object stands there once. `claims`: what a vector says it has. */
function flatbuffer(root: Part): Buffer {
  const bytes: number[] = [];
  const known = new Map<Part, number>();
  const put = (at: number, value: number, size: number): void => {
    for (let byte = 0; byte < size; byte += 1) bytes[at + byte] = (value >>> (8 * byte)) & 255;
  };
  const room = (size: number): number =>
    bytes.push(...Array.from({ length: size }, () => 0)) - size;
  const link = (slot: number, part: Part): void => put(slot, place(part) - slot, 4);
  const place = (part: Part): number => {
    const before = known.get(part);
    if (before !== undefined) return before;
    if ('tables' in part) {
      const at = room(4 + part.tables.length * 4);
      put(at, part.claims ?? part.tables.length, 4);
      part.tables.forEach((one, index) => link(at + 4 + index * 4, one));
      return at;
    }
    if ('count' in part) {
      const at = room(4 + part.count * part.size);
      put(at, part.claims ?? part.count, 4);
      return at;
    }
    if ('byte' in part) throw new Error('a byte stands in its table');
    const fields = Object.entries(part.fields).map(([field, one]) => [Number(field), one] as const);
    const count = Math.max(-1, ...fields.map(([field]) => field)) + 1;
    const names = room(4 + count * 2);
    put(names, 4 + count * 2, 2);
    const at = room(4 + fields.length * 4);
    known.set(part, at);
    put(at, at - names, 4);
    fields.forEach(([field, one], index) => {
      const slot = at + 4 + index * 4;
      put(names + 4 + field * 2, slot - at, 2);
      if ('byte' in one) put(slot, one.byte, 1);
      else link(slot, one);
    });
    return at;
  };
  room(4);
  put(0, place(root), 4);
  return Buffer.from(bytes);
}

const table = (fields: Readonly<Record<number, Part>>): Part => ({ fields });
const values = (count: number, size: number, more = 0): Part => ({
  count,
  size,
  claims: count + more,
});
const tables = (...all: readonly Part[]): Part => ({ tables: all });
const SCHEMA = 1;
const DICTIONARY = 2;
const ROWS = 3;
const message = (kind: number, header: Part): Part => table({ 1: { byte: kind }, 2: header });
const column = (name: Part, more: Readonly<Record<number, Part>> = {}): Part =>
  table({ 0: name, ...more });
const ofColumn = (one: Part): Part => message(SCHEMA, table({ 1: tables(one) }));

/** What a description says that it has more of, as the last of its bytes. */
const places: [string, (more: number) => Part][] = [
  ['a name', (more) => ofColumn(column(values(3, 1, more)))],
  [
    'the name of an inner column',
    (more) => ofColumn(column(values(1, 1), { 5: tables(column(values(3, 1, more))) })),
  ],
  ['a key of a column', (more) => ofColumn(table({ 6: tables(table({ 0: values(2, 1, more) })) }))],
  [
    'a value of a column',
    (more) => ofColumn(table({ 6: tables(table({ 1: values(2, 1, more) })) })),
  ],
  [
    'a key of the schema',
    (more) => message(SCHEMA, table({ 2: tables(table({ 0: values(2, 1, more) })) })),
  ],
  [
    'a value of the schema',
    (more) => message(SCHEMA, table({ 2: tables(table({ 1: values(2, 1, more) })) })),
  ],
  ['nodes', (more) => message(ROWS, table({ 1: values(2, 16, more) }))],
  ['buffers', (more) => message(ROWS, table({ 2: values(2, 16, more) }))],
  ['counts of buffers', (more) => message(ROWS, table({ 4: values(2, 8, more) }))],
  [
    'nodes of a dictionary',
    (more) => message(DICTIONARY, table({ 1: table({ 1: values(2, 16, more) }) })),
  ],
  [
    'buffers of a dictionary',
    (more) => message(DICTIONARY, table({ 1: table({ 2: values(2, 16, more) }) })),
  ],
  ['columns', (more) => message(SCHEMA, table({ 1: { tables: [], claims: more } }))],
  ['inner columns', (more) => ofColumn(table({ 5: { tables: [], claims: more } }))],
];

/** Nodes and buffers that are not there, under a kind of message. */
const other = (kind: number) => message(kind, table({ 1: values(1, 1, 9), 2: values(1, 1, 9) }));

/** Five columns that share one name of so many bytes. */
function sharing(length: number): Buffer {
  const one = column(values(length, 1));
  return flatbuffer(message(SCHEMA, table({ 1: tables(one, one, one, one, one) })));
}
/** What that spends: five places of four bytes, and five times the name. */
const spentBy = (length: number) => 5 * 4 + 5 * length;

const tooMuch = 'it says that it holds more than its bytes can';

describe('a message of Arrow', () => {
  it.each(places)('says no more of %s than there is', (_, part) => {
    checkMessage(flatbuffer(part(0)));
    expect(() => checkMessage(flatbuffer(part(1)))).toThrow(tooMuch);
    expect(() => checkMessage(flatbuffer(part(100_000_000)))).toThrow(tooMuch);
  });

  it('may leave out everything, or be of another kind', () => {
    for (const part of [
      table({}),
      ...[SCHEMA, DICTIONARY, ROWS].map((kind) => table({ 1: { byte: kind } })),
      message(DICTIONARY, table({})),
      message(SCHEMA, table({})),
      message(ROWS, table({})),
      ofColumn(table({})),
    ]) {
      expect(refusalOf(() => checkMessage(flatbuffer(part)))).toBeUndefined();
    }
    expect(() => checkMessage(flatbuffer(other(ROWS)))).toThrow(tooMuch);
  });

  it('may share names among its columns, up to four times its size', () => {
    const most = 4 * sharing(0).length - 5 * 4;
    expect(spentBy(most)).toBe(4 * sharing(most).length);
    expect(refusalOf(() => checkMessage(sharing(most)))).toBeUndefined();
    expect(() => checkMessage(sharing(most + 1))).toThrow(tooMuch);
  });

  it('has columns in each other sixty-four deep, and no deeper', () => {
    const nested = (depth: number): Part =>
      depth === 1 ? column(values(1, 1)) : column(values(1, 1), { 5: tables(nested(depth - 1)) });
    checkMessage(flatbuffer(ofColumn(nested(64))));
    expect(() => checkMessage(flatbuffer(ofColumn(nested(65))))).toThrow(tooMuch);
  });
});

describe('a footer of Arrow', () => {
  it.each<[string, (more: number) => Part]>([
    ['dictionaries', (more) => table({ 2: values(2, 24, more) })],
    ['batches', (more) => table({ 3: values(2, 24, more) })],
    ['a name', (more) => table({ 1: table({ 1: tables(column(values(3, 1, more))) }) })],
  ])('says no more of %s than there is', (_, part) => {
    checkFooter(flatbuffer(part(0)));
    expect(() => checkFooter(flatbuffer(part(1)))).toThrow(tooMuch);
  });

  it('may leave out everything', () => {
    expect(refusalOf(() => checkFooter(flatbuffer(table({}))))).toBeUndefined();
  });
});
