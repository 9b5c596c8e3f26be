import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  Binary,
  Dictionary,
  Field,
  FixedSizeList,
  Int16,
  Int32,
  Int64,
  LargeBinary,
  LargeUtf8,
  List,
  Null,
  Schema,
  SparseUnion,
  Struct,
  Table,
  Uint8,
  Utf8,
  Utf8View,
  tableToIPC,
  vectorFromArray,
  type DataType,
  type Vector,
} from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import {
  columnPositions,
  readColumn,
  type BatchLocation,
} from '../../../../src/datasets/formats/arrow/arrow-columns.ts';
import { readBatches } from '../../../../src/datasets/formats/arrow/ipc-batches.ts';
import { placed } from './ipc-bytes.ts';
import { arrow } from './library.ts';

const field = (name: string, type: DataType) => new Field(name, type, true);

interface Batch {
  readonly length?: number;
  readonly nodes: readonly { readonly length: number; readonly nullCount: number }[];
  /** The bytes of each buffer, as they stand in the file. */
  readonly buffers: readonly Uint8Array[];
  readonly codec?: number;
  readonly variadic?: readonly number[];
}

/** A column of a message with these nodes and buffers, which its schema says are of these types. */
async function read(types: readonly DataType[], batch: Batch, column = 0, maxBytes?: number) {
  let end = 3;
  const buffers = batch.buffers.map(({ length }) => {
    end += length;
    return { offset: end - length - 3, length };
  });
  const schema = new Schema(types.map((type, at) => field(`c${at}`, type)));
  const message = {
    length: batch.length ?? batch.nodes[0]!.length,
    nodes: batch.nodes,
    buffers,
    compression: batch.codec === undefined ? null : { type: batch.codec },
    variadicBufferCounts: batch.variadic ?? [],
  } as unknown as BatchLocation['batch'];
  const data = await readColumn(
    arrow,
    {
      file: placed(Buffer.concat([Buffer.of(9, 9, 9), ...batch.buffers])),
      schema,
      batch: message,
      body: 3,
      dictionaries: new Map(),
      positions: columnPositions(arrow, schema, message),
    },
    column,
    maxBytes,
  );
  return [...new arrow.Vector([data])];
}

const none = new Uint8Array();
const node = (length: number, nullCount = 0) => ({ length, nullCount });
const int16 = (...values: number[]) => Buffer.from(Int16Array.from(values).buffer);
/** A packed buffer behind how long it becomes. */
const packed = (length: number, bytes: Uint8Array) => {
  const head = Buffer.alloc(8);
  head.writeBigInt64LE(BigInt(length));
  return Buffer.concat([head, bytes]);
};
const plain = (bytes: Uint8Array) => packed(-1, bytes);
/** A frame of zstd with its bytes as they are. */
const zstdFrame = (bytes: Uint8Array) =>
  Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, bytes.length, bytes.length * 8 + 1, 0, 0, ...bytes]);
/** A view of text: its length, and twelve bytes that are it, or say where it is. */
const view = (length: number, rest: string) =>
  Buffer.concat([Buffer.of(length, 0, 0, 0), Buffer.from(rest.padEnd(12, '\0'))]);
const LZ4 = 0;
const ZSTD = 1;

describe('a column of a message', () => {
  it('is read from its own buffers', async () => {
    const batch = {
      nodes: [node(3), node(3)],
      buffers: [none, int16(1, 2, 3), none, int16(4, 5, 6)],
    };
    const types = [new Int16(), new Int16()];
    expect(await read(types, batch)).toEqual([1, 2, 3]);
    expect(await read(types, batch, 1)).toEqual([4, 5, 6]);
    const odd = {
      nodes: [node(3), node(2)],
      buffers: [Buffer.of(7), int16(1, 2, 3), none, int16(4, 5)],
    };
    expect(await read(types, odd)).toEqual([1, 2, 3]);
  });

  it('has as many rows as the message, nodes and buffers enough', async () => {
    const buffers = [none, int16(1, 2, 3)];
    await expect(read([new Int16()], { length: 4, nodes: [node(3)], buffers })).rejects.toThrow(
      'its columns do not have as many rows as it says',
    );
    const fewer = 'it describes fewer columns than it has';
    const two = [new Int16(), new Int16()];
    await expect(
      read(two, { nodes: [node(3)], buffers: [...buffers, ...buffers] }, 1),
    ).rejects.toThrow(fewer);
    await expect(read(two, { nodes: [node(3), node(3)], buffers }, 1)).rejects.toThrow(fewer);
  });

  it('may be packed, buffer by buffer', async () => {
    const values = int16(1, 2, 3, 4, 5);
    const zstd = packed(10, zstdFrame(values));
    for (const buffer of [plain(values), zstd]) {
      const batch = { nodes: [node(5)], buffers: [none, buffer], codec: ZSTD };
      expect(await read([new Int16()], batch)).toEqual([1, 2, 3, 4, 5]);
    }
    const frame = [4, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82, 10, 0, 0, 0x80, ...values, 0, 0, 0, 0];
    const lz4 = { nodes: [node(5)], buffers: [none, packed(10, Buffer.from(frame))], codec: LZ4 };
    expect(await read([new Int16()], lz4)).toEqual([1, 2, 3, 4, 5]);
    const empty = { nodes: [node(0)], buffers: [none, packed(0, none)], codec: LZ4 };
    expect(await read([new Int16()], empty)).toEqual([]);
  });

  it.each<[string, Uint8Array, string]>([
    ['cut off before its length', Buffer.alloc(7), 'a buffer is cut off'],
    ['of a length below zero', packed(-2, Buffer.alloc(4)), 'a column has -2 bytes in one batch'],
    [
      'larger than is read',
      packed(512 * 1024 * 1024 + 1, Buffer.alloc(4)),
      'a column has 536870913 bytes in one batch of rows; at most 536870912 are read',
    ],
    ['shorter than it says', packed(12, zstdFrame(int16(1, 2))), 'a Zstandard frame is broken'],
  ])('is refused when a buffer is %s', async (_, buffer, reason) => {
    const batch = { nodes: [node(2)], buffers: [none, buffer], codec: ZSTD };
    await expect(read([new Int16()], batch)).rejects.toThrow(reason);
  });

  it('is refused when its buffers together are larger than is read', async () => {
    const half = 256 * 1024 * 1024;
    const buffers = [packed(half + 8, none), packed(half, none)];
    await expect(read([new Int16()], { nodes: [node(1)], buffers, codec: ZSTD })).rejects.toThrow(
      `a column has ${2 * half + 8} bytes in one batch of rows`,
    );
  });

  it('may have as many bytes as are read, packed or not, and no more', async () => {
    const values = int16(1, 2, 3, 4, 5, 6, 7, 8);
    const zstd = { nodes: [node(8)], buffers: [none, packed(16, zstdFrame(values))], codec: ZSTD };
    for (const batch of [zstd, { nodes: [node(8)], buffers: [none, values] }]) {
      expect(await read([new Int16()], batch, 0, 16)).toHaveLength(8);
      const refused: unknown = await read([new Int16()], batch, 0, 15).catch(
        (error: unknown) => error,
      );
      expect(refused).toMatchObject({
        message: expect.stringMatching(
          /^a column has 16 bytes in one batch of rows; at most 15 are/,
        ),
      });
    }
  });

  it('of a union is refused', async () => {
    const union = new SparseUnion([0], [field('x', new Int16())]);
    await expect(read([union], { nodes: [node(1)], buffers: [] })).rejects.toThrow(
      'columns of unions are not read',
    );
  });
});

/** Columns of every kind, one after the other: each begins where the one before it ends. */
const kinds: [string, unknown[], DataType][] = [
  ['numbers', [1, null, 3], new Int32()],
  ['text', ['a', 'bc', null], new Utf8()],
  ['large text', ['a', 'bc', ''], new LargeUtf8()],
  ['bytes', [Buffer.of(1), Buffer.of(2, 3), null], new Binary()],
  ['large bytes', [Buffer.of(1), Buffer.of(2, 3), null], new LargeBinary()],
  ['nothing', [null, null, null], new Null()],
  ['lists', [[1n, 2n], null, [3n]], new List(field('x', new Int64()))],
  [
    'lists of one length',
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    new FixedSizeList(2, field('x', new Uint8())),
  ],
  [
    'structs',
    [{ a: 1, b: 'x' }, { a: 2, b: 'y' }, null],
    new Struct([field('a', new Int16()), field('b', new Utf8())]),
  ],
  ['words of a dictionary', ['x', 'y', 'x'], new Dictionary(new Utf8(), new Int32())],
];

/** Values as JSON has them, long numbers too. */
const json = (list: unknown) =>
  JSON.parse(
    JSON.stringify(list, (_key, value: unknown) =>
      typeof value === 'bigint' ? Number(value) : value,
    ),
  ) as unknown;

describe('the columns of a message', () => {
  it('are found behind a dictionary of lists, whose values are a message of their own', () => {
    const lists = new Dictionary(new List(field('x', new Utf8())), new Int32());
    const schema = new Schema([field('a', lists), field('b', new Int16())]);
    const batch = { variadicBufferCounts: [] } as unknown as BatchLocation['batch'];
    const position = columnPositions(arrow, schema, batch);
    expect([position(0), position(1)]).toEqual([
      { node: 0, buffer: 0, variadic: 0 },
      { node: 1, buffer: 2, variadic: 0 },
    ]);
  });

  it('of views have the buffers of their own', async () => {
    const batch = {
      nodes: [node(1), node(1)],
      buffers: [none, view(2, 'ab'), none, view(16, 'abcd'), Buffer.from('abcdefghijklmnop')],
      variadic: [0, 1],
    };
    const types = [new Utf8View(), new Utf8View()];
    expect(await read(types, batch)).toEqual(['ab']);
    expect(await read(types, batch, 1)).toEqual(['abcdefghijklmnop']);
  });

  it('are found behind views of text, which have as many buffers as they need', async () => {
    const file = placed(
      await readFile(join(import.meta.dirname, '../../arrow-files/polars.arrow')),
    );
    const read: unknown[][] = [[], []];
    for await (const location of readBatches(file, arrow)) {
      for (const at of [0, 1]) {
        read[at]!.push(...new arrow.Vector([await readColumn(arrow, location, at)]));
      }
    }
    expect(read[0]!.slice(0, 3)).toEqual(
      ['cat', 'dog', 'emu'].map((name) => `a long name of ${name}`),
    );
    expect(read[1]!.map((png) => Buffer.from(png as Uint8Array).toString('latin1', 1, 4))).toEqual(
      Array.from({ length: 12 }, () => 'PNG'),
    );
  });

  it.each(kinds)('are found behind one of %s', async (_, values, type) => {
    const columns: Record<string, Vector> = {
      before: vectorFromArray([7, 8, 9], new Int16()),
      one: vectorFromArray(values as never, type),
      after: vectorFromArray([4, 5, 6], new Int16()),
    };
    for (const format of ['stream', 'file'] as const) {
      const file = placed(tableToIPC(new Table(columns), format));
      const read: unknown[] = [];
      for await (const location of readBatches(file, arrow)) {
        for (const at of [0, 1, 2]) {
          read.push(...new arrow.Vector([await readColumn(arrow, location, at)]).toJSON());
        }
      }
      expect(json(read)).toEqual(json([7, 8, 9, ...columns['one']!.toJSON(), 4, 5, 6]));
    }
  });
});
