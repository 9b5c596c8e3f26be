import {
  Binary,
  Dictionary,
  Field,
  Int16,
  Int32,
  List,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Uint8,
  Utf8,
  Vector as ArrowVector,
  makeData,
  type Vector,
} from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import {
  checkArrowColumns,
  readArrowRows,
  type ArrowOptions,
} from '../../../../src/datasets/formats/arrow/arrow-rows.ts';
import type { FoundLabel } from '../../../../src/datasets/label-column.ts';
import { createPixelScale } from '../../../../src/datasets/pixels/pixel-range.ts';
import { folderWith } from '../../pictures.ts';
import { behindSchema, columns, ipc, numbers, schemaOf, vector, words } from './ipc-bytes.ts';

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
        ? [row.line, row.problem, ...Object.keys(row).filter((name) => name === 'label')]
        : [row.line, row.label, Array.from(row.values), row.shape],
    );
  }
  return { rows, labels, images };
}

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

/** Words of a dictionary in one chunk or several. */
function wordsOf(indices: readonly number[], ...chunks: string[][]): Vector {
  const [first, ...more] = chunks.map((chunk) => vector(chunk, new Utf8()));
  const data = makeData({
    type: new Dictionary(new Utf8(), new Int32(), 5),
    length: indices.length,
    data: Int32Array.from(indices),
    dictionary: first!.concat(...more),
  } as never);
  return new ArrowVector([data]) as Vector;
}

const labelsIn = async (stream: Buffer) =>
  (await rowsOf(stream)).rows.map((row) => (row as unknown[])[1]);

describe('the dictionaries of an Arrow file', () => {
  it('and rows are found in files of before version 0.15, where no mark stands before their length', async () => {
    const file = ipc(columns, 'file');
    const footer = file.length - 10 - file.readInt32LE(file.length - 10);
    const place = Buffer.alloc(8);
    for (let at = 8; at < footer; at += 8) {
      place.writeBigInt64LE(BigInt(at));
      const block = file.indexOf(place, footer);
      if (block < 0 || file.readUInt32LE(at) !== 0xffffffff) continue;
      file.writeBigInt64LE(BigInt(at + 4), block);
      file.writeInt32LE(file.readInt32LE(block + 8) - 4, block + 8);
    }
    expect((await rowsOf(file)).rows).toEqual((await rowsOf(ipc(columns, 'file'))).rows);
  });

  it('may come in parts, and be replaced by others', async () => {
    const p = numbers(1, 2, 3);
    const grown = ipc({ label: wordsOf([0, 1, 2], ['x'], ['y', 'z']), p });
    expect(await labelsIn(grown)).toEqual(['x', 'y', 'z']);
    const other = ipc({ label: wordsOf([0, 1, 0], ['v', 'w']), p });
    const both = Buffer.concat([grown.subarray(0, -8), behindSchema(other)]);
    expect(await labelsIn(both)).toEqual(['x', 'y', 'z', 'v', 'w', 'v']);
  });

  it('are refused when they are of no column', async () => {
    const stream = ipc({ label: wordsOf([0, 0, 0], ['x']), p: numbers(1, 2, 3) });
    const mixed = Buffer.concat([schemaOf(ipc(columns)), behindSchema(stream)]);
    await expect(rowsOf(mixed)).rejects.toThrow('it holds a dictionary of no column');
  });
});
