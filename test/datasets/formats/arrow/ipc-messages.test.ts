import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readBatches } from '../../../../src/datasets/formats/arrow/ipc-batches.ts';
import { isArrow, readContent } from '../../../../src/datasets/formats/arrow/ipc-messages.ts';
import { openPlacedBytes } from '../../../../src/datasets/formats/arrow/placed-bytes.ts';
import { folderWith } from '../../pictures.ts';
import { behindSchema, columns, ipc, placed, schemaOf } from './ipc-bytes.ts';
import { arrow } from './library.ts';

const fixture = (name: string) => readFile(join(import.meta.dirname, '../../arrow-files', name));

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

/** How many messages there are besides the schema, of descriptions of so many bytes. */
async function countMessages(bytes: Buffer, maxBytes: number): Promise<number> {
  let messages = 0;
  const content = await readContent(placed(bytes), arrow, maxBytes);
  for await (const _ of content.messages) messages += 1;
  return messages;
}

describe('the messages of an Arrow file', () => {
  it('are passed over when they are neither dictionaries nor rows', async () => {
    const stream = ipc(columns);
    expect(await count(Buffer.concat([schemaOf(stream), stream]))).toBe(3);
  });

  it('are described by so many bytes, and no more', async () => {
    const [stream, file] = [ipc(columns), ipc(columns, 'file')];
    const rows = behindSchema(stream).readInt32LE(4);
    const longest = Math.max(stream.readInt32LE(4), rows);
    expect(await countMessages(stream, longest)).toBe(1);
    await expect(countMessages(stream, longest - 1)).rejects.toThrow('it is cut off');
    const most = Math.max(file.readInt32LE(file.length - 10), rows + 8);
    expect(await countMessages(file, most)).toBe(1);
    await expect(countMessages(file, most - 1)).rejects.toThrow(/cut off|footer has more/);
  });

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
      'ends in a length',
      (all) => Buffer.concat([all.subarray(0, -8), head(5, 0, 0, 0)]),
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
