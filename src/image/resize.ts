import type { ResizeOptions } from 'sharp';
import type { ContractOne } from '../preprocessing/contract-one.ts';
import type { ContractTwo } from '../preprocessing/contract-two.ts';
import { framingOf } from '../preprocessing/framing.ts';
import { KEPT_SIDE, WORKING_SIDE } from './handwriting/canonicalise.ts';
import { openImage } from './libvips.ts';
import type { Raster } from './raster.ts';

/** Given the size an image has (upright), how libvips shall resize it; undefined leaves every pixel alone. */
export type Size = (width: number, height: number) => ResizeOptions | undefined;

/** The contract's size; `contain` leaves the padding to fitRaster, which knows the image's border. */
export function sizeFor({ width, height, fit }: ContractOne): Size {
  return (fromWidth, fromHeight) => {
    const isWide = fromWidth === width;
    const isTall = fromHeight === height;
    if (isWide && isTall) return undefined;
    if (fit !== 'contain') return { width, height, fit };
    const isInside = (isWide && fromHeight < height) || (isTall && fromWidth < width);
    return isInside ? undefined : { width, height, fit: 'inside' };
  };
}

/** Every pixel of the file, whatever becomes of them. */
export const wholeSize: Size = () => undefined;

/**
 * Twice the size that a contract of the second form resizes to, for files that it says are so large that they may be shrunk
 * while they are decoded; every pixel of any other.
 */
export function shrunkSize(contract: ContractTwo): Size {
  const { shrinkOnLoadFrom } = contract;
  if (shrinkOnLoadFrom === undefined) return wholeSize;
  return (fromWidth, fromHeight) => {
    if (fromWidth * fromHeight < shrinkOnLoadFrom) return undefined;
    const { resized } = framingOf(contract, { width: fromWidth, height: fromHeight });
    const [width, height] = [2 * resized.width, 2 * resized.height];
    if (width >= fromWidth || height >= fromHeight) return undefined;
    return { width, height, fit: 'fill', kernel: 'lanczos3', fastShrinkOnLoad: false };
  };
}

/** Large photos are shrunk while they load, as far as finding ink allows; small images stay as they are. */
export const workingSize: Size = (width, height) =>
  Math.max(width, height) <= KEPT_SIDE
    ? undefined
    : { width: WORKING_SIDE, height: WORKING_SIDE, fit: 'inside' };

/** Where every digit of a picture is read, a larger one is shrunk to this side. */
const READING_SIDE = 2048;

/** The same for a page whose digits are all read, which may be small on it. */
export const readingSize: Size = (width, height) =>
  Math.max(width, height) <= READING_SIDE
    ? undefined
    : { width: READING_SIDE, height: READING_SIDE, fit: 'inside' };

export async function resizeRaster(raster: Raster, size: Size): Promise<Raster> {
  const { width, height, channels, data } = raster;
  const resize = size(width, height);
  if (!resize) return raster;
  const image = await openImage(data, { raw: { width, height, channels } });
  const { data: resized, info } = await image
    .resize(resize)
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels, data: resized };
}
