import { describe, expect, it } from 'vitest';
import { borderMedian, fitRaster } from '../../src/image/framing/fit-raster.ts';
import { toColour, toGrey, type Raster } from '../../src/image/raster.ts';
import type { ContractOne } from '../../src/preprocessing/contract-one.ts';
import { plain } from './images.ts';

const contract = (part: Partial<ContractOne>): ContractOne => ({
  ...plain,
  width: 5,
  height: 5,
  ...part,
});
/** A grey raster from digits; 0 is black and 9 is white. */
const raster = (...rows: string[]): Raster => ({
  width: rows[0]!.length,
  height: rows.length,
  channels: 1,
  data: Uint8Array.from(rows.join(''), (level) => Math.round((Number(level) * 255) / 9)),
});
const drawn = ({ width, data }: Raster): string[] => {
  const levels = Array.from(data, (value) => Math.round((value * 9) / 255)).join('');
  return levels.match(new RegExp(`.{${width}}`, 'g')) ?? [];
};

describe('fitRaster', () => {
  it('pads what is too small with the median of its own border, in the middle', () => {
    const small = raster('333', '393');
    expect(drawn(fitRaster(small, contract({ fit: 'contain' })))).toEqual([
      '33333',
      '33333',
      '33933',
      '33333',
      '33333',
    ]);
  });

  it('leaves the polarity as it is unless asked', () => {
    const dark = raster('99999', '99099', '99099', '99099', '99999');
    expect(fitRaster(dark, contract({ polarity: 'as-is' }))).toEqual(dark);
    expect(fitRaster(dark, contract({ polarity: 'dark-on-light' }))).toEqual(dark);
  });

  it('inverts what has the other polarity', () => {
    const dark = raster('99999', '99099', '99099', '99099', '99999');
    const light = raster('00000', '00900', '00900', '00900', '00000');
    expect(fitRaster(dark, contract({ polarity: 'light-on-dark' }))).toEqual(light);
    expect(fitRaster(light, contract({ polarity: 'dark-on-light' }))).toEqual(dark);
    expect(fitRaster(light, contract({ polarity: 'light-on-dark' }))).toEqual(light);
  });

  it('moves the centre of mass to the middle and fills up with the border', () => {
    const corner = raster('11111', '19111', '11111', '11111', '11111');
    // The middle of 5 pixels is 2.5, which rounds to index 3 from index 1 on.
    expect(drawn(fitRaster(corner, contract({ centring: 'mass' })))).toEqual([
      '11111',
      '11111',
      '11111',
      '11191',
      '11111',
    ]);
  });

  it('centres dark ink on light as well, and leaves a blank image alone', () => {
    const corner = raster('9999', '9099', '9999', '9999');
    const four = contract({ width: 4, height: 4, centring: 'mass' });
    expect(drawn(fitRaster(corner, four))).toEqual(['9999', '9999', '9909', '9999']);
    const blank = raster('7777', '7777', '7777', '7777');
    expect(fitRaster(blank, four)).toEqual(blank);
  });

  it('centres colour by all its channels together', () => {
    const corner = toColour(raster('0000', '0900', '0000', '0000'));
    const four = contract({
      width: 4,
      height: 4,
      channels: 3,
      colourSpace: 'rgb',
      centring: 'mass',
    });
    expect(drawn(toGrey(fitRaster(corner, four)))).toEqual(['0000', '0000', '0090', '0000']);
  });

  it('survives an image of one pixel and one of a single row', () => {
    expect(drawn(fitRaster(raster('5'), contract({ fit: 'contain' })))).toEqual(
      Array(5).fill('55555'),
    );
    expect(
      fitRaster(raster('12345'), contract({ fit: 'contain', centring: 'mass' })).data,
    ).toHaveLength(25);
  });
});

describe('borderMedian', () => {
  it('counts each channel by itself and ignores the inside', () => {
    const data = new Uint8Array(27).fill(200);
    for (let i = 0; i < 9; i += 1) if (i !== 4) data.set([10, 20, 30], i * 3);
    expect(borderMedian({ width: 3, height: 3, channels: 3, data })).toEqual([10, 20, 30]);
  });
});

describe('toGrey', () => {
  it('keeps grey exactly as it is, all 256 levels', () => {
    const grey: Raster = {
      width: 256,
      height: 1,
      channels: 1,
      data: Uint8Array.from({ length: 256 }, (_, i) => i),
    };
    expect(toGrey(toColour(grey))).toEqual(grey);
  });

  it('weighs colours as PIL and OpenCV do', () => {
    const data = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255);
    expect([...toGrey({ width: 3, height: 1, channels: 3, data }).data]).toEqual([76, 150, 29]);
  });
});
