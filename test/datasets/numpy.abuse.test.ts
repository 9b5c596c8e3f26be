import { describe, expect, it } from 'vitest';
import { npy } from '../support/npy.ts';
import { zip } from '../support/zip.ts';
import { readText } from './dataset-files.ts';

const y = npy({ descr: '|u1', shape: [2], data: Uint8Array.from([0, 1]) });
const bytes = Uint8Array.from({ length: 8 }, (_, index) => index * 30);
const x = npy({ descr: '|u1', shape: [2, 2, 2], data: bytes });

const reading = (images: Uint8Array, labels: Uint8Array = y) =>
  readText(
    'a.npz',
    zip([
      { name: 'x.npy', data: images },
      { name: 'y.npy', data: labels },
    ]),
  );

const header = (text: string): Buffer => {
  const head = Buffer.from('\x93NUMPY\x01\0\0\0', 'latin1');
  head.writeUInt16LE(text.length, 8);
  return Buffer.concat([head, Buffer.from(text)]);
};

describe('arrays that cannot be read are refused by their name and the reason', () => {
  it.each([
    ['cut off', x.subarray(0, -1), 'x.npy: it ends before element 1 of 2'],
    ['too long', Buffer.concat([x, Buffer.from('!')]), 'x.npy: it goes on after its last element'],
    ['none at all', Buffer.from('label,0,1\n'), 'x.npy: it does not begin as a .npy file does'],
    ['of version 9', Buffer.from(x).fill(9, 6, 7), 'x.npy: version 9 of .npy is not read'],
    ['cut off in the header', x.subarray(0, 30), 'x.npy: it ends in its header'],
    [
      'with a header of a gigabyte',
      Buffer.concat([Buffer.from('\x93NUMPY\x02\0\0\0\0\x40', 'latin1'), Buffer.alloc(9)]),
      'x.npy: its header is longer than 65536 bytes',
    ],
    ['with a header of words', header('{}'), 'x.npy: its header is none of NumPy'],
    [
      'records',
      header("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (2,), }"),
      'x.npy: it is an array of records with several fields',
    ],
    [
      'complex numbers',
      npy({ descr: '<c16', shape: [2, 4], data: new Uint8Array(128) }),
      'x.npy: values of the type "<c16" are not read',
    ],
    [
      'text instead of pixels',
      npy({ descr: '<U1', shape: [2, 4], data: new Uint8Array(32) }),
      'x.npy: it holds text and no pixels',
    ],
    [
      'flat',
      npy({ descr: '|u1', shape: [8], data: bytes }),
      'x.npy: it has the shape (8); images are (count, height, width)',
    ],
    [
      'cut off in Fortran order',
      npy({ descr: '|u1', shape: [2, 4], data: bytes.subarray(1), isFortran: true }),
      'bytes instead of 136; save np.ascontiguousarray(x)',
    ],
  ])('%s', async (_, images, reason) => {
    await expect(reading(images)).rejects.toThrow(reason);
  });

  it.each([
    [
      'fewer than there are images',
      npy({ descr: '|u1', shape: [1], data: Uint8Array.from([0]) }),
      'x.npy: it holds 2 images, and y.npy 1 labels; they must be as many',
    ],
    [
      'one-hot',
      npy({ descr: '|u1', shape: [2, 2], data: Uint8Array.from([1, 0, 0, 1]) }),
      'y.npy: it has 2 values for each image ((2, 2)); if they are one-hot, save labels.argmax(axis=1)',
    ],
    [
      'a single value',
      npy({ descr: '|u1', shape: [], data: Uint8Array.from([1]) }),
      'y.npy: it holds one value and not one for each image',
    ],
  ])('labels that are %s', async (_, labels, reason) => {
    await expect(reading(x, labels)).rejects.toThrow(reason);
  });

  it('counts a label that is no text as a bad row, with its place', async () => {
    const labels = npy({ descr: '<U1', shape: [2], data: Buffer.from('61000000ffffffff', 'hex') });
    await expect(reading(x, labels)).rejects.toMatchObject({
      details: { badRows: { rows: [{ line: 2, element: 1, reason: 'the label is missing' }] } },
    });
  });

  it('names the split a format does not have', async () => {
    await expect(readText('a.csv', '0,1\n', { split: 'test' })).rejects.toThrow(
      'split is for idx, numpy, cifar; name the files or the folder of "test" instead',
    );
  });
});
