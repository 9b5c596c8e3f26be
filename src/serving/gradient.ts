import type { CancelSignal } from '../cancellation.ts';
import { encodePng } from '../image/encode-png.ts';
import type { Lease } from '../registry/loaded-version.ts';
import { mediansOf, paint, type Payer } from './occlusion.ts';
import type { GradientMap } from './prediction.ts';
import { tensorBytes } from './prepare-instances.ts';

/** Whoever knows the layers of versions that were trained here. */
export interface Attributions {
  /** What each number of an example gives to the logit of a class, beside bare paper; undefined where nobody can tell. */
  attributionsOf(
    manifest: Lease['manifest'],
    asked: {
      readonly example: Float32Array;
      readonly paper: Float32Array;
      readonly label: number;
    },
    signal: CancelSignal,
  ): Promise<Float32Array | undefined>;
}

/** As many predictions as it takes the time of. */
export const GRADIENT_COST = 72;
/** Examples on the way from paper to picture, and what a net makes of them, in examples. */
const HELD = 64;

/**
 * Where in a picture the logit of a class comes from, by integrated gradients (M. Sundararajan, A. Taly and Q. Yan, "Axiomatic
 * attribution for deep networks", 2017): its pixels are given as much in sum as the class is found more in the picture than in
 * its own paper, the median of each channel.
 */
export async function gradientMap(
  example: Float32Array,
  { label }: { readonly label: string },
  manifest: Lease['manifest'],
  attributions: Attributions | undefined,
  { account, cancellation }: Payer,
): Promise<GradientMap | undefined> {
  const { signature, preprocessing } = manifest;
  const { width, height } = preprocessing;
  if (!attributions) return undefined;
  account?.keepMore(tensorBytes(signature, HELD));
  const pixels = width * height;
  const medians = mediansOf(example, manifest);
  // Only of nets that take planes is anything known.
  const paper = example.map((_, at) => medians[Math.floor(at / pixels)]!);
  const asked = { example, paper, label: signature.classes.indexOf(label) };
  const found = await cancellation.race(attributions.attributionsOf(manifest, asked, cancellation));
  if (!found) return undefined;
  const sums = new Float64Array(pixels);
  for (const [at, value] of found.entries()) sums[at % pixels]! += value;
  const png = await encodePng(paint(sums), { width, height, channels: 3 });
  const speaking = (sign: 1 | -1): number =>
    sums.reduce((total, value) => total + Math.max(0, sign * value), 0);
  return { width, height, png: png.toString('base64'), for: speaking(1), against: speaking(-1) };
}
