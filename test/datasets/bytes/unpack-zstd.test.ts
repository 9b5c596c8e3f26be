import { describe, expect, it } from 'vitest';
import { unpackZstd } from '../../../src/datasets/bytes/unpack-zstd.ts';
import { refusalOf } from '../../support/refusal-of.ts';

/** One block: bytes as they are, or one byte so many times. */
type Block = Uint8Array | { readonly byte: number; readonly times: number };

/** A frame of these blocks, behind a header of its own. */
function frame(blocks: readonly Block[], header: readonly number[], after: readonly number[] = []) {
  const parts = blocks.map((block, at) => {
    const isLast = Number(at === blocks.length - 1);
    const isRun = 'times' in block;
    const head = ((isRun ? block.times : block.length) << 3) | (Number(isRun) << 1) | isLast;
    return [head & 255, (head >> 8) & 255, head >> 16, ...(isRun ? [block.byte] : block)];
  });
  return Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, ...header, ...parts.flat(), ...after]);
}

const WINDOW = 0x58;
const text = Buffer.from('abcdef');
const two: readonly Block[] = [Buffer.from('abc'), Buffer.from('def')];

/** Two thousand short lines, by the zstd of the command line: a block of literals and matches. */
const byTool = Buffer.from(
  'KLUv/QRoTQQANpEfC6A5B+1/b+L6Xz1DGwAbABsAE+cJHtYjLdw05yB4swbSM3c5F8FkTaTnHs4T0uUuziSYWE96uMdZCKZZB+nNDZxngsu6SJML1ps0cM+cS3CxJmninvMQPNZCmuYOzptgYD0LgoU1TTq4N2cgeGZd0sVNzkTwrIf0uIUzTXAIAQAT92/RrylVda7j',
  'base64',
);
const lines = Buffer.from(
  Array.from({ length: 2000 }, (_, at) => `${(at * 7) % 13},${at % 5}\n`).join(''),
);

describe('a frame of Zstandard', () => {
  it.each<[string, Uint8Array]>([
    ['that says its size in a byte', frame([text], [0x20, 6])],
    ['that says it in two', frame([text], [0x60, 6, 0])],
    ['that says it in four', frame([text], [0xa0, 6, 0, 0, 0])],
    ['that says it in eight', frame([text], [0xe0, 6, 0, 0, 0, 0, 0, 0, 0])],
    ['that says it beside its window', frame([text], [0x80, WINDOW, 6, 0, 0, 0])],
    ['of a dictionary', frame([text], [0x21, 9, 6])],
    ['that does not say it', frame([text], [0, WINDOW])],
    ['with a checksum', frame([text], [0x24, 6], [1, 2, 3, 4])],
    ['of several blocks', frame(two, [0, WINDOW])],
    ['with an empty block at its end', frame([...two, Buffer.alloc(0)], [0, WINDOW])],
  ])('%s gives its bytes', (_, packed) => {
    expect(Buffer.from(unpackZstd(packed, 6))).toEqual(text);
    const within = Buffer.concat([Buffer.of(9), packed, Buffer.of(9)]).subarray(1, -1);
    expect(Buffer.from(unpackZstd(within, 6))).toEqual(text);
    for (const size of [0, 5, 7, 100]) expect(() => unpackZstd(packed, size)).toThrow();
    for (let end = 0; end < packed.length; end += 1) {
      expect(refusalOf(() => unpackZstd(packed.subarray(0, end), 6))).toMatchObject({
        message: expect.stringContaining('a Zstandard frame is broken'),
      });
    }
    expect(() => unpackZstd(Buffer.concat([packed, Buffer.of(0)]), 6)).toThrow('is broken');
  });

  it('gives runs, and leaves what it was given as it was', () => {
    const packed = frame([{ byte: 7, times: 300 }, Buffer.of(8)], [0, WINDOW]);
    const before = Uint8Array.from(packed);
    expect([...unpackZstd(packed, 301)]).toEqual([...new Uint8Array(300).fill(7), 8]);
    expect(packed).toEqual(before);
    expect(() => unpackZstd(packed, 300)).toThrow();
    expect(() => unpackZstd(packed, 302)).toThrow('is broken');
  });

  it('of a writer gives its bytes, and no fewer where one is missing', () => {
    expect(lines.equals(unpackZstd(byTool, lines.length))).toBe(true);
    for (const size of [lines.length - 1, lines.length + 1, lines.length + 200_000]) {
      expect(() => unpackZstd(byTool, size)).toThrow();
    }
  });

  it('is known by its mark', () => {
    const packed = frame([text], [0x20, 6]);
    packed[0]! ^= 1;
    expect(() => unpackZstd(packed, 6)).toThrow('a Zstandard frame is broken');
  });
});
