import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseObject, readFirstObject } from '../../../src/datasets/bytes/json-object.ts';
import { temporaryFolder } from '../dataset-files.ts';
import { fileOnDisk, unlimited } from '../disk-files.ts';

const first = async (text: string, maxBytes = 1e9, maxLineBytes?: number) =>
  readFirstObject(await fileOnDisk(text), { limits: { maxBytes } }, maxLineBytes);

describe('the object on the first line', () => {
  it('is there when it is whole, and the line is no longer than is looked into', async () => {
    expect(await first('\n{"a":1}\n{"b":2}')).toEqual({ a: 1 });
    expect(await first('[1]\n{"b":2}')).toBeUndefined();
    expect(await first('{"a":\n1}')).toBeUndefined();
    expect(await first('')).toBeUndefined();
    expect(await first('{"a":1}', 1e9, 7)).toEqual({ a: 1 });
    expect(await first('{"a":1}', 1e9, 6)).toBeUndefined();
    expect(await first('{"a":1}', 3)).toBeUndefined();
  });

  it('is not said to be missing when the file cannot be read', async () => {
    const file = { path: join(await temporaryFolder(), 'none'), name: 'none' };
    await expect(readFirstObject(file, unlimited)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is told apart from other JSON', () => {
    expect(parseObject('{"a":1}')).toEqual({ a: 1 });
    expect(parseObject('[1]')).toBe('it is not a JSON object');
    expect(parseObject('{')).toMatch(/^it is not valid JSON: /);
  });
});
