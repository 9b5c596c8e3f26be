import { describe, expect, it } from 'vitest';
import { createByteReader } from '../../../src/datasets/bytes/byte-reader.ts';
import { inPieces } from '../disk-files.ts';

describe('a reader of exact numbers of bytes', () => {
  it('takes them over the ends of chunks, and none when there are not so many', async () => {
    for (const size of [1, 2, 3, 100]) {
      const reader = createByteReader(inPieces('abcdefg', size));
      expect(String(await reader.take(2))).toBe('ab');
      expect(String(await reader.take(0))).toBe('');
      expect(String(await reader.take(4))).toBe('cdef');
      expect(String(await reader.take(1))).toBe('g');
      expect(await reader.take(1)).toBeUndefined();
    }
  });

  it('gives what lies in one chunk as it lies there', async () => {
    const chunk = Buffer.from('abcdef');
    const chunks = (async function* () {
      yield chunk;
    })();
    const reader = createByteReader(chunks);
    await reader.take(1);
    const held = (await reader.take(2))!;
    const rest = (await reader.take(3))!;
    expect([held.buffer === rest.buffer, rest.byteOffset - held.byteOffset]).toEqual([true, 2]);
  });
});
