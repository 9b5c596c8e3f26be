import type { Account } from '../account.ts';
import { throwIfCancelled, type Cancellation } from '../cancellation.ts';
import { errors } from '../errors.ts';
import { encodePng } from '../image/encode-png.ts';
import { pixelsBehind } from '../image/prepare-tensor.ts';
import type { FailedPrediction, Prediction, SeenInput } from './prediction.ts';
import type { Contract, Instance, Prepared } from './prepare-instances.ts';

/** Pixels, their file, and its text in base64. */
const bytesOfAPixel = 4;

/** Those without an image file as failed: what else comes in, the model is given as its sender made it. */
export function onlyFiles(instances: readonly Instance[]): Instance[] {
  return instances.map((instance) =>
    instance.kind === 'image' || instance.kind === 'failed'
      ? instance
      : { kind: 'failed', error: new errors.GLIMPSE_CANNOT_EXPLAIN_PIXELS() },
  );
}

/**
 * The same predictions, each with what the model was given for it. They are told from its very numbers, not made anew of the
 * image, and one after the other: whoever asks pays for it, and nobody waits behind many of them.
 */
export async function withSeenInputs(
  predictions: readonly (Prediction | FailedPrediction)[],
  prepared: readonly Prepared[],
  contract: Contract,
  { account, cancellation }: { account?: Account | undefined; cancellation: Cancellation },
): Promise<(Prediction | FailedPrediction)[]> {
  const { width, height, channels } = contract.preprocessing;
  account?.keepMore(predictions.length * width * height * channels * bytesOfAPixel);
  const seen: (Prediction | FailedPrediction)[] = [];
  for (const [index, prediction] of predictions.entries()) {
    throwIfCancelled(cancellation);
    const input = prepared[index]!;
    const isAnswered = 'example' in input && !('error' in prediction);
    seen.push(
      isAnswered ? { ...prediction, saw: await seenInput(input.example, contract) } : prediction,
    );
  }
  return seen;
}

async function seenInput(
  example: Float32Array,
  { preprocessing, signature }: Contract,
): Promise<SeenInput> {
  const { width, height, channels } = preprocessing;
  const levels = pixelsBehind(example, preprocessing, signature.input.layout);
  const pixels = new Uint8Array(levels.buffer, levels.byteOffset, levels.byteLength);
  const png = await encodePng(pixels, { width, height, channels });
  return { width, height, channels, png: png.toString('base64') };
}
