import { describe, expect, it } from 'vitest';
import { decodeBase64 } from '../src/base64.ts';
import { createRandom } from '../src/random.ts';

const decoded = (text: string) => {
  const result = decodeBase64(text);
  return 'bytes' in result ? result.bytes : result.problem;
};

describe('base64', () => {
  it('decodes what it encodes, of every length, in both alphabets, padded or not, in lines or not', () => {
    const random = createRandom(7);
    for (let length = 0; length < 70; length += 1) {
      const bytes = Buffer.from(Array.from({ length }, () => Math.floor(random.next() * 256)));
      const standard = bytes.toString('base64');
      const urlSafe = bytes.toString('base64url');
      const padding = standard.slice(urlSafe.length);
      for (const text of [
        standard,
        urlSafe,
        standard.slice(0, urlSafe.length),
        urlSafe + padding,
        standard.replaceAll(/.{8}/g, '$&\r\n'),
        `\n${urlSafe}\n`,
      ]) {
        expect(decoded(text), text).toEqual(bytes);
      }
    }
  });

  it.each([
    [
      'a "+" that became a blank',
      '+++/AAA='.replaceAll('+', ' '),
      'it looks form-decoded: "+" became a blank',
    ],
    ['one blank at its end', 'AAAA ', 'form-decoded'],
    ['a tab', 'AA\tAA', String.raw`character 3 is "\t"`],
    ['percent signs', 'AA%2B', 'percent-encoded'],
    ['another alphabet', 'AAA!', 'character 4 is "!"'],
    ['letters that end in the bytes of ASCII ones', '\u0141\u0141\u0141\u0141', 'character 1 is'],
    ['both alphabets', '+-AA', 'mixes the standard and the URL-safe alphabet'],
    ['a character too many', 'AAAAA', 'its last character is alone'],
    ['padding in the middle', 'AA==AAAA', 'padding'],
    ['too little padding', 'AA=', 'padding'],
    ['too much padding', 'AAAA=', 'padding'],
    ['far too much padding', 'AA====', 'padding'],
    ['nothing but padding', '==', 'padding'],
    ['bits left over for two bytes', 'AB==', 'holds bits of a byte that is missing'],
    ['bits left over for one', 'AAF', 'holds bits of a byte that is missing'],
    ['URL-safe bits left over', '_-B', 'holds bits of a byte that is missing'],
  ])('refuses %s', (_what, text, problem) => {
    expect(decoded(text)).toContain(problem);
  });

  it('never makes other bytes of a text that lost a character', () => {
    const bytes = Buffer.from(Array.from({ length: 300 }, (_, at) => (at * 97) % 256));
    const text = bytes.toString('base64');
    for (let at = 0; at < text.length; at += 1) {
      expect(decoded(`${text.slice(0, at)} ${text.slice(at + 1)}`)).toContain('form-decoded');
      expect(decoded(text.slice(0, at) + text.slice(at + 1))).toBeTypeOf('string');
    }
  });
});
