import type { ContractTwo } from '../preprocessing/contract-two.ts';
import type { Raster } from './raster.ts';

/**
 * What becomes of transparency: a number is the grey that libvips lays it on (contracts of the first form); the words
 * and levels are those of the second, the levels in the order RGB.
 */
export type AlphaRule = number | AlphaWord | { readonly flatten: readonly number[] };
type AlphaWord = Extract<ContractTwo['alpha'], string>;

/** Decoded pixels whose last channel is their alpha. */
interface AlphaRaster {
  readonly width: number;
  readonly height: number;
  readonly channels: 2 | 4;
  readonly data: Uint8Array;
}

/** The rule of a contract of the second form for pixels in the order RGB. */
export function alphaRuleOf({ alpha, colourSpace }: ContractTwo): Exclude<AlphaRule, number> {
  if (typeof alpha === 'string' || colourSpace !== 'bgr') return alpha;
  return { flatten: alpha.flatten.toReversed() };
}

/** Their transparency alone, as a grey image: 255 where nothing shows through. */
export function alphaOf({ width, height, channels, data }: AlphaRaster): Raster {
  const alpha = new Uint8Array(width * height);
  for (let at = 0; at < alpha.length; at += 1) alpha[at] = data[(at + 1) * channels - 1]!;
  return { width, height, channels: 1, data: alpha };
}

/** The same pixels without transparency. */
export function withoutAlpha(raster: AlphaRaster, rule: Exclude<AlphaRule, number>): Raster {
  const { width, height, data } = raster;
  const channels = raster.channels === 2 ? 1 : 3;
  const flattened = new Uint8Array(width * height * channels);
  const levels = levelsOf(raster, rule);
  for (let at = 0, to = 0; at < data.length; at += raster.channels) {
    const alpha = levels ? data[at + channels]! : 255;
    for (let channel = 0; channel < channels; channel += 1, to += 1) {
      const value = data[at + channel]!;
      flattened[to] = levels ? blend(value, levels[channel] ?? levels[0]!, alpha) : value;
    }
  }
  return { width, height, channels, data: flattened };
}

/** As Pillow pastes by a mask: rounded to the nearest level. */
function blend(value: number, background: number, alpha: number): number {
  const sum = value * alpha + background * (255 - alpha) + 128;
  return ((sum >> 8) + sum) >> 8;
}

/** What the pixels are laid on; undefined where transparency is dropped. */
function levelsOf(
  raster: AlphaRaster,
  rule: Exclude<AlphaRule, number>,
): readonly number[] | undefined {
  if (rule === 'drop' || rule === 'keep') return undefined;
  if (rule !== 'ink') return greyOf(raster, rule.flatten);
  const level = inkBackground(raster);
  return [level, level, level];
}

/** Grey and alpha on a colour is laid on its luma. */
function greyOf({ channels }: AlphaRaster, flatten: readonly number[]): readonly number[] {
  const [red, green, blue] = flatten;
  if (channels === 4 || green === undefined) return flatten;
  return [Math.round(0.299 * red! + 0.587 * green + 0.114 * blue!)];
}

/** From this alpha on a pixel is drawn, and with this difference of levels two of them are ink and paper. */
const DRAWN = 128;
const CONTRAST = 64;

/**
 * White or black, so that what is drawn shows. A picture most of which is drawn, with light and dark in it, is a page
 * whose paper goes on under its transparent rest. In any other the drawn pixels are the ink, whose shape may lie in
 * the alpha channel alone.
 */
function inkBackground({ channels, data }: AlphaRaster): 0 | 255 {
  const counts = new Uint32Array(256);
  let drawn = 0;
  for (let at = 0; at < data.length; at += channels) {
    if (data[at + channels - 1]! < DRAWN) continue;
    counts[channels === 2 ? data[at]! : Math.round(lumaAt(data, at))]! += 1;
    drawn += 1;
  }
  const share = (drawn * channels) / data.length;
  const middle = levelAt(counts, drawn * 0.5);
  const contrast = levelAt(counts, drawn * 0.98) - levelAt(counts, drawn * 0.02);
  const isPage = share > 0.5 && contrast >= CONTRAST;
  return middle >= 128 === isPage ? 255 : 0;
}

const lumaAt = (data: Uint8Array, at: number): number =>
  0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;

/** The level that so many pixels do not exceed. */
function levelAt(counts: Uint32Array, rank: number): number {
  let level = 0;
  for (let seen = counts[0]!; seen < rank && level < 255; seen += counts[level]!) level += 1;
  return level;
}
