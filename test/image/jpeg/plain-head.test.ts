import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { plainJpegHead } from '../../../src/image/jpeg/plain-head.ts';
import { jpegKinds } from '../images.ts';

const picture = (channels: 1 | 3 = 3) =>
  sharp(new Uint8Array(31 * 17 * channels).fill(90), { raw: { width: 31, height: 17, channels } });
const whole = await picture().jpeg().toBuffer();
const scan = whole.indexOf('ffda', 0, 'hex');
const withSegment = (marker: string, body: string): Buffer =>
  Buffer.concat([
    whole.subarray(0, 2),
    Buffer.from(`ff${marker}${body}`, 'hex'),
    whole.subarray(2),
  ]);

const plain: [string, Buffer][] = [
  ['baseline', whole],
  ['progressive', await picture().jpeg({ progressive: true }).toBuffer()],
  ['grey', await picture(1).jpeg().toBuffer()],
  ['with a comment', withSegment('fe', '00066f6b2121')],
];
const kinds = await jpegKinds();
const others: [string, Buffer][] = [
  ['EXIF', await picture().withMetadata({ orientation: 6 }).jpeg().toBuffer()],
  ['a profile', await picture().withIccProfile('p3').jpeg().toBuffer()],
  ['four printing colours', await picture().toColourspace('cmyk').jpeg().toBuffer()],
  ['bytes that belong to nothing', kinds.withStrayBytes],
  ['fill bytes', kinds.withFillBytes],
  ['an end before its scan', whole.subarray(0, scan)],
  ['two frames', Buffer.concat([whole.subarray(0, scan), whole.subarray(2)])],
  ['no length', Buffer.from('ffd8ffc0', 'hex')],
  ['nothing', Buffer.from('ffd8', 'hex')],
];

describe('the head of a JPEG that says nothing but its size', () => {
  it.each(plain)('is what libvips reads of it: %s', async (_, bytes) => {
    expect(await sharp(bytes).metadata()).toMatchObject({ ...plainJpegHead(bytes) });
  });

  it.each(others)('is left to libvips where there is %s', (_, bytes) => {
    expect(plainJpegHead(bytes)).toBeUndefined();
  });

  it('is not believed when its frame is of another kind, depth, or no size', () => {
    const frame = whole.indexOf('ffc0', 0, 'hex');
    const changed = (at: number, value: number): Buffer => {
      const copy = Buffer.from(whole);
      copy[frame + at] = value;
      return copy;
    };
    expect(plainJpegHead(changed(1, 0xc3))).toBeUndefined();
    expect(plainJpegHead(changed(4, 12))).toBeUndefined();
    expect(plainJpegHead(changed(9, 4))).toBeUndefined();
    expect(plainJpegHead(changed(6, 0))).toBeUndefined();
  });
});
