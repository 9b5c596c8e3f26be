import { errors } from '../../errors.ts';
import type { ContractTwo, Pad } from '../../preprocessing/contract-two.ts';
import { framingOf } from '../../preprocessing/framing.ts';
import { centreByMass, placeRaster, withPolarity } from './fit-raster.ts';
import { toColour, type Raster, type RasterSize } from '../raster.ts';
import { plainPixelLoops, type PixelLoops } from '../resampling/pixel-loops.ts';
import { resample } from '../resampling/resample.ts';

/**
 * Decoded pixels in the frame of a contract of the second form, in the order in which those who train do it: grey or
 * colour first, then resized, padded and cropped.
 */
export function frameRaster(
  image: Raster,
  contract: ContractTwo,
  loops: PixelLoops = plainPixelLoops,
): Raster {
  const { width, height, channels, resize, polarity, centring } = contract;
  const coloured = channels === 1 ? loops.grey(image) : toColour(image);
  const { resized, canvas, crop } = framingOf(contract, image);
  const scaled = resample(coloured, resized, resize, loops);
  const turned = withPolarity(scaled, polarity);
  const padded =
    'pad' in resize ? placeRaster(turned, canvas, fillingOf(resize.pad, contract)) : turned;
  const cropped = placeRaster(padded, { width, height, left: -crop.left, top: -crop.top });
  return centring === 'mass' ? centreByMass(cropped) : cropped;
}

/** Fewer samples than this are resized in less time than it takes to ask a thread for it. */
export const maxSamplesHere = 100_000;

/** How many samples are read or written at most, which is what resizing takes time for. */
export function samplesToFrame(image: RasterSize, contract: ContractTwo): number {
  const { resized } = framingOf(contract, image);
  const pixels = Math.max(image.width * image.height, resized.width * resized.height);
  return pixels * Math.max(image.channels, contract.channels);
}

/**
 * Refuses an image so long and thin that it would be resized to more pixels than an image may have: a contract that
 * keeps the aspect, and crops, says nothing of how long the other side becomes.
 */
export function refuseEndless(image: RasterSize, contract: ContractTwo, maxPixels: number): void {
  const { resized } = framingOf(contract, image);
  const { size } = contract.resize;
  const asked = typeof size === 'number' ? size * size : size.width * size.height;
  const pixels = resized.width * resized.height;
  const most = Math.max(maxPixels, asked);
  if (pixels > most) throw new errors.GLIMPSE_IMAGE_TOO_LARGE(pixels, most);
}

/** Undefined to continue the border; pixels are in the order RGB, whatever the model takes. */
function fillingOf({ colour }: Pad, { colourSpace }: ContractTwo): readonly number[] | undefined {
  if (colour === 'border') return undefined;
  return colourSpace === 'bgr' ? colour.toReversed() : colour;
}
