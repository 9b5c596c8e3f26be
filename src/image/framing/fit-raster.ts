import type { ContractOne } from '../../preprocessing/contract-one.ts';
import { invert, type Raster } from '../raster.ts';

/**
 * Brings a raster that was resized by the `fit` of a contract of the first form into the frame the model asks for.
 * What lies outside the image continues its own border (the median of its outermost pixels), so padding and shifting
 * never draw an edge that was not there.
 */
export function fitRaster(raster: Raster, preprocessing: ContractOne): Raster {
  const { width, height, polarity, centring } = preprocessing;
  const turned = withPolarity(raster, polarity);
  const left = Math.floor((width - turned.width) / 2);
  const top = Math.floor((height - turned.height) / 2);
  const framed = placeRaster(turned, { width, height, left, top });
  return centring === 'mass' ? centreByMass(framed) : framed;
}

/** Inverts when the border is on the other side of mid-grey than the contract wants it. */
export function withPolarity(raster: Raster, polarity: ContractOne['polarity']): Raster {
  if (polarity === 'as-is') return raster;
  const border = borderMedian(raster);
  const isLight = border.reduce((sum, value) => sum + value, 0) / border.length > 127.5;
  return isLight === (polarity === 'dark-on-light') ? raster : invert(raster);
}

/** Moves the centre of mass of everything that differs from the border to the middle, by whole pixels. */
export function centreByMass(raster: Raster): Raster {
  const { width, height, channels, data } = raster;
  const border = borderMedian(raster);
  let mass = 0;
  let massX = 0;
  let massY = 0;
  for (let i = 0; i < data.length; i += 1) {
    const pixel = Math.floor(i / channels);
    const weight = Math.abs(data[i]! - border[i % channels]!);
    mass += weight;
    massX += weight * (pixel % width);
    massY += weight * Math.floor(pixel / width);
  }
  if (mass === 0) return raster;
  // The middle of 28 pixels is index 14, as in MNIST.
  const shiftX = Math.round(width / 2 - massX / mass);
  const shiftY = Math.round(height / 2 - massY / mass);
  return placeRaster(raster, { width, height, left: shiftX, top: shiftY });
}

/** The size of another raster, and where this one lies in it: beyond its edges it is cut off. */
export interface Placement {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
}

/** A new raster with the old one in its place; the rest is filled with one colour, or with the border's median. */
export function placeRaster(
  raster: Raster,
  { width, height, left, top }: Placement,
  colour?: readonly number[],
): Raster {
  if (left === 0 && top === 0 && width === raster.width && height === raster.height) return raster;
  const { channels } = raster;
  const data = new Uint8Array(width * height * channels);
  const isCovered =
    left <= 0 && top <= 0 && left + raster.width >= width && top + raster.height >= height;
  if (!isCovered) {
    const filling = colour ?? borderMedian(raster);
    for (let i = 0; i < data.length; i += 1) data[i] = filling[i % channels]!;
  }
  const from = Math.max(0, -left);
  const to = Math.min(raster.width, width - left);
  for (let y = Math.max(0, -top); y < Math.min(raster.height, height - top); y += 1) {
    if (to <= from) break;
    const row = raster.data.subarray(
      (y * raster.width + from) * channels,
      (y * raster.width + to) * channels,
    );
    data.set(row, ((y + top) * width + from + left) * channels);
  }
  return { width, height, channels, data };
}

/** The median of the outermost pixels, channel by channel. */
export function borderMedian(raster: Raster): number[] {
  const { width, height, channels, data } = raster;
  const medians: number[] = [];
  for (let channel = 0; channel < channels; channel += 1) {
    const counts = new Uint32Array(256);
    const count = (x: number, y: number): void => {
      counts[data[(y * width + x) * channels + channel]!]! += 1;
    };
    for (let x = 0; x < width; x += 1) {
      count(x, 0);
      count(x, height - 1);
    }
    for (let y = 0; y < height; y += 1) {
      count(0, y);
      count(width - 1, y);
    }
    let level = 0;
    for (let seen = counts[0]!; seen < width + height; seen += counts[level]!) level += 1;
    medians.push(level);
  }
  return medians;
}
