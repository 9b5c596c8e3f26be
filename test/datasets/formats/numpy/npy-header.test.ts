import { describe, expect, it } from 'vitest';
import {
  isNpy,
  maxNpyHeaderBytes,
  parseNpyHeader,
} from '../../../../src/datasets/formats/numpy/npy-header.ts';
import { npy, type NpyArray } from '../../../support/npy.ts';
import { refusalOf } from '../../../support/refusal-of.ts';

const header = (array: Partial<NpyArray>) =>
  parseNpyHeader(npy({ descr: '|u1', shape: [2], data: Buffer.of(1, 2), ...array }), 'x.npy');

/** A header whose words are these, of a length of one's own. */
function headed(text: string, { version = 1, length = text.length, magic = '\x93NUMPY' } = {}) {
  const before = Buffer.alloc(version === 1 ? 10 : 12);
  before.write(magic, 'latin1');
  before[6] = version;
  if (version === 1) before.writeUInt16LE(length, 8);
  else before.writeUInt32LE(length, 8);
  return Buffer.concat([before, Buffer.from(text)]);
}

const words = "{'descr':'<i4', 'fortran_order':False,'shape':(2,3)}";

describe('the header of an array', () => {
  it.each([
    ['|b1', 'b', 1, false],
    ['|i1', 'i', 1, false],
    ['<i2', 'i', 2, false],
    ['>i4', 'i', 4, true],
    ['=i8', 'i', 8, false],
    ['u1', 'u', 1, false],
    ['>u8', 'u', 8, true],
    ['<f2', 'f', 2, false],
    ['>f4', 'f', 4, true],
    ['<f8', 'f', 8, false],
    ['|S1', 'S', 1, false],
    ['|S65536', 'S', 65_536, false],
    ['>U3', 'U', 12, true],
    ['<U16384', 'U', 65_536, false],
  ])('of the type %s is %s of %i bytes', (descr, kind, bytes, isBigEndian) => {
    expect(header({ descr })).toMatchObject({ kind, bytes, isBigEndian });
  });

  it.each([
    'b2',
    'i3',
    'u16',
    'f1',
    'f16',
    'c8',
    'M8',
    'S65537',
    'U16385',
    '@i4',
    'i4x',
    'xi4',
    '<<i4',
    '8',
    '',
  ])('of the type "%s" is refused by its name', (descr) => {
    expect(refusalOf(() => header({ descr }))).toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining(`x.npy: values of the type "${descr}" are not read`),
    });
  });

  it.each([
    ['()', []],
    ['(3,)', [3]],
    ['(2, 30)', [2, 30]],
    ['(60000L, 28L,\n1L)', [60_000, 28, 1]],
  ])('has the shape %j', (shape, expected) => {
    const text = `{'descr': '|u1', 'fortran_order': True, 'shape': ${shape}, }`;
    expect(parseNpyHeader(headed(text), 'x')).toEqual({
      kind: 'u',
      bytes: 1,
      isBigEndian: false,
      isByColumns: true,
      shape: expected,
      start: 10 + text.length,
    });
  });

  it.each([1, 2, 3])('of version %i says where the values begin', (version) => {
    const { shape, start, isByColumns } = parseNpyHeader(headed(words, { version }), 'x');
    const before = version === 1 ? 10 : 12;
    expect([shape, start, isByColumns]).toEqual([[2, 3], before + words.length, false]);
  });

  it('may be as long as it may be, and no longer', () => {
    const longest = maxNpyHeaderBytes - 10;
    const { start } = parseNpyHeader(headed(words.padEnd(longest)), 'x');
    expect(start).toBe(maxNpyHeaderBytes);
    expect(() => parseNpyHeader(headed(words.padEnd(longest + 1)), 'x')).toThrow(
      'its header is longer than 65536 bytes',
    );
  });

  it.each([
    ['another mark', headed(words, { magic: '\x93NUMPZ' }), 'it does not begin as a .npy file'],
    ['less than twelve bytes', headed('1', { length: 0 }), 'it does not begin as a .npy file'],
    ['version 0', headed(words, { version: 0 }), 'version 0 of .npy is not read'],
    ['version 4', headed(words, { version: 4 }), 'version 4 of .npy is not read'],
    ['fewer bytes than it says', headed(words, { length: 99 }), 'it ends in its header'],
    ['no order', headed("{'descr': '<i4', 'shape': (2,)}"), 'its header is none of NumPy'],
    ['another order', headed(words.replace('False', 'None')), 'its header is none of NumPy'],
    ['no shape', headed(words.replace('(2,3)', '(2,x)')), 'its header is none of NumPy'],
    [
      'fields',
      headed(words.replace("'<i4'", "[('a', '<i4')]")),
      'it is an array of records with several fields',
    ],
    [
      'no type',
      headed(words.replace('descr', 'type')),
      'it is an array of records with several fields',
    ],
    ['objects', headed(words.replace('<i4', '|O')), 'it holds Python objects (pickle)'],
  ])('is refused with %s', (_, bytes, reason) => {
    expect(refusalOf(() => parseNpyHeader(bytes, 'x\n.npy'))).toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining(`x\\n.npy: ${reason}`),
    });
  });

  it('ends where the file may end, and is known by its first six bytes', () => {
    expect(parseNpyHeader(headed(words), 'x').shape).toEqual([2, 3]);
    expect([isNpy(headed(words).subarray(0, 6)), isNpy(headed(words).subarray(0, 5))]).toEqual([
      true,
      false,
    ]);
    const empty = headed('', { version: 2 });
    expect(() => parseNpyHeader(empty, 'x')).toThrow('its header is none of NumPy');
  });
});
