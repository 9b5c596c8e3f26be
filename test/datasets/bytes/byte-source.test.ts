import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readDecoded, readHead } from '../../../src/datasets/bytes/byte-source.ts';
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
