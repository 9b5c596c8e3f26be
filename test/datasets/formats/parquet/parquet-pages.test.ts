import type { FileHandle } from 'node:fs/promises';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readColumnRuns } from '../../../../src/datasets/formats/parquet/column-runs.ts';
import { openColumn } from '../../../../src/datasets/formats/parquet/parquet-pages.ts';
import { allOf } from '../../disk-files.ts';
import { columnOf, dictionary, type TestColumnOptions } from './one-column.ts';
import {
  byteArrays,
  codecs,
  dataPage,
  doubles,
  encodings,
  int32s,
  levels,
  repetitions,
  run,
  types,
  type TestPage,
} from '../../../support/parquet.ts';

const runsOf = (pages: readonly TestPage[], options?: TestColumnOptions) =>
  allOf(readColumnRuns(columnOf(pages, options)));
/** All values of a column. */
const valuesOf = async (pages: readonly TestPage[], options?: TestColumnOptions) =>
  (await runsOf(pages, options)).flatMap(({ values }) => Array.from(values));

const { BOOLEAN, INT32, INT64, FLOAT, DOUBLE, BYTE_ARRAY } = types;
const optional = { repetition: repetitions.OPTIONAL };
/** Values that are indices of 2 bits in a dictionary. */
const indices = (count: number, ...runs: Buffer[]) =>
  dataPage(count, Buffer.concat([Buffer.of(2), ...runs]), encodings.RLE_DICTIONARY);

describe('the pages of a column', () => {
  it.each<[string, TestPage[], TestColumnOptions, unknown[]]>([
    ['numbers of 32 bits', [dataPage(2, int32s(-1, 7))], {}, [-1, 7]],
    [
      'numbers of 64 bits',
      [dataPage(1, Buffer.from(BigInt64Array.of(-5n).buffer))],
      { field: { type: INT64 } },
      [-5n],
    ],
    [
      'floats',
      [dataPage(1, Buffer.from(Float32Array.of(0.5).buffer))],
      { field: { type: FLOAT } },
      [0.5],
    ],
    ['doubles', [dataPage(2, doubles(0.1, -2))], { field: { type: DOUBLE } }, [0.1, -2]],
    [
      'booleans',
      [dataPage(9, Buffer.of(0b101, 1))],
      { field: { type: BOOLEAN } },
      [true, false, true, false, false, false, false, false, true],
    ],
    [
      'booleans in runs, of which one says it is longer',
      [dataPage(3, levels(run(1, 1), run(60, 0)), encodings.RLE)],
      { field: { type: BOOLEAN } },
      [true, false, false],
    ],
    [
      'bytes',
      [dataPage(1, byteArrays(Buffer.of(1, 2)))],
      { field: { type: BYTE_ARRAY } },
      [Uint8Array.of(1, 2)],
    ],
    ['text', [dataPage(1, byteArrays('é'))], { field: { type: BYTE_ARRAY, converted: 0 } }, ['é']],
    [
      'numbers without a sign, in the field of a field',
      [dataPage(1, int32s(-1))],
      { field: { name: 'x', children: [{ name: 'y', type: INT32, converted: 13 }] } },
      [4_294_967_295],
    ],
    ['several pages', [dataPage(1, int32s(1)), dataPage(2, int32s(2, 3))], {}, [1, 2, 3]],
    ['no page', [], {}, []],
    ['a page of nothing', [dataPage(0, Buffer.alloc(0)), dataPage(1, int32s(1))], {}, [1]],
    [
      'missing ones',
      [dataPage(4, Buffer.concat([levels(run(1, 1), run(2, 0), run(1, 1)), int32s(4, 5)]))],
      { field: optional },
      [4, null, null, 5],
    ],
    [
      'none that is missing',
      [dataPage(2, Buffer.concat([levels(run(2, 1)), int32s(4, 5)]))],
      { field: optional },
      [4, 5],
    ],
    [
      'missing ones alone, of a dictionary that is not there',
      [dataPage(2, levels(run(2, 0)), encodings.RLE_DICTIONARY)],
      { field: optional },
      [null, null],
    ],
    [
      'numbers of a dictionary',
      [dictionary(int32s(10, 20, 30), 3), indices(3, run(1, 2), run(2, 0))],
      {},
      [30, 10, 10],
    ],
    [
      'text of a dictionary',
      [dictionary(byteArrays('a', 'b'), 2), indices(3, run(2, 1), run(1, 0))],
      { field: { type: BYTE_ARRAY, converted: 0 } },
      ['b', 'b', 'a'],
    ],
    [
      'a dictionary, and plain ones behind it',
      [dictionary(int32s(10), 1), indices(1, run(1, 0)), dataPage(1, int32s(7))],
      {},
      [10, 7],
    ],
    [
      'version 2',
      [{ body: int32s(8, 9), v2: { 1: 2, 2: 0, 3: 2, 4: encodings.PLAIN, 5: 0, 6: 0 } }],
      {},
      [8, 9],
    ],
    [
      'version 2, with missing ones',
      [
        {
          body: Buffer.concat([run(1, 0), run(1, 1), int32s(8)]),
          v2: { 1: 2, 2: 1, 3: 2, 4: encodings.PLAIN, 5: 4, 6: 0, 7: false },
        },
      ],
      { field: optional },
      [null, 8],
    ],
  ])('give their values: %s', async (_, pages, options, expected) => {
    expect(await valuesOf(pages, options)).toEqual(expected);
  });

  it('give numbers as arrays of numbers where none is missing', async () => {
    const [plain] = await runsOf([dataPage(2, Buffer.concat([levels(run(2, 1)), int32s(4, 5)]))], {
      field: optional,
    });
    expect(plain!.values).toEqual(Int32Array.of(4, 5));
    const [, referring] = [
      0,
      (await runsOf([dictionary(int32s(10, 20), 2), indices(2, run(2, 1))]))[0],
    ];
    expect(referring!.values).toEqual(Float64Array.of(20, 20));
  });

  const text = byteArrays('a'.repeat(100));
  it.each([
    ['GZIP', gzipSync(text)],
    ['BROTLI', brotliCompressSync(text)],
  ] as const)('are unpacked, and give no more than their header says: %s', async (name, body) => {
    const options = { codec: codecs[name], field: { type: BYTE_ARRAY, converted: 0 } };
    const page = (size: number) => [dataPage(1, body, encodings.PLAIN, { size })];
    expect(await valuesOf(page(104), options)).toEqual(['a'.repeat(100)]);
    await expect(valuesOf(page(105), options)).rejects.toThrow('104 bytes instead of 105');
    await expect(valuesOf(page(103), options)).rejects.toThrow('larger than 103 bytes');
  });

  it.each([
    ['SNAPPY', [4, 12, 7, 0, 0, 0]],
    ['ZSTD', [0x28, 0xb5, 0x2f, 0xfd, 0, 0x58, 33, 0, 0, 7, 0, 0, 0]],
    ['LZ4_RAW', [0x40, 7, 0, 0, 0]],
    ['LZ4', [0x40, 7, 0, 0, 0]],
    ['LZ4', [0, 0, 0, 4, 0, 0, 0, 5, 0x40, 7, 0, 0, 0]],
    ['LZ4', [0, 0, 0, 3, 0, 0, 0, 4, 0x30, 7, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0x10, 0]],
  ] as const)(
    'are refused when they have more or fewer bytes than said: %s %#',
    async (name, body) => {
      const page = (size: number) => [
        dataPage(1, Uint8Array.from(body), encodings.PLAIN, { size }),
      ];
      expect(await valuesOf(page(4), { codec: codecs[name] })).toEqual([7]);
      for (const size of [3, 5, 8]) {
        await expect(valuesOf(page(size), { codec: codecs[name] })).rejects.toThrow();
      }
    },
  );

  it.each([[[]], [[4]], [[4, 8, 7, 0, 0]], [[4, 16, 7, 0, 0, 0, 0]], [[132]]])(
    'are refused when they end before they say: SNAPPY %j',
    async (body) => {
      const page = dataPage(1, Uint8Array.from(body), encodings.PLAIN, { size: 4 });
      await expect(valuesOf([page], { codec: codecs.SNAPPY })).rejects.toThrow();
    },
  );

  it.each<[string, number[], number[] | undefined]>([
    [
      'one block whose first bytes could be the lengths of others',
      [0xf0, 1, 7, 0, 0, 0, 0, 1, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      [7, 0x400100, 0, 0],
    ],
    [
      'two blocks of Hadoop, and one of nothing',
      [7, 9]
        .flatMap((one) => [0, 0, 0, 8, 0, 0, 0, 9, 0x80, one, 0, 0, 0, one - 1, 0, 0, 0])
        .concat(Array.from(Buffer.alloc(8))),
      [7, 6, 9, 8],
    ],
    [
      'a block of Hadoop that is cut off',
      [0, 0, 0, 16, 0, 0, 0, 19, 0xf0, 1, ...Buffer.alloc(16)],
      undefined,
    ],
    [
      'a block of Hadoop that has more than it says',
      [0, 0, 0, 15, 0, 0, 0, 18, 0xf0, 1, ...Buffer.alloc(16)],
      undefined,
    ],
  ])('are unpacked by LZ4 in either form, or refused: %s', async (_, body, expected) => {
    const page = dataPage(4, Uint8Array.from(body), encodings.PLAIN, { size: 16 });
    const values = valuesOf([page], { codec: codecs.LZ4 });
    if (expected) expect(await values).toEqual(expected);
    else await expect(values).rejects.toThrow();
  });

  it('of version 2 are packed but for their levels', async () => {
    const values = int32s(8, 9);
    const body = Buffer.concat([run(2, 1), gzipSync(values)]);
    const v2 = { 1: 2, 2: 0, 3: 2, 4: encodings.PLAIN, 5: 2, 6: 0 };
    const page = { body, v2, size: 2 + values.length };
    expect(await valuesOf([page], { codec: codecs.GZIP, field: optional })).toEqual([8, 9]);
  });

  it('may be packed to nothing where nothing is there', async () => {
    const v2 = { 1: 2, 2: 2, 3: 2, 4: encodings.PLAIN, 5: 2, 6: 0 };
    const page = { body: run(2, 0), v2 };
    expect(await valuesOf([page], { codec: codecs.GZIP, field: optional })).toEqual([null, null]);
  });

  it('that end before a row are passed over, unread', async () => {
    const broken = dataPage(2, Buffer.alloc(0), 77);
    const pages = [broken, dataPage(2, int32s(3, 4)), dataPage(1, int32s(5))];
    const from = (row: number) => allOf(readColumnRuns(columnOf(pages), row));
    expect(await from(2)).toEqual([
      { first: 2, values: Int32Array.of(3, 4) },
      { first: 4, values: Int32Array.of(5) },
    ]);
    expect((await from(4)).map(({ first }) => first)).toEqual([4]);
    await expect(from(1)).rejects.toThrow('encoding that is not read');
  });

  it('are found behind a header longer than what is read ahead', async () => {
    const statistics = { 5: Buffer.alloc(300_000, 1) };
    const page = dataPage(1, int32s(7));
    const long = { ...page, v1: { ...page.v1, 5: statistics } };
    expect(await valuesOf([long, long])).toEqual([7, 7]);
  });

  it('are not looked for in more than 16 MiB of what is no header', async () => {
    const location = columnOf([dataPage(1, int32s(7))]);
    const lengths: number[] = [];
    const read = async (buffer: Buffer, _: number, length: number) => {
      lengths.push(length);
      // A text longer than the file.
      buffer.set([0x18, 0xff, 0xff, 0xff, 0xff, 0x07]);
      return { buffer, bytesRead: length };
    };
    const column = openColumn({
      ...location,
      handle: { read } as unknown as FileHandle,
      size: 1e9,
      chunk: {
        ...location.chunk,
        meta_data: { ...location.chunk.meta_data!, total_compressed_size: 900_000_000n },
      },
    });
    await expect(column.nextPage()).rejects.toThrow('exceeds remaining');
    expect(lengths.at(-1)).toBe(16 * 1024 * 1024);
  });

  const MAX_BYTES = 256 * 1024 * 1024;
  const page = dataPage(1, int32s(7));
  it.each<[string, TestPage[], TestColumnOptions, string]>([
    ['in another file', [page], { filePath: 'other' }, 'in another file'],
    ['before the file', [page], { meta: { data_page_offset: -1n } }, 'outside of it'],
    ['of less than nothing', [page], { meta: { total_compressed_size: -1n } }, 'outside of it'],
    [
      'that goes on behind the file',
      [page],
      { meta: { total_compressed_size: 10_000n } },
      'outside of it',
    ],
    ['cut off in a page', [page], { meta: { total_compressed_size: 20n } }, 'middle of a page'],
    ['cut off in a header', [page], { meta: { total_compressed_size: 5n } }, 'bounds'],
    ['of a size below zero', [{ ...page, size: -1 }], {}, 'a page has no size'],
    ['of a packed size below zero', [{ ...page, packed: -1 }], {}, 'a page has no size'],
    ['of a count below zero', [{ ...page, v1: { 1: -1, 2: 0 } }], {}, 'a page has no size'],
    [
      'of a count below zero in version 2',
      [{ body: page.body, v2: { 1: -1, 4: 0 } }],
      {},
      'a page has no size',
    ],
    ['of a dictionary below zero', [dictionary(page.body, -1)], {}, 'a page has no size'],
    [
      'too large when unpacked',
      [{ ...page, size: MAX_BYTES + 1 }],
      {},
      'at most 268435456 are read',
    ],
    [
      'too large when packed',
      [{ ...page, packed: MAX_BYTES + 1 }],
      {},
      'at most 268435456 are read',
    ],
    ['just not too large', [{ ...page, packed: MAX_BYTES }], {}, 'middle of a page'],
    [
      'of too many values',
      [{ ...page, v1: { 1: 2 ** 25 + 1, 2: 0 } }],
      {},
      'at most 33554432 are read',
    ],
    [
      'of just not too many values',
      [{ ...page, v1: { 1: 2 ** 25, 2: 0 } }],
      {},
      'typed array length',
    ],
    [
      'of too many values in version 2',
      [{ body: page.body, v2: { 1: 2 ** 25 + 1, 4: 0 } }],
      {},
      'at most 33554432 are read',
    ],
    [
      'of a dictionary too large',
      [dictionary(page.body, 2 ** 25 + 1)],
      {},
      'at most 33554432 are read',
    ],
    [
      'of an encoding that is not known',
      [dataPage(1, int32s(7), 77)],
      {},
      'encoding that is not read',
    ],
    ['of a codec that is not read', [page], { codec: codecs.LZO }, 'the codec LZO is not read'],
    ['of no dictionary', [indices(1, run(1, 0))], {}, 'a dictionary that is not there'],
    [
      'beyond its dictionary',
      [dictionary(int32s(1, 2), 2), indices(1, run(1, 2))],
      {},
      'beyond its dictionary',
    ],
    ['of values cut off', [dataPage(2, int32s(7))], {}, 'typed array length'],
  ])('are refused: a column %s', async (_, pages, options, reason) => {
    await expect(valuesOf(pages, options)).rejects.toMatchObject({
      message: expect.stringContaining(reason),
    });
  });

  it('are none of a column that is not described', () => {
    const { chunk, ...rest } = columnOf([page]);
    const { meta_data: _, ...undescribed } = chunk;
    expect(() => openColumn({ ...rest, chunk: undescribed })).toThrow('or nowhere');
  });

  it('may begin with the file and end with it, or be none', async () => {
    const location = columnOf([page]);
    const at = (start: bigint, size: bigint) =>
      openColumn({
        ...location,
        chunk: {
          ...location.chunk,
          meta_data: {
            ...location.chunk.meta_data!,
            data_page_offset: start,
            total_compressed_size: size,
          },
        },
      });
    expect(at(0n, BigInt(location.size)).ended()).toBe(false);
    expect(at(BigInt(location.size), 0n).ended()).toBe(true);
    expect(() => at(0n, BigInt(location.size) + 1n)).toThrow('outside of it');
  });
});
