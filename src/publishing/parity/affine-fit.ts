/**
 * How well numbers of a model are a straight line of pixels, channel by channel: y = factor * x + shift. Only sums are
 * kept, so that any line, also one found later, can be judged without the pixels.
 */
export interface Line {
  readonly factor: number;
  readonly shift: number;
}

/** What one channel of the model is said to be made of. */
interface Sums {
  count: number;
  x: number;
  y: number;
  xx: number;
  xy: number;
  yy: number;
}

export interface AffineFit {
  /** Pixels and values of one image, both in the order of rows, columns, channels. */
  add(pixels: Uint8Array, values: Float32Array): void;
  /** The best line of each channel; undefined for one in which all pixels are equal, or which is upside down. */
  lines(): (Line | undefined)[];
  /** How far the values are from lines: the root of the mean square, in levels of the pixels. */
  rms(lines: readonly Line[]): number;
}

/** Sums are taken around the middle, so that little is lost where large ones are subtracted. */
const MIDDLE = 127.5;
/** Less spread than this tells no factor. */
const LEAST_VARIANCE = 1;

/** A fit of channels in their order, or with the first and the last exchanged. */
export function createAffineFit(channels: number, isReversed: boolean): AffineFit {
  const sums = Array.from({ length: channels }, (): Sums => ({
    count: 0,
    x: 0,
    y: 0,
    xx: 0,
    xy: 0,
    yy: 0,
  }));
  return {
    add(pixels, values) {
      sums.forEach((sum, channel) => {
        const from = isReversed ? channels - 1 - channel : channel;
        addChannel(sum, pixels, from, values, channel, channels);
      });
    },
    lines: () => sums.map(bestLine),
    rms(lines) {
      const squares = sums.reduce((total, sum, at) => total + squaresOf(sum, lines[at]!), 0);
      return Math.sqrt(squares / (sums.length * sums[0]!.count));
    },
  };
}

function addChannel(
  sum: Sums,
  pixels: Uint8Array,
  from: number,
  values: Float32Array,
  channel: number,
  step: number,
): void {
  let [x, y, xx, xy, yy] = [0, 0, 0, 0, 0];
  for (let at = from, to = channel; to < values.length; at += step, to += step) {
    const level = pixels[at]! - MIDDLE;
    const value = values[to]!;
    x += level;
    y += value;
    xx += level * level;
    xy += level * value;
    yy += value * value;
  }
  sum.count += values.length / step;
  sum.x += x;
  sum.y += y;
  sum.xx += xx;
  sum.xy += xy;
  sum.yy += yy;
}

function bestLine({ count, x, y, xx, xy }: Sums): Line | undefined {
  const variance = xx / count - (x / count) ** 2;
  if (variance < LEAST_VARIANCE) return undefined;
  const factor = (xy / count - (x / count) * (y / count)) / variance;
  if (!(factor > 0)) return undefined;
  return { factor, shift: y / count - factor * (x / count + MIDDLE) };
}

/** The squares of what is left, in levels. */
function squaresOf({ count, x, y, xx, xy, yy }: Sums, { factor, shift }: Line): number {
  const atMiddle = shift + factor * MIDDLE;
  const rest =
    yy +
    factor * factor * xx +
    count * atMiddle * atMiddle -
    2 * factor * xy -
    2 * atMiddle * y +
    2 * factor * atMiddle * x;
  return Math.max(0, rest) / (factor * factor);
}
