import type { Account } from '../account.ts';
import { throwIfCancelled, type Cancellation } from '../cancellation.ts';
import { encodePng } from '../image/encode-png.ts';
import type { Lease } from '../registry/loaded-version.ts';
import { sizeOf } from '../tensor.ts';
import type { Occlusion } from './prediction.ts';
import { tensorBytes, type Contract } from './prepare-instances.ts';
import { topK } from './top-k.ts';

/** Who waits for it, and who pays. */
export interface Payer {
  readonly account?: Account | undefined;
  readonly cancellation: Cancellation;
}

/** So many squares stand along a side, fewer where there are fewer pixels; each is so many times wider than it is from the next. */
const ACROSS = 10;
const WIDTH = 2;
/** So many covered examples are made and asked about at once. */
const CHUNK = 20;

/** How many examples it takes to see what one prediction hangs on. */
export function occlusionsOf({ width, height }: Contract['preprocessing']): number {
  return stepsAlong(width).length * stepsAlong(height).length;
}

/**
 * Covers one square of an example after the other with its own paper (the median of each channel), and asks the same version how
 * likely the same class is then (M. D. Zeiler and R. Fergus, "Visualizing and understanding convolutional networks", 2014). Nothing of
 * the model is looked into, so it is done with every one. The squares overlap: a pixel shows the mean of those that cover it.
 */
export async function occlusion(
  example: Float32Array,
  { label, score }: { readonly label: string; readonly score: number },
  version: Pick<Lease, 'manifest' | 'submit'>,
  { account, cancellation }: Payer,
): Promise<Occlusion> {
  const { manifest } = version;
  const { signature } = manifest;
  const { width, height } = manifest.preprocessing;
  account?.keepMore(tensorBytes(signature, CHUNK) + 2 * 3 * width * height);
  const squares = stepsAlong(height).flatMap(([top, bottom]) =>
    stepsAlong(width).map(([left, right]) => ({ left, top, right, bottom })),
  );
  const paper = mediansOf(example, manifest);
  const falls: number[] = [];
  for (let from = 0; from < squares.length; from += CHUNK) {
    throwIfCancelled(cancellation);
    const covered = squares
      .slice(from, from + CHUNK)
      .map((square) => cover(example, square, paper, manifest));
    const asked = { signal: cancellation, deadline: cancellation.deadline, account };
    const { outputs } = await cancellation.race(version.submit(covered, asked));
    for (const output of outputs) {
      const all = topK(output, signature, signature.classes.length);
      falls.push(score - all.find((each) => each.label === label)!.score);
    }
  }
  const pixels = paint(meanOver(squares, falls, width, height));
  const png = await encodePng(pixels, { width, height, channels: 3 });
  const [mostFall, mostRise] = [Math.max(0, ...falls), Math.max(0, ...falls.map((fall) => -fall))];
  return { width, height, png: png.toString('base64'), mostFall, mostRise };
}

/** From which to which pixel squares reach along a side; the last is just outside. */
function stepsAlong(length: number): (readonly [from: number, until: number])[] {
  const count = Math.min(ACROSS, length);
  const step = length / count;
  const over = ((WIDTH - 1) * step) / 2;
  return Array.from({ length: count }, (_, at) => [
    Math.max(0, Math.floor(at * step - over)),
    Math.min(length, Math.ceil((at + 1) * step + over)),
  ]);
}

interface Square {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** How far it is from one channel to the next, and from one pixel. */
function stridesOf({ preprocessing, signature }: Contract): [channel: number, pixel: number] {
  const { width, height, channels } = preprocessing;
  return signature.input.layout === 'NCHW' ? [width * height, 1] : [1, channels];
}

/** The paper of an example: the median of each channel. */
export function mediansOf(example: Float32Array, contract: Contract): number[] {
  const { width, height, channels } = contract.preprocessing;
  const [channelStep, pixelStep] = stridesOf(contract);
  return Array.from({ length: channels }, (_, channel) => {
    const values = Float32Array.from(
      { length: width * height },
      (__, at) => example[channel * channelStep + at * pixelStep]!,
    );
    return values.sort()[values.length >> 1]!;
  });
}

function cover(
  example: Float32Array,
  { left, top, right, bottom }: Square,
  paper: readonly number[],
  contract: Contract,
): Float32Array {
  const { width } = contract.preprocessing;
  const [channelStep, pixelStep] = stridesOf(contract);
  const covered = example.slice();
  for (let y = top; y < bottom; y += 1) {
    for (let x = left; x < right; x += 1) {
      const at = (y * width + x) * pixelStep;
      for (const [channel, value] of paper.entries()) covered[at + channel * channelStep] = value;
    }
  }
  return covered;
}

function meanOver(
  squares: readonly Square[],
  values: readonly number[],
  width: number,
  height: number,
): Float64Array {
  const [sums, counts] = [new Float64Array(width * height), new Float64Array(width * height)];
  for (const [index, { left, top, right, bottom }] of squares.entries()) {
    for (let y = top; y < bottom; y += 1) {
      for (let x = left; x < right; x += 1) {
        sums[y * width + x]! += values[index]!;
        counts[y * width + x]! += 1;
      }
    }
  }
  return sums.map((sum, at) => sum / counts[at]!);
}

/** The strongest pixel is full red or blue. */
export function paint(falls: Float64Array): Uint8Array {
  const most = falls.reduce((far, fall) => Math.max(far, Math.abs(fall)), 0);
  const pixels = new Uint8Array(sizeOf([falls.length, 3]));
  for (const [at, fall] of falls.entries()) {
    const rest = most === 0 ? 255 : Math.round(255 * (1 - Math.abs(fall) / most));
    pixels.set(fall >= 0 ? [255, rest, rest] : [rest, rest, 255], 3 * at);
  }
  return pixels;
}
