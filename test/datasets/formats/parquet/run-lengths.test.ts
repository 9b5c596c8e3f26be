import { describe, expect, it } from 'vitest';
import { readRuns } from '../../../../src/datasets/formats/parquet/run-lengths.ts';

const read = (bytes: number[], width: number, count: number) =>
  readRuns(Uint8Array.from(bytes), width, count);

describe('runs of levels and indices', () => {
  it.each<[string, number[], number, number, Uint8Array | Uint16Array | Uint32Array]>([
    ['a run of 3 bits', [4 << 1, 5], 3, 4, Uint8Array.of(5, 5, 5, 5)],
    ['a run of no bits', [3 << 1], 0, 3, Uint8Array.of(0, 0, 0)],
    ['eight packed into one byte', [3, 0b1011_0001], 1, 8, Uint8Array.of(1, 0, 0, 0, 1, 1, 0, 1)],
    [
      'eight of 3 bits, over bytes',
      [3, 0x88, 0xc6, 0xfa],
      3,
      8,
      Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7),
    ],
    ['a run, and packed ones behind it', [2 << 1, 1, 3, 0b10], 1, 5, Uint8Array.of(1, 1, 0, 1, 0)],
    [
      'packed ones, and a run behind them',
      [3, 0b1011_0001, 2 << 1, 1],
      1,
      10,
      Uint8Array.of(1, 0, 0, 0, 1, 1, 0, 1, 1, 1),
    ],
    ['packed ones of which the rest is cut off', [3, 7, 2 << 1, 9], 8, 1, Uint8Array.of(7)],
    [
      'a second packed run that ends where it is needed',
      [2 << 1, 4, 3, 5, 6],
      8,
      4,
      Uint8Array.of(4, 4, 5, 6),
    ],
    ['8 bits', [1 << 1, 255], 8, 1, Uint8Array.of(255)],
    ['9 bits', [1 << 1, 0xff, 0x01], 9, 1, Uint16Array.of(511)],
    ['16 bits', [1 << 1, 0x34, 0x12], 16, 1, Uint16Array.of(0x1234)],
    ['17 bits', [1 << 1, 0x56, 0x34, 0x01], 17, 1, Uint32Array.of(0x13456)],
    ['32 bits', [1 << 1, 0xfe, 0xff, 0xff, 0xff], 32, 1, Uint32Array.of(0xfffffffe)],
    ['32 bits, packed', [3, 0xfe, 0xff, 0xff, 0xff], 32, 1, Uint32Array.of(0xfffffffe)],
    [
      'a run of more than is asked for',
      [0xff - 1, 0xff, 0xff, 0xff, 0x0f, 6],
      3,
      2,
      Uint8Array.of(6, 6),
    ],
    ['nothing', [], 3, 0, Uint8Array.of()],
  ])('are read: %s', (_, bytes, width, count, expected) => {
    expect(read(bytes, width, count)).toEqual(expected);
  });

  it.each<[string, number[], number, number, string]>([
    ['33 bits', [1 << 1, 1, 1, 1, 1, 1], 33, 1, 'values of 33 bits are not read'],
    ['a length of six bytes', [0x80, 0x80, 0x80, 0x80, 0x80, 0], 1, 1, 'no length'],
    ['a length cut off', [0x80], 1, 1, 'cut off'],
    ['no run for the rest', [1 << 1, 1], 1, 2, 'cut off'],
    ['a value cut off', [1 << 1, 1], 9, 1, 'cut off'],
    ['packed ones cut off', [3, 1], 8, 2, 'cut off'],
  ])('are refused with their reason: %s', (_, bytes, width, count, reason) => {
    expect(() => read(bytes, width, count)).toThrow(reason);
  });
});
