import { describe, expect, it } from 'vitest';
import type { ContractTwo, Resize } from '../../src/preprocessing/contract-two.ts';
import { framingOf } from '../../src/preprocessing/framing.ts';

const filter = { kernel: 'linear', antialias: true } as const;
const pad = { colour: 'border', align: 'centre' } as const;
const input = { width: 224, height: 224 };
const of = (
  resize: Resize,
  [width, height]: readonly [number, number],
  rest: Partial<Pick<ContractTwo, 'crop' | 'width' | 'height'>> = {},
) => framingOf({ ...input, resize, ...rest }, { width, height });

describe('where the pixels of an image go', () => {
  it.each([
    // As Resize(256) and CenterCrop(224) of torchvision: int(256 * 500 / 375), int(round((341 - 224) / 2)).
    [
      [500, 375],
      [341, 256],
      [58, 16],
    ],
    [
      [375, 500],
      [256, 341],
      [16, 58],
    ],
    // 256 * 481 / 480 is 256.53, and half of what is over 32.5: Python rounds it to 32, and 33.5 to 34.
    [
      [481, 480],
      [256, 256],
      [16, 16],
    ],
    [
      [600, 593],
      [259, 256],
      [18, 16],
    ],
    [
      [598, 592],
      [258, 256],
      [17, 16],
    ],
    [
      [602, 592],
      [260, 256],
      [18, 16],
    ],
    [
      [10, 10],
      [256, 256],
      [16, 16],
    ],
  ] as const)('%j with its shorter side 256 is %j, cropped at %j', (from, resized, crop) => {
    const crops = { crop: { size: input, align: 'centre' } } as const;
    expect(of({ mode: 'shorter-side', size: 256, ...filter }, from, crops)).toEqual({
      resized: { width: resized[0], height: resized[1] },
      canvas: { width: resized[0], height: resized[1], left: 0, top: 0 },
      crop: { left: crop[0], top: crop[1] },
    });
  });

  it('is cut around its centre to cover a size, and then cropped from that', () => {
    const cover = { mode: 'cover', size: input, ...filter } as const;
    expect(of(cover, [500, 375])).toMatchObject({
      resized: { width: 298, height: 224 },
      crop: { left: 37, top: 0 },
    });
    const small = { width: 100, height: 50 };
    const crop = { size: small, align: 'top-left' } as const;
    expect(of(cover, [500, 375], { ...small, crop }).crop).toEqual({ left: 37, top: 0 });
    const centre = { size: small, align: 'centre' } as const;
    expect(of(cover, [500, 375], { ...small, crop: centre }).crop).toEqual({ left: 99, top: 87 });
  });

  it.each([
    [
      [500, 375],
      [224, 168],
      [0, 28],
    ],
    [
      [375, 501],
      [168, 224],
      [28, 0],
    ],
    // 112.5 and 113.5, which Python rounds to even, and with it Pillow's contain and the letterbox of YOLO.
    [
      [448, 225],
      [224, 112],
      [0, 56],
    ],
    [
      [448, 227],
      [224, 114],
      [0, 55],
    ],
    // 224 * 3 / 1000 is less than a pixel, which an image always has.
    [
      [1000, 1],
      [224, 1],
      [0, 111],
    ],
  ] as const)('%j is contained as %j at %j', (from, resized, at) => {
    expect(of({ mode: 'contain', size: input, ...filter, pad }, from)).toEqual({
      resized: { width: resized[0], height: resized[1] },
      canvas: { ...input, left: at[0], top: at[1] },
      crop: { left: 0, top: 0 },
    });
  });

  it('is padded to the input where its longer side is smaller, as in MNIST', () => {
    const longer = { mode: 'longer-side', size: 20, ...filter, pad } as const;
    const digits = { width: 28, height: 28 };
    expect(of(longer, [100, 53], digits)).toEqual({
      resized: { width: 20, height: 11 },
      canvas: { ...digits, left: 4, top: 8 },
      crop: { left: 0, top: 0 },
    });
    const corner = { ...longer, pad: { ...pad, align: 'top-left' } } as const;
    expect(of(corner, [100, 53], digits).canvas).toEqual({ ...digits, left: 0, top: 0 });
  });

  it('is stretched whatever its ratio', () => {
    expect(of({ mode: 'fill', size: input, ...filter }, [7, 900]).resized).toEqual(input);
  });
});
