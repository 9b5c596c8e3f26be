import type { CancelSignal } from '../cancellation.ts';
import type { Lease } from '../registry/loaded-version.ts';
import type { Payer } from './occlusion.ts';
import type { NearestExample } from './prediction.ts';

/** Whoever knows what versions have learnt from. */
export interface Neighbours {
  /** The training examples that a version has kept and that are likest this one, the likest first; undefined where it keeps none. */
  nearestTo(
    manifest: Lease['manifest'],
    example: Float32Array,
    count: number,
    signal: CancelSignal,
  ): Promise<
    | readonly {
        readonly label: number;
        readonly row: number;
        readonly similarity: number;
        readonly png: Uint8Array;
      }[]
    | undefined
  >;
}

/** So many are shown. */
const SHOWN = 5;
/** As many predictions as it takes the time of. */
export const NEAREST_COST = 1;

/** What a net has learnt that is likest an example, by what it finds in both right before its last layer. */
export async function nearestExamples(
  example: Float32Array,
  manifest: Lease['manifest'],
  neighbours: Neighbours | undefined,
  { cancellation }: Payer,
): Promise<readonly NearestExample[] | undefined> {
  const { classes } = manifest.signature;
  const found = await neighbours?.nearestTo(manifest, example, SHOWN, cancellation);
  return found?.map(({ label, row, similarity, png }) => ({
    label: classes[label]!,
    similarity,
    row,
    png: Buffer.from(png).toString('base64'),
  }));
}
