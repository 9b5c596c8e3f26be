/** How large an image is, and whether it is in colour. */
export type RasterSize = Pick<Raster, 'width' | 'height' | 'channels'>;

/** Decoded pixels: 8 bits a value, row by row, channels interleaved (HWC), colour in the order RGB. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

/**
 * Luma of ITU-R BT.601 in 16-bit fixed point, rounded: what PIL and OpenCV call grey, so a model trained
 * on their pixels meets the same ones here. The weights add up to one: grey stays exactly as it is.
 */
export function toGrey(raster: Raster): Raster {
  if (raster.channels === 1) return raster;
  const { data } = raster;
  const grey = new Uint8Array(raster.width * raster.height);
  for (let i = 0, at = 0; i < grey.length; i += 1, at += 3) {
    grey[i] = (data[at]! * 19595 + data[at + 1]! * 38470 + data[at + 2]! * 7471 + 0x8000) >> 16;
  }
  return { ...raster, channels: 1, data: grey };
}

/** Three equal channels, for colour models that are given grey pixels. */
export function toColour(raster: Raster): Raster {
  if (raster.channels === 3) return raster;
  const colour = new Uint8Array(raster.data.length * 3);
  for (let i = 0; i < raster.data.length; i += 1) colour.fill(raster.data[i]!, i * 3, i * 3 + 3);
  return { ...raster, channels: 3, data: colour };
}

export function invert(raster: Raster): Raster {
  return { ...raster, data: raster.data.map((value) => 255 - value) };
}
