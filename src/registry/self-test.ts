import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errors } from '../errors.ts';
import type { OpenedVersion } from '../repository/repository.ts';
import type { GoldenSample, Manifest } from '../repository/manifest.ts';
import type { ModelRuntime } from '../runtime/runtime.ts';
import { toScores, type Preprocessing, type Signature } from '../signature.ts';
import { sizeOf, stack, unstack } from '../tensor.ts';

/** Encoded image -> one example, by the version's own preprocessing contract; given by compose. */
export type PrepareGolden = (
  bytes: Uint8Array,
  preprocessing: Preprocessing,
  layout: Signature['input']['layout'],
) => Promise<Float32Array>;

/** How far a score may lie from the recorded one: rounding differs between machines and decoders. */
const goldenTolerance = 0.02;

/**
 * Runs the golden samples of a version through preprocessing and net, and compares every score with the
 * recorded one. Without golden samples zeros go through: the first real request should not be the one
 * that warms the model up. Rejects with GLIMPSE_SELF_TEST_FAILED.
 */
export async function selfTest(
  { manifest, folder }: OpenedVersion,
  runtime: ModelRuntime,
  prepareGolden: PrepareGolden,
): Promise<void> {
  const { signature, preprocessing, golden } = manifest;
  const { layout, shape } = signature.input;
  if (golden.length === 0) {
    await inferScores(manifest, runtime, [new Float32Array(sizeOf(shape))]);
    return;
  }
  for (const sample of golden) {
    const bytes = await readFile(join(folder, sample.file));
    const example = await prepareGolden(bytes, preprocessing, layout);
    const [scores = []] = await inferScores(manifest, runtime, [example]);
    compare(sample, scores, signature.classes);
  }
}

async function inferScores(
  { signature: { input, output } }: Manifest,
  runtime: ModelRuntime,
  examples: Float32Array[],
): Promise<ArrayLike<number>[]> {
  const outputs = unstack(await runtime.infer(stack(examples, input.shape)));
  return outputs.map((row) => {
    if (!row.every(Number.isFinite)) throw failed('it answers with numbers that are not finite');
    return toScores(row, output.kind);
  });
}

function compare(sample: GoldenSample, scores: ArrayLike<number>, classes: string[]): void {
  const { file, label, scores: recorded } = sample;
  const best = Array.from(scores).reduce(
    (top, score, index) => (score > scores[top]! ? index : top),
    0,
  );
  if (classes[best] !== label) {
    throw failed(`${file} comes out as "${classes[best]}" and is recorded as "${label}"`);
  }
  const off = recorded.findIndex(
    (score, index) => !(Math.abs(score - (scores[index] ?? NaN)) <= goldenTolerance),
  );
  if (off < 0) return;
  throw failed(
    `${file} gets ${(scores[off] ?? NaN).toFixed(3)} for "${classes[off]}" and ${recorded[off]!.toFixed(3)} is recorded`,
  );
}

function failed(reason: string): Error {
  return new errors.GLIMPSE_SELF_TEST_FAILED(reason);
}
