import { constants, deflateSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { inflate } from '../../src/image/inflate.ts';
import { createRandom } from '../../src/random.ts';

const random = createRandom(5);
const noise = (length: number, values: number): Uint8Array =>
  Uint8Array.from({ length }, () => random.integer(values));
const lines = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => at % 37);

const holds = (stream: Uint8Array, text: Uint8Array): boolean =>
  Buffer.compare(inflate(stream, text.length) ?? Buffer.from('refused'), text) === 0;

/** What zlib says of a stream that should hold so many bytes. */
function byZlib(stream: Uint8Array, length: number): Buffer | undefined {
  try {
    const found = inflateSync(stream, { maxOutputLength: Math.max(1, length) });
    return found.length === length ? found : undefined;
  } catch {
    return undefined;
  }
}

const { Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE } = constants;
const strategies = { Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE };

describe('inflate', () => {
  it.each(Object.entries(strategies))('gives what was deflated by %s', (_, strategy) => {
    const texts = [new Uint8Array(0), noise(1, 256), lines(812), noise(812, 4), noise(12_300, 256)];
    for (const text of [...texts, new Uint8Array(12_000), lines(9_000)]) {
      for (const level of [0, 1, 6, 9]) {
        const stream = deflateSync(text, { level, strategy, memLevel: 1 + (level % 9) });
        expect(holds(stream, text)).toBe(true);
      }
    }
  });

  it('reads words of all lengths', () => {
    // Each value twice as often as the next one: the longest words that a code may have.
    const text = Uint8Array.from({ length: 2 ** 14 }, (_, at) => Math.clz32(at));
    const stream = deflateSync(text, { strategy: Z_HUFFMAN_ONLY });
    expect(holds(stream, text)).toBe(true);
  });

  it('refuses a stream that holds more or fewer bytes, or is cut', () => {
    const stream = deflateSync(lines(300));
    for (const length of [0, 299, 301]) expect(inflate(stream, length)).toBeUndefined();
    for (let end = 0; end < stream.length; end += 1) {
      expect(inflate(stream.subarray(0, end), 300)).toBeUndefined();
    }
  });

  it('passes over what follows a stream, as zlib does', () => {
    const stream = Buffer.concat([deflateSync(lines(300)), Buffer.from('more')]);
    expect(holds(stream, lines(300))).toBe(true);
  });

  it.each<[string, string]>([
    ['an unknown method', '7902030000000001'],
    ['a wrong header checksum', '789d030000000001'],
    ['a dictionary', '78bb030000000001'],
    ['a window that is too large', '8801030000000001'],
    ['a block of no type', '789c070000000001'],
    ['a stored length that does not agree with its complement', '789c010100ffff0000010001'],
    ['a distance beyond the beginning', '789c630c02000000ffff'],
    ['a wrong checksum', '789c030000000002'],
  ])('refuses %s', (_, hex) => {
    const stream = Buffer.from(hex, 'hex');
    for (const length of [0, 1, 4, 5]) expect(inflate(stream, length)).toBeUndefined();
  });

  it('says of damaged streams what zlib says', () => {
    let [read, refused] = [0, 0];
    for (let round = 0; round < 1_000; round += 1) {
      const text = [lines(200), noise(200, 3), noise(200, 256)][round % 3]!;
      const stream = deflateSync(text, { level: round % 10, strategy: round % 5 });
      // Most of what can go wrong does so in the first bytes, where the codes are.
      const most = round % 2 === 0 ? stream.length : Math.min(stream.length, 30);
      stream[random.integer(most)]! ^= 1 << random.integer(8);
      const found = inflate(stream, text.length);
      expect(found && Buffer.from(found)).toEqual(byZlib(stream, text.length));
      if (found) read += 1;
      else refused += 1;
    }
    expect(Math.min(read, refused)).toBeGreaterThan(0);
  });
});
