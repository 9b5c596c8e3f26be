import { describe, expect, it } from 'vitest';
import { isFrame, segmentAt } from '../../../src/image/jpeg/segments.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');

describe('a segment of a JPEG', () => {
  it('has a marker, a body behind its length, and ends where the length says, be that behind the file', () => {
    const file = bytes('ffd8ffe00006aabbccddffdb0100');
    expect(segmentAt(file, 2)).toEqual({ marker: 0xe0, body: 6, end: 10 });
    expect(segmentAt(file, 10)).toEqual({ marker: 0xdb, body: 14, end: 268 });
  });

  it('is a byte long where it only fills, so that nobody walks over a million of them at once', () => {
    const file = bytes('ffffffe00002');
    expect(segmentAt(file, 0)).toEqual({ marker: 0xff, body: 1, end: 1 });
    expect(segmentAt(file, 2)).toEqual({ marker: 0xe0, body: 6, end: 6 });
  });

  it.each(['', 'ff', 'ffe0', 'ffe000'])('is cut in %j', (hex) => {
    expect(segmentAt(bytes(hex), 0)).toBe('cut');
    expect(segmentAt(bytes(hex), 4)).toBe('cut');
  });

  it.each(['00', '00ffe0', 'd8ffe00002'])('is not what begins with something else: %s', (hex) => {
    expect(segmentAt(bytes(hex), 0)).toBe('other');
  });

  it('tells the size of the image where it is a frame, whatever way that is coded', () => {
    const frames = Array.from({ length: 256 }, (_, marker) => marker).filter(isFrame);
    const names = [0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf];
    expect(frames).toEqual(names);
  });
});
