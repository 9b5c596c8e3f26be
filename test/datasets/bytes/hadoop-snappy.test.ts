import { describe, expect, it } from 'vitest';
import { readDecoded, readHead } from '../../../src/datasets/bytes/byte-source.ts';
import { allOf, fileOnDisk, unlimited } from '../disk-files.ts';

const invalid = { code: 'GLIMPSE_DATASET_INVALID' };

const length = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** One chunk of one literal, whose length is written as `size`. */
const chunk = (size: number[], text: string) => {
  const bytes = Buffer.concat([
    Buffer.from([...size, 60 << 2, text.length - 1]),
    Buffer.from(text),
  ]);
  return Buffer.concat([length(bytes.length), bytes]);
};

const headOf = async (...parts: Buffer[]) =>
  String(await readHead(await fileOnDisk(Buffer.concat(parts), 'a.snappy'), 1));

const allText = async (...parts: Buffer[]) =>
  Buffer.concat(
    await allOf(readDecoded(await fileOnDisk(Buffer.concat(parts), 'a.snappy'), unlimited)),
  ).toString();

const good = chunk([3], 'abc');

describe('a stream of Hadoop’s snappy', () => {
  it.each([
    ['61 bytes', [61], 61],
    ['128', [0x80, 0x01], 128],
    ['200', [0xc8, 0x01], 200],
  ])('holds chunks of %s', async (_, size, count) => {
    const text = 'a'.repeat(count);
    expect(await allText(length(count), chunk(size, text))).toBe(text);
    expect(await allText(length(2 * count), chunk(size, text), chunk(size, text))).toBe(
      text + text,
    );
    expect(await allText(length(count), chunk(size, text), length(count), chunk(size, text))).toBe(
      text + text,
    );
  });

  it('may say that a block has 64 MiB', async () => {
    expect(await headOf(length(64 * 1024 * 1024), good)).toBe('a');
  });

  it.each<[string, Buffer[]]>([
    ['a block of more than 64 MiB', [length(64 * 1024 * 1024 + 1), good]],
    ['an empty chunk before a good one', [length(3), length(1), Buffer.of(0), good]],
    ['a chunk larger than its block', [length(2), good]],
    ['no chunk', [length(3)]],
    ['a chunk cut off', [length(3), good.subarray(0, -1)]],
    ['a chunk without its size', [length(3), length(1), Buffer.of(0x80)]],
    ['a size without end', [length(3), length(300), Buffer.alloc(300, 0x80), good]],
    ['bytes that are no snappy', [length(3), length(3), Buffer.of(3, 0xff, 0xff)]],
  ])('is refused before anything is given: %s', async (_, parts) => {
    await expect(headOf(...parts)).rejects.toMatchObject(invalid);
  });
});
