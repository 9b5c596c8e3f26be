import { setImmediate } from 'node:timers/promises';
import { errors } from '../../errors.ts';
import type { ContractTwo, Pad } from '../../preprocessing/contract-two.ts';
import { framingOf, type Size } from '../../preprocessing/framing.ts';
import { centreByMass, placeRaster, withPolarity } from './fit-raster.ts';
import { toColour, type Raster, type RasterSize } from '../raster.ts';
import { weighingKernels, type WeighingKernel } from '../resampling/kernels.ts';
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
  const coloured = contract.channels === 1 ? loops.grey(image) : toColour(image);
  return frameLines(coloured, image, contract, loops);
}

/** Resized pixels of an image of the other size, turned, padded and cropped. */
function placed(scaled: Raster, from: Size, contract: ContractTwo): Raster {
  const { width, height, resize, polarity, centring } = contract;
  const { canvas, crop } = framingOf(contract, from);
  const turned = withPolarity(scaled, polarity);
  const padded =
    'pad' in resize ? placeRaster(turned, canvas, fillingOf(resize.pad, contract)) : turned;
  const cropped = placeRaster(padded, { width, height, left: -crop.left, top: -crop.top });
  return centring === 'mass' ? centreByMass(cropped) : cropped;
}

/** So many samples at a time take a millisecond or two, after which others have their turn. */
export const bandSamples = 1_000_000;

/**
 * The same pixels, made band by band: an image of any size holds up nobody, and no loop needs more memory than a band takes.
 * Copying a large image to a thread takes longer than this.
 */
export async function frameInBands(
  image: Raster,
  contract: ContractTwo,
  loops: PixelLoops,
): Promise<Raster> {
  const { resize } = contract;
  const channels = contract.channels === 1 ? 1 : 3;
  const { resized } = framingOf(contract, image);
  const width = weighingKernelOf(contract) ? resized.width : image.width;
  const line = width * channels;
  const data = new Uint8Array(line * image.height);
  const rows = Math.max(1, Math.floor(bandSamples / (image.width * image.channels)));
  for (let top = 0; top < image.height; top += rows) {
    const band = bandOf(image, top, Math.min(rows, image.height - top));
    const coloured = channels === 1 ? loops.grey(band) : toColour(band);
    const size = { width, height: band.height };
    data.set(resample(coloured, size, resize, loops).data, top * line);
    if (top + rows < image.height) await setImmediate();
  }
  return frameLines({ width, height: image.height, channels, data }, image, contract, loops);
}

/** What `frameRaster` makes of an image whose lines have the channels of the contract, and may have their width already. */
export function frameLines(
  lines: Raster,
  from: Size,
  contract: ContractTwo,
  loops: PixelLoops,
): Raster {
  const { resized } = framingOf(contract, from);
  return placed(resample(lines, resized, contract.resize, loops), from, contract);
}

/** The kernel by which every line is brought to its width before lines are added up; undefined where that is not so. */
export const weighingKernelOf = ({
  resize: { kernel, antialias },
}: ContractTwo): WeighingKernel | undefined =>
  antialias && kernel !== 'nearest' && kernel !== 'nearest-floor'
    ? weighingKernels[kernel]
    : undefined;

function bandOf({ width, channels, data }: Raster, top: number, height: number): Raster {
  const line = width * channels;
  return { width, height, channels, data: data.subarray(top * line, (top + height) * line) };
}

/** Fewer samples than this are resized in less time than it takes to ask a thread for it. */
export const maxSamplesHere = 100_000;

/** How many samples are read or written at most, which is what resizing takes time for. */
export function samplesToFrame(image: RasterSize, contract: ContractTwo): number {
  const pixels = Math.max(image.width * image.height, largestStep(image, contract));
  return pixels * Math.max(image.channels, contract.channels);
}

/** No JPEG has a longer side. For a line that is longer the weights alone take longer than others should wait. */
const longestHere = 65_535;

/** Whether a thread shall do it: more is written than there is, which is little to copy and much to make at once, or a side is endless. */
export const isForThread = (image: RasterSize, contract: ContractTwo): boolean =>
  Math.max(image.width, image.height) > longestHere ||
  samplesToFrame(image, contract) > image.width * image.height * 3;

/** How many samples an image has, a byte each. */
export const samplesIn = ({ width, height, channels }: RasterSize): number =>
  width * height * channels;

/** The memory that an image takes on its way into the frame, beside its own pixels. */
export function bytesToFrame(image: RasterSize, contract: ContractTwo): number {
  const { resized } = framingOf(contract, image);
  const lines = (weighingKernelOf(contract) ? resized.width : image.width) * image.height;
  const made = (lines + resized.width * resized.height) * contract.channels;
  const copied = isForThread(image, contract) ? samplesIn(image) : 0;
  if (!weighingKernelOf(contract)) return copied + made;
  // Pixels are copied into WebAssembly and taken out of it. Four bytes for every pixel that counts for another.
  const longest = Math.max(image.width, resized.width) + Math.max(image.height, resized.height);
  return copied + 2 * made + longest * widestKernel * 4;
}

/** Lanczos reaches over three pixels on both sides. */
const widestKernel = 6;

/** Pixels of the larger of the images that are made on the way: of lines in their new width, and of all that is resized. */
function largestStep(image: RasterSize, contract: ContractTwo): number {
  const { width, height } = framingOf(contract, image).resized;
  return width * Math.max(height, weighingKernelOf(contract) ? image.height : 0);
}

/**
 * Refuses an image so long and thin that it would be resized to more pixels than an image may have, at once or line by
 * line: neither a contract that keeps the aspect, and crops, nor the height of an image says how many that are.
 */
export function refuseEndless(image: RasterSize, contract: ContractTwo, maxPixels: number): void {
  const { size } = contract.resize;
  const asked = typeof size === 'number' ? size * size : size.width * size.height;
  const pixels = largestStep(image, contract);
  const most = Math.max(maxPixels, asked);
  if (pixels > most) throw new errors.GLIMPSE_IMAGE_TOO_LARGE(pixels, most);
}

/** Undefined to continue the border; pixels are in the order RGB, whatever the model takes. */
function fillingOf({ colour }: Pad, { colourSpace }: ContractTwo): readonly number[] | undefined {
  if (colour === 'border') return undefined;
  return colourSpace === 'bgr' ? colour.toReversed() : colour;
}
