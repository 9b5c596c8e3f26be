import { describe, expect, it, vi } from 'vitest';
import { readJson } from '../../../src/http/json/read-json.ts';
import { readPacked } from '../../../src/http/json/packed-json.ts';
import { NumberList } from '../../../src/json.ts';

const limits = { depth: 6, objects: 20, arrays: Infinity, strings: 50 };
const numbers = Array.from({ length: 100 }, (_, at) => at / 4);
const list = JSON.stringify(numbers);
const read = (text: string, own = limits) => readPacked(Buffer.from(text), own);

/** As JSON.parse gives it. */
function plain(value: unknown): unknown {
  if (value instanceof NumberList) return value.plain();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
}

describe('JSON with lists of numbers in one piece', () => {
  it.each([
    ['a list alone', list],
    ['a list in an object', `{"data":${list}}`],
    ['lists of different lengths', `[${list},[1,2],${list.replace('[', '[1,')},[]]`],
    ['a list among everything else', `{"a":[{"b":${list}},null,true,false,-1.5e3,"x"],"c":{}}`],
    ['names and texts with escapes', `{"a\\"]\\\\":"\\u00e9 \\\\\\" [1,2","data":${list}}`],
    ['texts that are no ASCII', `{"é🙂":"ü","data":${list}}`],
    ['a name that comes twice', `{"data":1,"data":${list}}`],
    ['names that are numbers', `{"2":1,"1":${list}}`],
    [
      'spaces everywhere',
      ` {\n"data" :\t[ ${list.slice(1, -1).replaceAll(',', ' , ')}\r ] , "b" : [ ] , "c": { } } `,
    ],
  ])('is what JSON.parse gives: %s', (_, text) => {
    const found = read(text);
    expect(plain(found)).toEqual(JSON.parse(text));
    expect(JSON.stringify(plain(found))).toBe(JSON.stringify(JSON.parse(text)));
  });

  it('has them in place of lists', () => {
    const found = read(`{"data":${list}}`) as { data: NumberList };
    expect([...found.data.values]).toEqual(numbers);
  });

  it.each([
    ['nothing', ''],
    ['a text that is too short to matter', '{"data":[1,2,3]}'],
    ['a list that does not end', list.slice(0, -1)],
    ['something behind the end', `${list}]`],
    ['a comma too many', `{"data":${list},}`],
    ['a name that is none', `{data:${list}}`],
    ['a name without a value', `{"a","data":${list}}`],
    ['a value without a comma', `{"a":1 "data":${list}}`],
    ['a word that is none', `{"a":nul,"data":${list}}`],
    ['a text with a line end in it', `{"a":"x\ny","data":${list}}`],
    ['an escape that is none', `{"a":"\\x","data":${list}}`],
    ['a text that does not end', `{"data":${list},"a":"x\\"}`],
    ['a byte order mark', `\uFEFF${list}`],
    ['a name that objects have', `{"__proto__":1,"data":${list}}`],
    ['deeper lists than may be', `[[[[[[${list}]]]]]]`],
    ['deeper objects than may be', `{"a":{"a":{"a":{"a":{"a":{"a":{"data":${list}}}}}}}}`],
    ['more objects than may be', `[${'{},'.repeat(20)}{},${list}]`],
    ['more texts than may be', `[${'"",'.repeat(50)}"",${list}]`],
    ['many single numbers', `[${'1,[],'.repeat(500)}${list}]`],
  ])('leaves %s to JSON.parse', (_, text) => {
    expect(read(text)).toBeUndefined();
  });

  it('leaves what is not UTF-8 to those who refuse it', () => {
    const text = Buffer.concat([Buffer.from('{"a":"'), Buffer.of(0xff), Buffer.from(`","data":${list}}`)]); // prettier-ignore
    expect(readPacked(text, limits)).toBeUndefined();
  });

  it('leaves a body that ends anywhere too early to JSON.parse', () => {
    const text = `{"a":[true,"x"],"data":${list},"b":{"c":[${list}]}}`;
    for (let end = 0; end < text.length; end += 1) expect(read(text.slice(0, end))).toBeUndefined();
    expect(read(text)).toBeDefined();
  });
});

describe('readJson', () => {
  const bytes = Buffer.from(`{"data":${list}}`);

  it('does not look through a text that it reads in one piece', () => {
    const check = vi.fn();
    expect(readJson(bytes, { limits, check }, (body) => plain(body))).toEqual({ data: numbers });
    expect(check).not.toHaveBeenCalled();
  });

  it('looks through any other text before it is read', () => {
    const check = vi.fn(() => {
      throw new Error('too much');
    });
    const reading = () => readJson(Buffer.from('{"data":[1]}'), { limits, check }, () => 1);
    expect(reading).toThrow('too much');
  });

  it('refuses a body by what JSON.parse gives', () => {
    const check = vi.fn();
    const reading = () =>
      readJson(bytes, { limits, check }, (body) => {
        throw new Error(JSON.stringify(body));
      });
    expect(reading).toThrow(`{"data":${list}}`);
    expect(check).toHaveBeenCalledOnce();
  });
});
