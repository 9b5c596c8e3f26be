import { describe, expect, it } from 'vitest';
import {
  isTfRecord,
  maskedCrc,
  readRecords,
} from '../../../../src/datasets/formats/tfrecord/record-frames.ts';
import { parseExample } from '../../../../src/datasets/formats/tfrecord/tf-example.ts';
import {
  readTfRecordRows,
  type TfRecordOptions,
} from '../../../../src/datasets/formats/tfrecord/tfrecord-rows.ts';
import type { FoundLabel } from '../../../../src/datasets/label-column.ts';
import { refusalOf } from '../../../support/refusal-of.ts';
import { record } from '../../../support/tfrecord.ts';
import { folderWith } from '../../pictures.ts';

/** A field of a protobuf message: its number, its type, and its bytes. */
const field = (number: number, type: number, ...bytes: number[]) => [number * 8 + type, ...bytes];
const sized = (number: number, bytes: readonly number[]) => [
  number * 8 + 2,
  ...(bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7]),
  ...bytes,
];
const text = (words: string) => [...Buffer.from(words)];
const floats = (...values: number[]) => [...Buffer.from(Float32Array.from(values).buffer)];
const minusTwo = [254, ...Array.from({ length: 8 }, () => 255), 1];

/** The lists of a feature: of bytes, of fractions, of whole numbers. */
const bytesList = (...values: (readonly number[])[]) =>
  sized(
    1,
    values.flatMap((one) => sized(1, one)),
  );
const floatList = (...values: number[]) => sized(2, sized(1, floats(...values)));
const intList = (...values: number[]) => sized(3, sized(1, values));
const example = (features: Record<string, readonly number[]>) =>
  Buffer.from(
    sized(
      1,
      Object.entries(features).flatMap(([name, feature]) =>
        sized(1, [...sized(1, text(name)), ...sized(2, feature)]),
      ),
    ),
  );

describe('an example', () => {
  it('has features of bytes and numbers by their names', () => {
    const parsed = parseExample(
      example({
        b: bytesList([1, 2], [], [3]),
        f: floatList(0.5, -2),
        i: intList(1, 2, 172, 2, 128, 1),
        none: [],
      }),
    );
    expect([...parsed]).toEqual([
      ['b', { kind: 'bytes', values: [Buffer.of(1, 2), Buffer.of(), Buffer.of(3)] }],
      ['f', { kind: 'numbers', values: [0.5, -2] }],
      ['i', { kind: 'numbers', values: [1, 2, 300, 128] }],
    ]);
  });

  it('may have numbers each in a field of its own, negative ones in ten bytes', () => {
    const ints = sized(3, [...field(1, 0, 7), ...field(1, 0, ...minusTwo), ...field(2, 0, 9)]);
    const fractions = sized(2, [...field(1, 5, ...floats(0.5)), ...field(1, 5, ...floats(3))]);
    const parsed = parseExample(example({ ints, fractions, packed: intList(...minusTwo, 5) }));
    expect([...parsed.values()].map(({ values }) => values)).toEqual([
      [7, -2],
      [0.5, 3],
      [-2, 5],
    ]);
  });

  it('may have fields that nobody knows, which are passed over', () => {
    const known = [...sized(1, text('a')), ...sized(2, [...sized(9, []), ...intList(4)])];
    const message = [
      ...sized(2, [1, 2, 3]),
      ...field(3, 0, 200, 1),
      ...field(4, 1, 1, 2, 3, 4, 5, 6, 7, 8),
      ...field(5, 5, 1, 2, 3, 4),
      ...sized(1, [
        ...sized(2, [9]),
        ...sized(1, known),
        ...sized(1, sized(1, text('no value'))),
        ...sized(1, sized(2, intList(1))),
      ]),
    ];
    expect([...parseExample(Buffer.from(message))]).toEqual([
      ['a', { kind: 'numbers', values: [4] }],
    ]);
  });

  it.each<[string, number[]]>([
    ['a field beyond its end', sized(1, [1, 2, 3]).slice(0, -1)],
    ['a number without end', [...field(3, 0), ...Array.from({ length: 11 }, () => 255)]],
    ['a number of eleven bytes', [...field(3, 0), ...Array.from({ length: 10 }, () => 255), 1]],
    ['a number cut off', [...field(3, 0), 200]],
    ['a type that there is none of', field(2, 3, 1, 2, 3, 4)],
    ['a type that there is none of, and a byte', field(2, 3, 1)],
    ['eight bytes cut off', field(4, 1, 1, 2, 3, 4, 5, 6, 7)],
    ['four bytes cut off', field(5, 5, 1, 2, 3)],
    ['a number for features', field(1, 0, 5)],
    ['a number for a feature', sized(1, sized(1, [...field(1, 0, 5), ...sized(2, intList(1))]))],
  ])('is none with %s', (_, bytes) => {
    expect(() => parseExample(Buffer.from(bytes))).toThrow('it is no tf.train.Example');
  });
});

/** What is read of a file with these bytes. */
async function fileOf(bytes: Uint8Array) {
  return { path: `${await folderWith({ x: bytes })}/x`, name: 'x' };
}
const limits = { maxBytes: 1e9 };

describe('the records of a file', () => {
  it('are numbered, and end with the file', async () => {
    const bytes = Buffer.concat([record(Buffer.from('ab')), record(Buffer.alloc(0))]);
    const read: unknown[] = [];
    for await (const one of readRecords(await fileOf(bytes), { limits })) {
      read.push([one.line, String(one.bytes)]);
    }
    expect(read).toEqual([
      [1, 'ab'],
      [2, ''],
    ]);
  });

  it.each([
    [64 * 1024 * 1024, 'it ends in record 1'],
    [64 * 1024 * 1024 + 1, 'record 1 has 67108865 bytes; at most 67108864 are read'],
  ])('may be so large, and not larger: %i', async (length, reason) => {
    const head = Buffer.alloc(12);
    head.writeUInt32LE(length, 0);
    head.writeUInt32LE(maskedCrc(head.subarray(0, 8)), 8);
    const file = await fileOf(head);
    await expect(readRecords(file, { limits }).next()).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining(`TFRecord: ${reason}`),
    });
  });

  it('begin with a length and the checksum of it', () => {
    const bytes = record(Buffer.from('x'));
    expect(isTfRecord(bytes.subarray(0, 12))).toBe(true);
    expect(isTfRecord(bytes.subarray(0, 11))).toBe(false);
    const bent = Buffer.from(bytes);
    bent[8]! ^= 1;
    expect(isTfRecord(bent)).toBe(false);
    const long = Buffer.from(bytes);
    long.writeUInt32LE(1, 4);
    long.writeUInt32LE(maskedCrc(long.subarray(0, 8)), 8);
    expect(isTfRecord(long)).toBe(false);
  });
});

const png = [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13];

/** The rows of a file of these records. */
async function rowsOf(records: readonly Buffer[], more: Partial<TfRecordOptions> = {}) {
  const labels: FoundLabel[] = [];
  const images: unknown[] = [];
  const options: TfRecordOptions = {
    labelColumn: undefined,
    imageColumn: undefined,
    expected: { shape: undefined, layout: undefined },
    onLabel: (label) => labels.push(label),
    async *decode(references) {
      for await (const one of references) {
        images.push(
          'problem' in one ? [one.line, one.name, one.problem] : [one.line, one.name, one.label],
        );
        yield* [];
      }
    },
    ...more,
  };
  const file = await fileOf(Buffer.concat(records.map(record)));
  const rows: unknown[] = [];
  for await (const row of readTfRecordRows(file, options, { limits })) {
    rows.push(
      'problem' in row
        ? [row.line, row.problem, ...Object.keys(row).filter((name) => name === 'label')]
        : [row.line, row.label, Array.from(row.values), row.shape],
    );
  }
  return { rows, labels, images };
}

const dot = { label: intList(7), image: floatList(1, 2) };

describe('the rows of examples', () => {
  it.each<[string, Record<string, readonly number[]>, unknown[], string]>([
    ['numbers', dot, [7, [1, 2], undefined], 'label'],
    [
      'raw bytes',
      { 'image/class/label': intList(7), image_raw: bytesList([3, 4]) },
      [7, [3, 4], undefined],
      'label',
    ],
    [
      'bytes called raw',
      { label: bytesList(text('n\u00e9')), 'image/raw': bytesList([3, 4]) },
      ['n\u00e9', [3, 4], undefined],
      'label',
    ],
    [
      'a raw image',
      { label: intList(7), RAW_IMAGE: bytesList([3, 4]) },
      [7, [3, 4], undefined],
      'label',
    ],
    [
      'sizes beside them',
      { ...dot, 'image/height': intList(1), width: intList(2) },
      [7, [1, 2], { height: 1, width: 2, channels: 1 }],
      'label',
    ],
    [
      'colour',
      {
        label: intList(7),
        image: floatList(1, 2, 3),
        height: intList(1),
        width: intList(1),
        Depth: intList(3),
      },
      [7, [1, 2, 3], { height: 1, width: 1, channels: 3 }],
      'label',
    ],
    [
      'channels',
      {
        label: intList(7),
        image: floatList(1, 2, 3),
        height: intList(1),
        width: intList(1),
        channels: intList(3),
      },
      [7, [1, 2, 3], { height: 1, width: 1, channels: 3 }],
      'label',
    ],
    ['a height alone', { ...dot, height: intList(1) }, [7, [1, 2], undefined], 'label'],
    [
      'sizes that are words',
      { ...dot, height: bytesList(text('1')), width: intList(2) },
      [7, [1, 2], undefined],
      'label',
    ],
  ])('have their label and their pixels: %s', async (_, features, row, column) => {
    const { rows, labels } = await rowsOf([example(features), example(features)]);
    expect(rows).toEqual([
      [1, ...row],
      [2, ...row],
    ]);
    expect(labels).toEqual([
      {
        column:
          column === 'label'
            ? Object.keys(features).find((name) => name.endsWith('label'))
            : column,
        by: 'name',
      },
    ]);
  });

  it.each<[string, Record<string, readonly number[]>]>([
    ['encoded', { 'image/encoded': bytesList([1]), 'image/name': bytesList([2]) }],
    ['raw', { raw: bytesList([1]), other: bytesList([2]) }],
    [
      'an image beside something that was encoded',
      { image: bytesList([1]), preencoded: bytesList([2]) },
    ],
    ['an image beside how it was encoded', { image: bytesList([1]), encodedness: bytesList([2]) }],
    ['the only one beside a label of bytes', { photo: bytesList([1]) }],
  ])('have the image that is called so: %s', async (_, features) => {
    const all = { ...features, 'image/object/label': bytesList(text('a')) };
    const { rows, labels } = await rowsOf([example(all)], { onLabel: undefined });
    expect(rows).toEqual([[1, 'a', [1], undefined]]);
    expect(labels).toEqual([]);
  });

  it('may have no label, and no depth that is none of an image', async () => {
    const { rows } = await rowsOf([
      example(dot),
      example({ image: floatList(3, 4) }),
      example({ ...dot, height: intList(1), width: intList(1), depth: intList(2) }),
    ]);
    expect(rows.slice(1)).toEqual([
      [2, undefined, [3, 4], undefined],
      [3, expect.any(String)],
    ]);
  });

  it('take planes as they are said to be', async () => {
    const features = {
      label: intList(7),
      image: floatList(1, 2, 3, 4, 5, 6),
      height: intList(1),
      width: intList(2),
      depth: intList(3),
    };
    const { rows } = await rowsOf([example(features)]);
    expect(rows).toEqual([[1, 7, [1, 2, 3, 4, 5, 6], { height: 1, width: 2, channels: 3 }]]);
  });

  it('are those of the features that are asked for, by their whole names or the last part', async () => {
    const features = {
      'a/label': intList(1),
      'b/label': intList(2),
      'a/photo': floatList(1, 2),
      'b/photo': floatList(3, 4),
    };
    const { rows, labels } = await rowsOf([example(features)], {
      labelColumn: 'b/label',
      imageColumn: 'b/photo',
    });
    expect(rows).toEqual([[1, 2, [3, 4], undefined]]);
    expect(labels).toEqual([{ column: 'b/label', by: 'request' }]);
    const raw = { kind: intList(1), raw: floatList(1, 2), image: floatList(3, 4) };
    expect(
      (await rowsOf([example(raw)], { labelColumn: 'kind', imageColumn: 'raw' })).rows,
    ).toEqual([[1, 1, [1, 2], undefined]]);
    await expect(rowsOf([example(features)])).rejects.toMatchObject({
      details: { option: 'labelColumn' },
    });
  });

  it('are no label when they are several numbers, and no image when it is one', async () => {
    await expect(
      rowsOf([example({ label: floatList(1, 2), image: floatList(1, 2) })]),
    ).rejects.toMatchObject({ details: { option: 'labelColumn' } });
    await expect(rowsOf([example({ label: intList(1), image: intList(2) })])).rejects.toThrow(
      'its examples have no feature that holds an image',
    );
    const several = await rowsOf([
      example({ label: bytesList(text('a'), text('b')), image: floatList(1, 2) }),
    ]);
    expect(several.rows).toEqual([[1, 'a', [1, 2], undefined]]);
  });

  it('are encoded images when the first is one', async () => {
    const features = { label: intList(7), 'image/encoded': bytesList(png) };
    const { rows, images } = await rowsOf([
      example(features),
      Buffer.of(1),
      example({ label: intList(8) }),
    ]);
    expect(rows).toEqual([]);
    expect(images).toEqual([
      [1, 'record 1', 7],
      [2, 'record 2', 'it is no tf.train.Example'],
      [3, 'record 3', expect.any(String)],
    ]);
  });

  it('tell why one of them is none', async () => {
    const long = { label: intList(7), [`${'x'.repeat(60)}/image`]: floatList(1, 2) };
    const wrong = { ...dot, height: intList(2), width: intList(2) };
    expect(
      (await rowsOf([example(dot), Buffer.of(1), example({ label: intList(1) }), example(wrong)]))
        .rows,
    ).toEqual([
      [1, 7, [1, 2], undefined],
      [2, 'it is no tf.train.Example'],
      [3, 'it has no feature "image"'],
      [4, 'it has 2 values instead of 2x2x1'],
    ]);
    const { rows } = await rowsOf([example(long), example({ label: intList(1) })]);
    expect(rows[1]).toEqual([2, `it has no feature "${'x'.repeat(50)}"`]);
    expect(refusalOf(() => parseExample(Buffer.of()))).toBeUndefined();
    expect((await rowsOf([])).rows).toEqual([]);
  });
});
