import type { ImageShape } from '../dataset.ts';
import type { DecidingOption } from '../refusal.ts';
import { interleave } from './planes.ts';
import type { DatasetSpec } from '../spec.ts';

/** Whether the channels of a pixel lie together, or the image comes as one plane for each channel. */
export type Layout = DatasetSpec['layout'];

/** Pixels as they are kept, flat in HWC order. */
interface FlatPixels {
  readonly values: ArrayLike<unknown>;
  readonly shape?: ImageShape;
}

/** How a request says that images are, as far as it does. */
export interface ExpectedPixels {
  readonly shape?: ImageShape | undefined;
  readonly layout?: Layout;
}

/** Why pixels cannot be taken, and what would decide it. */
export interface PixelProblem {
  readonly problem: string;
  readonly option?: DecidingOption;
  readonly values?: readonly unknown[];
}

export const unevenNesting: PixelProblem = { problem: 'its pixels are nested unevenly' };

/** Pixels of JSON as they stand, or why they cannot be taken. */
export function flattenPixels(
  pixels: readonly unknown[],
  expected: ExpectedPixels,
): FlatPixels | PixelProblem {
  const sizes = sizesOf(pixels);
  if (sizes === undefined) return unevenNesting;
  return shapeNested(pixels.flat(sizes.length), sizes, expected);
}

/**
 * Flat pixels by how many there were on each level of their nesting: rows of values, rows of pixels, or a
 * plane for each channel. Returns why they cannot be taken when it is none of these, or could be two.
 */
export function shapeNested(
  values: ArrayLike<unknown>,
  sizes: readonly number[],
  expected: ExpectedPixels,
): FlatPixels | PixelProblem {
  if (sizes.length === 1) return { values };
  const [first = 0, second = 0, third = 1] = sizes;
  if (sizes.length === 2) {
    return { values, shape: { height: first, width: second, channels: 1 } };
  }
  const nesting = sizes.join('x');
  if (sizes.length > 3) {
    return { problem: `its pixels are nested ${nesting}; give one image without more around it` };
  }
  const layout = layoutOf(first, second, third, expected);
  if (layout === undefined) {
    if (isChannels(first) && isChannels(third)) {
      return {
        problem: `its pixels, nested ${nesting}, could be rows of pixels or planes; say which by dataset.layout ("hwc" or "chw")`,
        option: 'layout',
        values: ['hwc', 'chw'],
      };
    }
    const as = expected.layout ? ` as ${expected.layout}` : '';
    return { problem: `its pixels, nested ${nesting}, are not of 1 or 3 channels${as}` };
  }
  return layout === 'hwc'
    ? { values, shape: { height: first, width: second, channels: asChannels(third) } }
    : {
        values: interleave(values, first),
        shape: { height: second, width: third, channels: asChannels(first) },
      };
}

const isChannels = (size: number): size is 1 | 3 => size === 1 || size === 3;
const asChannels = (size: number): 1 | 3 => (size === 3 ? 3 : 1);

/** What three sizes must mean; when they could mean both, what the request expects decides. */
function layoutOf(
  first: number,
  second: number,
  third: number,
  { shape, layout }: ExpectedPixels,
): 'hwc' | 'chw' | undefined {
  const possible = (['hwc', 'chw'] as const).filter(
    (one) => isChannels(one === 'hwc' ? third : first) && (layout ?? one) === one,
  );
  if (possible.length < 2 || !shape) return possible.length === 1 ? possible[0] : undefined;
  const { height, width, channels } = shape;
  const fits = (...sizes: number[]): boolean => sizes.join() === [height, width, channels].join();
  const fitting = possible.filter((one) =>
    one === 'hwc' ? fits(first, second, third) : fits(second, third, first),
  );
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** How many there are on each level; undefined when that differs from one to the next. */
function sizesOf(pixels: readonly unknown[]): number[] | undefined {
  const sizes = [pixels.length];
  for (let level: readonly unknown[] = pixels; Array.isArray(level[0]); level = level.flat()) {
    const { length } = level[0];
    if (!level.every((one) => Array.isArray(one) && one.length === length)) return undefined;
    sizes.push(length);
    if (sizes.length > 8) return undefined;
  }
  return sizes;
}
