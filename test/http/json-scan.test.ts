import { describe, expect, it } from 'vitest';
import { JsonScan } from '../../src/http/json/json-scan.ts';
import { createRandom } from '../../src/random.ts';

const wide = { depth: 100, objects: 1e9, arrays: 1e9, strings: 1e9 };

/** What a scan counts when the text comes in pieces of this size. */
function scanned(text: string, pieceBytes = 7, limits = wide) {
  const scan = new JsonScan(limits);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    scan.push(bytes.subarray(at, at + pieceBytes));
  }
  return scan.counts;
}

/** The same by the parser. */
function counted(text: string) {
  const counts = {
    bytes: Buffer.byteLength(text),
    objects: 0,
    arrays: 0,
    strings: 0,
    separators: 0,
  };
  const visit = (value: unknown): void => {
    if (typeof value === 'string') counts.strings += 1;
    if (typeof value !== 'object' || value === null) return;
    const inside = Object.entries(value);
    counts.separators += Math.max(0, inside.length - 1);
    if (Array.isArray(value)) counts.arrays += 1;
    else {
      counts.objects += 1;
      counts.strings += inside.length;
    }
    for (const [, one] of inside) visit(one);
  };
  visit(JSON.parse(text));
  return counts;
}

describe('a scan of JSON', () => {
  it('counts what the parser finds, wherever the text is cut (property)', () => {
    const random = createRandom(5);
    const texts = [
      '',
      '"',
      '\\',
      '\\"',
      '"\\\\',
      'ü{[,]}"',
      '\\\\\\',
      '[1,2]',
      '\u2028\ud83d\ude00',
    ];
    const make = (depth: number): unknown => {
      const kind = random.integer(depth > 0 ? 5 : 3);
      if (kind === 0) return random.symmetric(300);
      if (kind === 1) return [null, true, false][random.integer(3)];
      if (kind === 2) return texts[random.integer(texts.length)]!.repeat(random.integer(4));
      const items = Array.from({ length: random.integer(5) }, () => make(depth - 1));
      if (kind === 3) return items;
      return Object.fromEntries(items.map((item, i) => [`${texts[i % texts.length]}${i}`, item]));
    };
    for (let i = 0; i < 300; i += 1) {
      const text = JSON.stringify(make(5), null, random.integer(3));
      const expected = counted(text);
      for (const piece of [1, 2, 3, 1_000]) expect(scanned(text, piece)).toEqual(expected);
    }
  });

  it.each([
    ['levels', '{"instances":[[[[[1]]]]]}', { ...wide, depth: 5 }, 17],
    ['objects', '{"instances":[[{},{},{}]]}', { ...wide, objects: 3 }, 21],
    ['lists', '{"instances":[[],[],[]]}', { ...wide, arrays: 3 }, 20],
    ['strings', '{"instances":["a","b","c"]}', { ...wide, strings: 3 }, 22],
  ])('refuses too many %s as soon as it meets them, with where', (what, text, limits, position) => {
    const refusal = {
      code: 'GLIMPSE_JSON_TOO_COMPLEX',
      message: expect.stringContaining(what),
      details: { position },
    };
    expect(() => scanned(text, 3, limits)).toThrow(expect.objectContaining(refusal));
    // Nothing of the text behind that place was looked at.
    expect(() => scanned(text.slice(0, position + 1), 100, limits)).toThrow();
    expect(() => scanned(text.slice(0, position), 100, limits)).not.toThrow();
  });

  it('is not misled by quotes that are escaped, however many backslashes stand before them', () => {
    for (let backslashes = 0; backslashes < 8; backslashes += 1) {
      const text = `["${'\\'.repeat(2 * backslashes)}\\"[{",1]`;
      expect(scanned(text, 2)).toMatchObject({ arrays: 1, objects: 0, strings: 1, separators: 1 });
    }
  });
});
