import { describe, expect, it } from 'vitest';
import { NumberLists } from '../../../src/http/json/number-lists.ts';
import { createRandom, type Random } from '../../../src/random.ts';

const take = (text: string, from = 0) => new NumberLists(Buffer.from(text)).take(from)?.list;
const zeros = (count: number): string => Array.from({ length: count }, () => '0').join(',');
/** Enough of them, and these. */
const among = (...numbers: string[]): string => `[${zeros(40)},${numbers.join(',')}]`;

const digits = (random: Random, most: number): string =>
  Array.from({ length: 1 + random.integer(most) }, () => random.integer(10)).join('');

/** A number as JSON may write it. */
function numberOf(random: Random): string {
  const whole = random.integer(3) === 0 ? '0' : `${1 + random.integer(9)}${digits(random, 12)}`;
  const fraction = random.integer(3) === 0 ? '' : `.${digits(random, 25)}`;
  const power = random.integer(6) === 0 ? `${'eE'[random.integer(2)]}${['', '+', '-'][random.integer(3)]}${random.integer(60)}` : ''; // prettier-ignore
  return `${random.integer(4) === 0 ? '-' : ''}${whole}${fraction}${power}`;
}

/** A number halfway between two of 32 bits, as precise as it gets, or next to there. */
function halfwayOf(random: Random): string {
  const one = Math.fround(random.next() * 10 ** (random.integer(12) - 6));
  const bits = new Int32Array(Float32Array.of(one).buffer);
  const next = new Float32Array(Int32Array.of(bits[0]! + 1).buffer)[0]!;
  const between = (one + next) / 2;
  const text = between.toPrecision(17);
  if (text.includes('e')) return text;
  const more = ['', '0', '1', '000000000000000000001', '9'][random.integer(5)]!;
  return text.includes('.') ? `${text}${more}` : text;
}

describe('lists of numbers', () => {
  it('hold what Math.fround makes of what JSON.parse gives', () => {
    const random = createRandom(7);
    for (let round = 0; round < 150; round += 1) {
      const texts = Array.from({ length: 64 }, () =>
        random.integer(3) === 0 ? halfwayOf(random) : numberOf(random),
      );
      const text = `[${texts.join([',', ', ', ' ,\n'][round % 3])}]`;
      const list = take(text)!;
      const numbers = JSON.parse(text) as number[];
      expect(list.shape).toEqual([64]);
      expect([...list.values]).toEqual(numbers.map(Math.fround));
      expect(list.plain()).toEqual(numbers);
      // What is said of all of them holds of all of them.
      expect(list.areWhole && !numbers.every(Number.isInteger)).toBe(false);
      const [least, greatest] = [Math.min(...numbers), Math.max(...numbers)];
      expect(list.isWithin(least + Math.abs(least) * 1e-12 + 1e-300, Infinity)).toBe(false);
      expect(list.isWithin(-Infinity, greatest - Math.abs(greatest) * 1e-12 - 1e-300)).toBe(false);
      expect(list.isWithin(least - Math.abs(least), greatest + Math.abs(greatest))).toBe(true);
    }
  });

  it.each([
    ['-0', -0],
    ['1e400', Infinity],
    ['-1E+400', -Infinity],
    ['1e-400', 0],
    ['3.5e38', Infinity],
    ['1e-50', 0],
    ['16777217', 16777216],
    ['0.1', Math.fround(0.1)],
    ['123456789012345678901234567890', Math.fround(1.2345678901234568e29)],
    ['0.000000000000000000000000000000000000001', Math.fround(1e-39)],
    ['1234567890.0987654321', Math.fround(1234567890.0987654)],
    ['123456789.25', Math.fround(123456789.25)],
    ['0.00000000000000000000000', 0],
  ])('know %s', (text, value) => {
    expect(take(among(text))?.values.at(-1)).toBe(value);
  });

  it.each([
    ['[0,255]', true],
    ['[0.0,255.00]', true],
    ['[0,255.0000000000000000001]', false],
    ['[0,255.00001]', false],
    ['[-1e-300,1]', false],
    ['[0,256]', false],
  ])('of %s tell whether all lie within what a byte is', (text, isWithin) => {
    const numbers = JSON.parse(text) as unknown[];
    const list = take(among(...text.slice(1, -1).split(',')))!;
    expect(list.isWithin(0, 255)).toBe(isWithin);
    expect(numbers).toHaveLength(2);
  });

  it.each([
    ['7.0', true],
    ['1234567890123', true],
    ['0.5', false],
    ['7.0000000000000000000001', false],
  ])('tell of %s whether it is whole, or not for certain', (text, areWhole) => {
    expect(take(among(text))?.areWhole).toBe(areWhole);
  });

  it('have the shape of their lists, and items that are lists again', () => {
    const rows = Array.from({ length: 3 }, (_, row) =>
      Array.from({ length: 4 }, (_x, at) => [row, at, 0.5]),
    );
    const list = take(`  ${JSON.stringify(rows)}  `, 2)!;
    expect(list.shape).toEqual([3, 4, 3]);
    const [, second] = list.items() as (typeof list)[];
    expect(second?.shape).toEqual([4, 3]);
    expect([...second!.values]).toEqual(rows[1]!.flat());
    expect(second?.plain()).toEqual(rows[1]);
    expect((second!.items() as (typeof list)[])[3]?.plain()).toEqual(rows[1]![3]);
  });

  it.each([
    ['a zero in front', among('07')],
    ['a point without a digit behind it', among('7.')],
    ['the same behind many digits', among('12345678901.')],
    ['a point without a digit before it', among('.5')],
    ['a power without a digit', among('1e')],
    ['a power with a sign alone', among('1e+')],
    ['two points', among('1.2.3')],
    ['a plus', among('+1')],
    ['a minus alone', among('-')],
    ['hexadecimal', among('0x10')],
    ['NaN', among('NaN')],
    ['text', among('"1"')],
    ['null', among('null')],
    ['a list', among('[1]')],
    ['an object', among('{}')],
    ['nothing between commas', among('1', '', '2')],
    ['a comma at the end', `[${zeros(40)},]`],
    ['two numbers without a comma', among('1 2')],
    ['a space that is none of JSON', among('1,\u00a02')],
    ['rows of different lengths', `[[${zeros(40)}],[${zeros(41)}]]`],
    ['a row behind a number', `[1,[${zeros(40)}]]`],
    ['a number behind a row', `[[${zeros(40)}],1]`],
    ['nine levels', `[[[[[[[[[${zeros(40)}]]]]]]]]]`],
    ['few numbers', `[${zeros(31)}]`],
    ['no numbers', '[]'],
    ['no end', `[${zeros(40)},{`],
  ])('leave %s to others', (_, text) => {
    expect(take(text)).toBeUndefined();
  });

  it('take eight levels', () => {
    expect(take(`[[[[[[[[${zeros(40)}]]]]]]]]`)?.shape).toEqual([1, 1, 1, 1, 1, 1, 1, 40]);
  });
});
