import { describe, expect, it } from 'vitest';
import { readJsonElements } from '../../../src/datasets/formats/json-elements.ts';
import { allOf, inPieces } from '../disk-files.ts';

const elementsOf = (
  text: string | Uint8Array,
  {
    size,
    maxElementBytes = 1000,
    keys = ['instances', 'rows'],
  }: { size?: number | undefined; maxElementBytes?: number; keys?: string[] } = {},
) => allOf(readJsonElements(inPieces(text, size), keys, maxElementBytes));

const refusal = (reason: string) => ({
  code: 'GLIMPSE_DATASET_INVALID',
  message: `The dataset cannot be read: ${reason}`,
});
const noArray = refusal('JSON: it is no array, nor an object with an array "instances"');

/** However a stream brings them: whole, and in pieces that end anywhere. */
const sizes = [1, 2, 3, 7, undefined];

describe('the elements of a JSON file', () => {
  it.each([
    ['the array that is the file', '[1,"a",{"b":[2,3]}]', ['1', '"a"', '{"b":[2,3]}']],
    ['blanks around it', ' \t\r\n[ 1 ,\t2\r\n] ', ['1', '2']],
    ['a byte order mark before it', '\uFEFF[1]', ['1']],
    ['no element', '[ ]', []],
    ['a comma after the last', '[1,]', ['1']],
    ['nothing between two commas', '[1,,2]', ['1', '', '2']],
    [
      'marks inside of strings',
      String.raw`["", ",]}", "[{", "\"],[", "\\"]`,
      ['""', '",]}"', '"[{"', String.raw`"\"],["`, String.raw`"\\"`],
    ],
    ['the array of a key', '{"instances":[1,2]}', ['1', '2']],
    ['a key whose name is not the first', '{"rows" : [1,2]}', ['1', '2']],
    ['other fields before it', '{"shape":[28,[2]],"n":{"rows":[0]},"a":"rows","rows":[1]}', ['1']],
    [
      'quotes and marks in the fields before it',
      String.raw`{"a\"]}":"\\","b":"\"[{","rows":[1]}`,
      ['1'],
    ],
    ['an array behind it', '{"rows":[1],"instances":[2]}', ['1']],
    ['characters of several bytes', '["é€😀"]', ['"é€😀"']],
    ['anything behind its end', '[1] [2]', ['1']],
  ])('are found with %s', async (_, text, expected) => {
    for (const size of sizes) {
      const elements = await elementsOf(text, { size });
      expect(
        elements.map((one) => one.text),
        `pieces of ${size}`,
      ).toEqual(expected);
      expect(elements.map(({ element }) => element)).toEqual([...expected.keys()]);
    }
  });

  it('are on the line of the file on which their first visible byte is', async () => {
    for (const size of sizes) {
      const lines = (await elementsOf('[\n1, 2,\n \n3\n,{\n\n"a":4},\n"b"\n]', { size })).map(
        ({ line }) => line,
      );
      expect(lines).toEqual([2, 2, 4, 5, 8]);
      const inObject = await elementsOf('\n{"a": [\n],\n"rows":\n[1,\n2]}', { size });
      expect(inObject.map(({ line }) => line)).toEqual([5, 6]);
    }
  });

  it.each([
    ['text', 'hello', refusal('JSON: it is neither a JSON array nor an object')],
    ['blanks alone', ' \n ', noArray],
    ['an object without the key', '{"a":[1]}', noArray],
    ['a key that lies deeper', '{"a":{"instances":[1]}}', noArray],
    ['a key that holds no array', '{"instances":1}', noArray],
    ['an array behind the object', '{"a":1} [1]', noArray],
    ['an array behind a bracket that closes nothing', '] [1]', noArray],
    ['an array cut off', '[1,{"a":[2]', refusal('JSON: it ends in the middle of its array')],
  ])('are none in %s', async (_, text, expected) => {
    for (const size of sizes)
      await expect(elementsOf(text, { size }), `pieces of ${size}`).rejects.toMatchObject(expected);
  });

  it('are not those of a key that only begins as the wanted one, however long', async () => {
    await expect(elementsOf('{"rowsOfMine":[1]}', { keys: ['rows'] })).rejects.toThrow('no array');
    await expect(elementsOf('{"rowss":[1]}', { keys: ['rows'] })).rejects.toThrow('no array');
    expect(await elementsOf('{"rows":[1]}', { keys: ['a', 'rows'] })).toHaveLength(1);
  });

  it('are refused when what is held of one exceeds the bound, and only then', async () => {
    const limited = (text: string, maxElementBytes: number) =>
      elementsOf(text, { size: 1, maxElementBytes });
    expect(await limited('[12345]', 5)).toHaveLength(1);
    expect(await limited('[12345,67890]        ', 5)).toHaveLength(2);
    expect(await elementsOf('[1]        ', { maxElementBytes: 5 })).toHaveLength(1);
    await expect(limited('[1,\n123456]', 5)).rejects.toMatchObject(
      refusal('JSON: an element is longer than 5 bytes (element 1, line 2)'),
    );
  });
});
