import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readDecoded, readHead } from '../../../src/datasets/bytes/byte-source.ts';
import { readText, readTextHead } from '../../../src/datasets/bytes/text-source.ts';
import { hadoopSnappy } from '../../support/hadoop-snappy.ts';
import { allOf, fileOnDisk, unlimited } from '../disk-files.ts';

const invalid = { code: 'GLIMPSE_DATASET_INVALID' };

const read = async (bytes: Uint8Array | string, name: string, maxBytes = 1e9) => {
  const file = await fileOnDisk(bytes, name);
  return Buffer.concat(await allOf(readDecoded(file, { limits: { maxBytes } }))).toString();
};

describe('the bytes of a file', () => {
  it('are decompressed by what they are, and by the name where no byte tells', async () => {
    expect(await read('text', 'a.gz')).toBe('text');
    expect(await read(gzipSync('text'), 'a')).toBe('text');
    expect(await read(hadoopSnappy('text'), 'a.csv.SNAPPY')).toBe('text');
    expect(await read('text', 'a.snappy.csv')).toBe('text');
  });

  it('are refused beyond their bound, and only then', async () => {
    expect(await read('12345', 'a', 5)).toBe('12345');
    expect(await read(gzipSync('12345'), 'a', 5)).toBe('12345');
    await expect(read('123456', 'a', 5)).rejects.toMatchObject(invalid);
    await expect(read(gzipSync('123456'), 'a', 5)).rejects.toMatchObject(invalid);
  });

  it('are no more when the caller gives up', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const file = await fileOnDisk('text');
    await expect(allOf(readDecoded(file, { ...unlimited, signal }))).rejects.toThrow('enough');
  });

  it('have a head, which is read no further than it goes', async () => {
    const long = await fileOnDisk(Buffer.alloc(600_000, 'ab'));
    expect(await readHead(long, 5)).toEqual(Buffer.from('ababa'));
    const more = await readHead(long, 500_001);
    expect([more.length, more.equals(Buffer.alloc(500_001, 'ab'))]).toEqual([500_001, true]);
    expect(await readHead(await fileOnDisk('ab'), 5)).toEqual(Buffer.from('ab'));
    // Of two chunks of 50 bytes the second is broken.
    const broken = await fileOnDisk(hadoopSnappy('a'.repeat(100)).subarray(0, 70), 'a.snappy');
    expect(await readHead(broken, 50)).toEqual(Buffer.alloc(50, 'a'));
    await expect(readHead(broken, 51)).rejects.toMatchObject(invalid);
  });
});

const wide = (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le');

const textOf = async (bytes: Uint8Array) =>
  Buffer.concat(await allOf(readText(await fileOnDisk(bytes), unlimited)));

describe('the text of a file', () => {
  it.each<[string, Buffer, string]>([
    ['UTF-8', Buffer.from('n\u00e9'), 'n\u00e9'],
    ['UTF-16 of either order', wide('n\u00e9,\u{1f600}'), 'n\u00e9,\u{1f600}'],
    ['nothing', Buffer.alloc(0), ''],
  ])('is given as UTF-8 when it is %s', async (_, bytes, text) => {
    expect(String(await textOf(bytes))).toBe(text);
    expect(String(await readTextHead(await fileOnDisk(bytes), 99))).toBe(text);
    const big = bytes[0] === 0xff ? Buffer.from(bytes).swap16() : bytes;
    expect(String(await textOf(big))).toBe(text);
    expect(String(await readTextHead(await fileOnDisk(big), 99))).toBe(text);
  });

  it('is decoded over the ends of what is read at a time, and what is cut off shows', async () => {
    const long = '\u{1f600}a'.repeat(100_000);
    expect(String(await textOf(wide(long)))).toBe(long);
    expect(String(await textOf(wide('ab').subarray(0, -1)))).toBe('a\uFFFD');
    expect(String(await readTextHead(await fileOnDisk(wide('abc')), 5))).toBe('a');
  });

  it.each([
    [0xff, 0xfe, 0, 0],
    [0xfe, 0xff, 0, 0],
    [0xfe, 0xfe, 1, 1],
    [0xff, 0xff, 1, 1],
  ])('is none when it begins with %i, %i, %i, %i', async (...bytes) => {
    expect([...(await textOf(Buffer.from(bytes)))]).toEqual(bytes);
    expect([...(await readTextHead(await fileOnDisk(Buffer.from(bytes)), 9))]).toEqual(bytes);
  });

  it('is one where a zero stands behind its mark', async () => {
    expect(String(await textOf(Buffer.of(0xff, 0xfe, 0, 1)))).toBe('\u0100');
    expect(String(await textOf(Buffer.of(0xff, 0xfe, 1, 0)))).toBe('\u0001');
  });
});
