import { gzipSync } from 'node:zlib';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  Binary,
  Field,
  Int16,
  List,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Table,
  Uint8,
  Utf8,
  makeData,
  tableToIPC,
  vectorFromArray,
  type DataType,
  type Vector,
} from 'apache-arrow';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  loadArrow,
  type ArrowLibrary,
} from '../../../../src/datasets/formats/arrow/arrow-library.ts';
import {
  checkArrowColumns,
  readArrowRows,
  type ArrowOptions,
} from '../../../../src/datasets/formats/arrow/arrow-rows.ts';
import { readBatches } from '../../../../src/datasets/formats/arrow/ipc-batches.ts';
import { isArrow, readContent } from '../../../../src/datasets/formats/arrow/ipc-messages.ts';
import { openPlacedBytes } from '../../../../src/datasets/formats/arrow/placed-bytes.ts';
import type { FoundLabel } from '../../../../src/datasets/label-column.ts';
import { createPixelScale } from '../../../../src/datasets/pixels/pixel-range.ts';
import { folderWith } from '../../pictures.ts';
import { placed } from './placed.ts';

let arrow: ArrowLibrary;
beforeAll(async () => {
  arrow = await loadArrow();
});

const fixture = (name: string) => readFile(join(import.meta.dirname, '../../arrow-files', name));
const vector = (values: readonly unknown[], type: DataType): Vector =>
  vectorFromArray(values as never, type);

/** A file or stream with these columns, and what its schema says besides. */
function ipc(
  columns: Record<string, Vector>,
  format: 'file' | 'stream' = 'stream',
  metadata: readonly (readonly [string, string])[] = [],
): Buffer {
  const table = new Table(columns);
  for (const [key, value] of metadata) table.schema.metadata.set(key, value);
  return Buffer.from(tableToIPC(table, format));
}

/** The rows of a file with these bytes. */
async function rowsOf(bytes: Uint8Array, more: Partial<ArrowOptions> = {}) {
  const path = `${await folderWith({ x: bytes })}/x`;
  const labels: FoundLabel[] = [];
  const images: unknown[] = [];
  const options: ArrowOptions = {
    limits: { maxBytes: 1e6 },
    labelColumn: undefined,
    imageColumn: undefined,
    onLabel: (label) => labels.push(label),
    scale: createPixelScale(undefined),
    expected: { shape: undefined, layout: undefined },
    async *decode(references) {
      for await (const one of references) {
        images.push('problem' in one ? [one.line, one.problem] : [one.line, one.label]);
        yield* [];
      }
    },
    ...more,
  };
  const rows: unknown[] = [];
  for await (const row of readArrowRows(path, options)) {
    rows.push(
      'problem' in row
        ? [row.line, row.problem]
        : [row.line, row.label, Array.from(row.values), row.shape],
    );
  }
  return { rows, labels, images };
}

const words = vector(['a', 'b', 'a'], new Utf8());
const numbers = (...values: number[]) => vector(values, new Int16());
const columns = { label: words, p0: numbers(1, 2, 3), p1: numbers(4, 5, 300) };

describe('the rows of an Arrow file', () => {
  it('of pixel columns are one for each number of all of them', async () => {
    for (const format of ['file', 'stream'] as const) {
      const { rows, labels } = await rowsOf(ipc(columns, format));
      expect(rows).toEqual([
        [1, 'a', [1, 4], undefined],
        [2, 'b', [2, 5], undefined],
        [3, 'pixel 1 is not a number from 0 to 255'],
      ]);
      expect(labels).toEqual([{ column: 'label', by: 'name' }]);
    }
    expect((await rowsOf(ipc(columns), { onLabel: undefined })).rows).toHaveLength(3);
    const chosen = await rowsOf(ipc({ kind: words, p0: numbers(1, 2, 3) }), {
      labelColumn: 'kind',
    });
    expect(chosen.labels).toEqual([{ column: 'kind', by: 'request' }]);
  });

  it('of lists have their shape, or that of a tensor', async () => {
    const image = vector([[1, 2], [3], null], new List(new Field('x', new Uint8())));
    expect((await rowsOf(ipc({ label: words, image }))).rows).toEqual([
      [1, 'a', [1, 2], undefined],
      [2, 'b', [3], undefined],
      [3, expect.stringContaining('nested unevenly')],
    ]);
  });

  it('of encoded images are those, numbered on over all of its messages', async () => {
    const bytes = vector([Buffer.of(1), null, Buffer.of(3)], new Binary());
    const struct = vector(
      [{ bytes: Buffer.of(1) }, null, { bytes: Buffer.of(3) }],
      new Struct([new Field('bytes', new Binary(), true)]),
    );
    for (const image of [bytes, struct]) {
      const { images, rows } = await rowsOf(ipc({ image, label: words }));
      expect(rows).toEqual([]);
      expect(images).toEqual([
        [1, 'a'],
        [2, expect.any(String)],
        [3, 'a'],
      ]);
    }
  });

  it('have the names that stand for their numbers', async () => {
    const features = { info: { features: { label: { names: ['cat', 'dog'] } } } };
    const metadata = [['huggingface', JSON.stringify(features)]] as const;
    const { rows } = await rowsOf(
      ipc({ label: numbers(1, 0, 7), p: numbers(1, 2, 3) }, 'stream', metadata),
    );
    expect(rows.map((row) => (row as unknown[])[1])).toEqual(['dog', 'cat', 7]);
  });

  it('go on from message to message, and tell their label once', async () => {
    const schema = new Schema([new Field('label', new Utf8()), new Field('p', new Int16())]);
    const batch = (labels: string[], values: number[]) => {
      const children = [vector(labels, new Utf8()).data[0]!, numbers(...values).data[0]!];
      const data = makeData({ type: new Struct(schema.fields), length: labels.length, children });
      return new RecordBatch(schema, data as never);
    };
    const writer = new RecordBatchStreamWriter();
    for (const one of [batch(['a', 'b'], [1, 2]), batch([], []), batch(['c'], [3])])
      writer.write(one);
    const bytes = writer.finish().toUint8Array(true);
    const { rows, labels } = await rowsOf(bytes);
    expect(rows).toEqual([
      [1, 'a', [1], undefined],
      [2, 'b', [2], undefined],
      [3, 'c', [3], undefined],
    ]);
    expect(labels).toHaveLength(1);
  });

  it('are left when nobody waits for them, and refused for what is wrong with them', async () => {
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    await expect(rowsOf(ipc(columns), { signal })).rejects.toBe(reason);
    const list = vector([[1], [2], [3]], new List(new Field('x', new Uint8())));
    await expect(rowsOf(ipc({ label: words, list }), { signal })).rejects.toBe(reason);
    await expect(rowsOf(Buffer.from('no\tArrow'))).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining('Arrow: '),
      cause: expect.any(Error),
    });
    await expect(rowsOf(ipc({ a: words, b: words }))).rejects.toMatchObject({
      details: { option: 'labelColumn' },
    });
  });

  it('can be expected by the columns of its schema', async () => {
    const limits = { maxBytes: 1000 };
    const check = async (bytes: Uint8Array, maxBytes = 1000, labelColumn?: string) =>
      checkArrowColumns(`${await folderWith({ x: bytes })}/x`, {
        limits: { ...limits, maxBytes },
        labelColumn,
        imageColumn: undefined,
      });
    await check(ipc(columns, 'file'));
    await expect(check(ipc(columns, 'file'), 10)).rejects.toThrow(
      'its footer has more than 10 bytes',
    );
    await expect(check(ipc(columns), 1000, 'kind')).rejects.toThrow('it has no column "kind"');
    await expect(check(Buffer.from('nothing'))).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining('Arrow: '),
    });
  });
});

const head = (...bytes: number[]) => Buffer.from(bytes);
const MAX = 16 * 1024 * 1024;

/** The beginning of a stream: a mark, a length, and where the root is. */
const stream = (length: number, root: number) => {
  const bytes = Buffer.alloc(12, 255);
  bytes.writeInt32LE(length, 4);
  bytes.writeUInt32LE(root, 8);
  return bytes;
};

describe('the beginning of an Arrow file', () => {
  it.each([
    [Buffer.from('ARROW1'), true],
    [Buffer.from('ARROW2\0\0\0\0\0\0'), false],
    [stream(16, 8), true],
    [stream(16, 15), true],
    [stream(16, 16), false],
    [stream(12, 8), false],
    [stream(0, 0), false],
    [stream(-8, 0), false],
    [stream(MAX, 8), true],
    [stream(MAX + 8, 8), false],
    [stream(16, 8).subarray(0, 11), false],
    [head(0, ...stream(16, 8).subarray(1)), false],
    [head(), false],
  ])('is known by it: %j', (bytes, expected) => {
    expect(isArrow(bytes)).toBe(expected);
  });
});

/** How many rows are read of some bytes. */
async function count(bytes: Uint8Array): Promise<number> {
  let rows = 0;
  for await (const { batch } of readBatches(placed(bytes), arrow)) rows += batch.length;
  return rows;
}

/** A stream whose messages have no mark before their length, as before version 0.15. */
function unmarked(stream: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at + 8 <= stream.length;) {
    const length = stream.readInt32LE(at + 4);
    if (length === 0) break;
    const message = arrow.Message.decode(stream.subarray(at + 8, at + 8 + length));
    parts.push(stream.subarray(at + 4, at + 8 + length + message.bodyLength));
    at += 8 + length + message.bodyLength;
  }
  return Buffer.concat([...parts, Buffer.alloc(4)]);
}

describe('the messages of an Arrow file', () => {
  it('are read from a stream to its mark, or to its end', async () => {
    const stream = ipc(columns);
    expect(await count(stream)).toBe(3);
    expect(await count(stream.subarray(0, -8))).toBe(3);
    expect(await count(Buffer.concat([stream, Buffer.from('behind the mark')]))).toBe(3);
    expect(await count(unmarked(stream))).toBe(3);
    expect(await count(Buffer.concat([stream.subarray(0, -8), head(1, 2, 3)]))).toBe(3);
  });

  it.each<[string, (stream: Buffer) => Uint8Array, string]>([
    [
      'ends in a mark',
      (all) => Buffer.concat([all.subarray(0, -8), head(255, 255, 255, 255, 1)]),
      'it is cut off',
    ],
    [
      'has a length below zero',
      (all) => Buffer.concat([all.subarray(0, -8), head(255, 255, 255, 255, 255, 255, 255, 255)]),
      'it is cut off',
    ],
    [
      'has a message of a gigabyte',
      (all) => Buffer.concat([all.subarray(0, -8), head(255, 255, 255, 255, 0, 0, 0, 64)]),
      'it is cut off',
    ],
    [
      'begins with its rows',
      (all) => all.subarray(8 + all.readInt32LE(4)),
      'it does not begin with its schema',
    ],
    ['is nothing', () => Buffer.alloc(0), 'it does not begin with its schema'],
    ['is packed as a whole', (all) => gzipSync(all), 'it is packed with gzip; unpack it'],
  ])('are refused when a stream %s', async (_, change, reason) => {
    await expect(count(change(ipc(columns)))).rejects.toThrow(reason);
  });

  it('are found by the footer of a file', async () => {
    const file = ipc(columns, 'file');
    expect(await count(file)).toBe(3);
    expect(await count(await fixture('polars.arrow'))).toBe(12);
    const footer = file.length - 10;
    const changed = (change: (bytes: Buffer) => void, from = file) => {
      const bytes = Buffer.from(from);
      change(bytes);
      return bytes;
    };
    const cut = [
      changed((bytes) => bytes.writeInt32LE(-1, footer)),
      changed((bytes) => bytes.writeInt32LE(footer + 1, footer)),
      changed((bytes) => bytes.write('X', bytes.length - 1)),
      file.subarray(0, -1),
      Buffer.from('ARROW1\0\0ARROW1'),
      Buffer.concat([Buffer.from('ARROW1\0'), head(0, 0, 0, 0), Buffer.from('ARROW1')]),
    ];
    for (const bytes of cut)
      await expect(count(bytes)).rejects.toThrow('it is cut off, or damaged');
    const length = file.readInt32LE(footer);
    const content = (max: number) => readContent(placed(file), arrow, max);
    expect((await content(length)).schema.fields).toHaveLength(3);
    await expect(content(length - 1)).rejects.toThrow(
      `its footer has more than ${length - 1} bytes`,
    );
  });
});

describe('bytes that are read by their place', () => {
  it('are those of a file, and none beyond it', async () => {
    const bytes = await openPlacedBytes(`${await folderWith({ x: 'abcdef' })}/x`);
    try {
      expect(bytes.size).toBe(6);
      expect(String(await bytes.read(0, 6))).toBe('abcdef');
      expect(String(await bytes.read(2, 3))).toBe('cde');
      expect(String(await bytes.read(6, 0))).toBe('');
      for (const [at, length] of [
        [-1, 2],
        [0, 7],
        [4, 3],
        [2, -1],
        [Number.NaN, 1],
        [0, Number.NaN],
      ] as const) {
        await expect(bytes.read(at, length)).rejects.toThrow('it is cut off, or damaged');
      }
    } finally {
      await bytes.close();
    }
    await expect(bytes.read(0, 1)).rejects.toThrow();
  });
});
