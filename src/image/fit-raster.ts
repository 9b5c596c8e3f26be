import type { Preprocessing } from '../signature.ts';
import { invert, type Raster } from './raster.ts';

/**
 * Brings a raster that was resized by `fit` into the frame the model asks for. What lies outside the
 * image continues its own border (the median of its outermost pixels), so padding and shifting never
 * draw an edge that was not there.
 */
export function fitRaster(raster: Raster, preprocessing: Preprocessing): Raster {
  const turned = withPolarity(raster, preprocessing.polarity);
  const framed = placeRaster(turned, preprocessing.width, preprocessing.height, (room) => room / 2);
  return preprocessing.centring === 'mass' ? centreByMass(framed) : framed;
}

/** Inverts when the border is on the other side of mid-grey than the contract wants it. */
function withPolarity(raster: Raster, polarity: Preprocessing['polarity']): Raster {
  if (polarity === 'as-is') return raster;
  const border = borderMedian(raster);
  const isLight = border.reduce((sum, value) => sum + value, 0) / border.length > 127.5;
  return isLight === (polarity === 'dark-on-light') ? raster : invert(raster);
}

/** Moves the centre of mass of everything that differs from the border to the middle, by whole pixels. */
function centreByMass(raster: Raster): Raster {
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
  return placeRaster(raster, width, height, (_, axis) => (axis === 'x' ? shiftX : shiftY));
}

/** A new raster with the old one at the given offset; the rest is filled with the border's median. */
function placeRaster(
  raster: Raster,
  width: number,
  height: number,
  offset: (room: number, axis: 'x' | 'y') => number,
): Raster {
  const left = Math.floor(offset(width - raster.width, 'x'));
  const top = Math.floor(offset(height - raster.height, 'y'));
  if (left === 0 && top === 0 && width === raster.width && height === raster.height) return raster;
  const { channels } = raster;
  const border = borderMedian(raster);
  const data = new Uint8Array(width * height * channels);
  for (let i = 0; i < data.length; i += 1) data[i] = border[i % channels]!;
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
