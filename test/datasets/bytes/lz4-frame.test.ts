import { describe, expect, it } from 'vitest';
import { unpackLz4Frame } from '../../../src/datasets/bytes/lz4-frame.ts';
import { refusalOf } from '../../support/refusal-of.ts';

/** A block as it stands behind its length, or one that is stored as it is. */
type Block = readonly number[] | { readonly stored: readonly number[] };
const SUMS = 0x10;
const SIZE = 0x08;
const DICTIONARY = 0x01;

function frame(blocks: readonly Block[], flags = 0): Uint8Array {
  const sum = flags & SUMS ? [1, 2, 3, 4] : [];
  const parts = blocks.map((block) => {
    const isStored = 'stored' in block;
    const bytes = isStored ? block.stored : block;
    return [bytes.length & 255, bytes.length >> 8, 0, isStored ? 0x80 : 0, ...bytes, ...sum];
  });
  const size = flags & SIZE ? new Uint8Array(8) : [];
  const dictionary = flags & DICTIONARY ? [1, 2, 3, 4] : [];
  const head = [0x04, 0x22, 0x4d, 0x18, 0x60 | flags, 0x40, ...size, ...dictionary, 0x82];
  return Uint8Array.from([...head, ...parts.flat(), 0, 0, 0, 0]);
}

function unpack(packed: Uint8Array, length: number): number[] {
  const out = new Uint8Array(length);
  unpackLz4Frame(packed, out);
  return [...out];
}

const refused = (packed: Uint8Array, length: number) => refusalOf(() => unpack(packed, length));
const broken = { message: expect.stringContaining('an LZ4 frame is broken, cut off or longer') };

const many = (count: number) => Array.from({ length: count }, (_, at) => at % 251);
/** So many literals: their count goes on in further bytes from 15 on. */
const literals = (bytes: readonly number[], match = 0) => {
  const { length } = bytes;
  const more =
    length < 15
      ? []
      : [
          ...Array.from({ length: Math.floor((length - 15) / 255) }, () => 255),
          (length - 15) % 255,
        ];
  return [(Math.min(length, 15) << 4) | match, ...more, ...bytes];
};

const blocks: [string, Block[], number[]][] = [
  ['a literal', [[0x10, 7]], [7]],
  ['stored bytes', [{ stored: [5, 6] }], [5, 6]],
  ['several blocks', [[0x10, 7], { stored: [5, 6] }, [0x10, 8]], [7, 5, 6, 8]],
  ['a match at its end', [[0x10, 7, 1, 0]], [7, 7, 7, 7, 7]],
  ['a long match over itself', [[0x1f, 7, 1, 0, 81]], many(101).fill(7)],
  [
    'a long match behind what it repeats',
    [[...literals(many(40), 15), 40, 0, 21]],
    [...many(40), ...many(40)],
  ],
  [
    'a match in the middle',
    [[...literals(many(100), 15), 50, 0, 21]],
    [...many(100), ...many(100).slice(50, 90)],
  ],
  ['a match far back', [[...literals(many(300), 0), 0x2c, 1]], [...many(300), ...many(4)]],
  ['many literals', [literals(many(600))], many(600)],
  ['literals of fifteen', [literals(many(15))], many(15)],
  ['literals as many as are set at once', [literals(many(33))], many(33)],
];

describe('a frame of LZ4', () => {
  it.each(blocks)('gives %s', (_, of, bytes) => {
    for (const flags of [0, SUMS, SIZE, DICTIONARY, SUMS | SIZE | DICTIONARY]) {
      const packed = frame(of, flags);
      expect(unpack(packed, bytes.length)).toEqual(bytes);
      for (const length of [bytes.length - 1, bytes.length + 1]) {
        expect(refused(packed, length)).toMatchObject(broken);
      }
    }
    const packed = frame(of);
    for (let end = 0; end < packed.length; end += 1) {
      expect(refused(packed.subarray(0, end), bytes.length)).toMatchObject(broken);
    }
  });

  it.each<[string, number[], number]>([
    ['more literals than there are', [0x20, 7], 2],
    ['more than there is room for', literals(many(40)), 20],
    ['a length that does not end', [0xf0, 255], 300],
    ['a match before the beginning', [0x10, 7, 2, 0], 5],
    ['a match of offset 0', [0x10, 7, 0, 0], 5],
    ['half an offset, of a match before the beginning', [0x10, 7, 2], 5],
    ['a match of a length that does not end', [0x1f, 7, 1, 0, 255], 400],
  ])('is refused with %s', (_, block, length) => {
    expect(refused(frame([block]), length)).toMatchObject(broken);
  });

  it('is refused when it is stored and longer than it says, and without its mark', () => {
    expect(refused(frame([{ stored: many(9) }]), 8)).toMatchObject(broken);
    expect(refused(frame([{ stored: many(5) }, { stored: many(5) }]), 9)).toMatchObject(broken);
    const packed = frame([[0x10, 7]]);
    packed[0]! ^= 1;
    expect(refused(packed, 1)).toMatchObject(broken);
  });
});
