import { describe, expect, it } from 'vitest';
import { jsonLimits } from '../../src/http/predict/json-form.ts';
import { readJsonInstances } from '../../src/http/predict/json-instances.ts';
import { readPixelLists } from '../../src/http/predict/pixel-lists.ts';
import { pack } from '../../src/serving/prepare-instances.ts';

const options = { limits: jsonLimits(8), check: () => {} };
const read = (text: string, max = 8) => readPixelLists(Buffer.from(text), max);
const plain = (instances: ReturnType<typeof read>) =>
  instances?.map((each) => (each.kind === 'packed' ? { ...each, values: [...each.values] } : each));
/** What the way through JSON.parse makes of the same text. */
const parsed = (text: string) => plain(readJsonInstances(Buffer.from(text), 8, options).map(pack));

describe('readPixelLists', () => {
  it.each([
    ['flat images', '{"instances":[[0,7,255],[10,99,100,200,249]]}'],
    ['rows', '{"instances":[[[1,2,3],[4,5,6]]]}'],
    ['rows of pixels with channels', '{"instances":[[[[1,2,3],[4,5,6]],[[7,8,9],[10,11,12]]]]}'],
    ['images of different shapes', '{"instances":[[1,2],[[3],[4]],[[[5]]],[6]]}'],
    ['whole numbers that were written as fractions', '{"instances":[[0.0,7.0,255.00],[[10.000]]]}'],
    ['spaces wherever JSON has them', ' {\n"instances" :\t[ [ 1 , 2\r\n] , [ [ 3 ] ,[4] ] ] } \n'],
  ])('makes of %s what JSON.parse and packing make of them', (_, text) => {
    expect(plain(read(text))).toEqual(parsed(text));
  });

  it.each([
    ['a fraction', '{"instances":[[1,2.5]]}'],
    ['a fraction that begins with a zero', '{"instances":[[2.05]]}'],
    ['a point without a digit', '{"instances":[[2.]]}'],
    ['a point without a number', '{"instances":[[.0]]}'],
    ['a power of a fraction', '{"instances":[[2.0e1]]}'],
    ['a power', '{"instances":[[1e2]]}'],
    ['a number below 0', '{"instances":[[-1]]}'],
    ['a number above 255', '{"instances":[[256]]}'],
    ['a number of many digits', '{"instances":[[99999999999999999999]]}'],
    ['a number with a zero before it', '{"instances":[[07]]}'],
    ['two numbers without a comma', '{"instances":[[1 2]]}'],
    ['a comma too many', '{"instances":[[1,]]}'],
    ['a comma behind the last image', '{"instances":[[1],]}'],
    ['a list of no pixels', '{"instances":[[]]}'],
    ['no images', '{"instances":[]}'],
    ['rows of different lengths', '{"instances":[[[1,2],[3]]]}'],
    ['images of rows with different channels', '{"instances":[[[[1],[2]],[[3],[4,5]]]]}'],
    ['a row behind a number', '{"instances":[[1,[2]]]}'],
    ['a number behind a row', '{"instances":[[[1],2]]}'],
    ['a row of rows behind a row', '{"instances":[[[1],[[2]]]]}'],
    ['a row behind a row of rows', '{"instances":[[[[1]],[2]]]}'],
    ['four levels', '{"instances":[[[[[1]]]]]}'],
    ['base64 beside pixels', '{"instances":[[1],{"b64":"AA=="}]}'],
    ['another field', '{"instances":[[1]],"top":3}'],
    ['another name', '{"instance":[[1]]}'],
    ['an escape in the name', '{"instance\\u0073":[[1]]}'],
    ['a byte order mark', '\uFEFF{"instances":[[1]]}'],
    ['a space that is none of JSON', '{"instances":[[1,\u00a02]]}'],
    ['something behind the end', '{"instances":[[1]]}}'],
    ['true', '{"instances":[[true]]}'],
    ['nothing', ''],
  ])('leaves %s to JSON.parse', (_, text) => {
    expect(read(text)).toBeUndefined();
  });

  it('leaves a body that ends anywhere too early to JSON.parse', () => {
    const text = '{"instances":[[[1,20],[3,255]]]}';
    for (let end = 0; end < text.length; end += 1) {
      expect(read(text.slice(0, end))).toBeUndefined();
    }
    expect(read(text)).toHaveLength(1);
  });

  it('leaves more images than are allowed to those who count them', () => {
    expect(read('{"instances":[[1],[2]]}', 2)).toHaveLength(2);
    expect(read('{"instances":[[1],[2],[3]]}', 2)).toBeUndefined();
  });
});
