import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errors } from '../errors.ts';
import type { GoldenSample, Manifest } from '../repository/manifest.ts';
import type { ModelRuntime } from '../runtime/runtime.ts';
import type { Preprocessing } from '../preprocessing/contract.ts';
import { toScores, type Signature } from '../signature.ts';
import { argmax, sizeOf, stack, unstack } from '../tensor.ts';

/** Encoded image -> one example, by the version's own preprocessing contract; given by compose. */
export type PrepareGolden = (
  bytes: Uint8Array,
  preprocessing: Preprocessing,
  layout: Signature['input']['layout'],
) => Promise<Float32Array>;

/** The fields that the self-test needs, of a stored version as of a draft. */
export type Tested = Pick<Manifest, 'signature' | 'preprocessing' | 'golden'>;

/** Path among the files of a version -> its bytes. */
export type ReadFile = (path: string) => Promise<Uint8Array>;

/** How far a score may lie from the recorded one: rounding differs between machines and decoders. */
const goldenTolerance = 0.02;

/** Versions are opened one after the other, and however many golden samples one has, the next gets its turn. */
const maxSelfTestMs = 120_000;

/**
 * Runs the golden samples of a version through preprocessing and net, and compares every score with the
 * recorded one. Without golden samples zeros go through: the first real request should not be the one
 * that warms the model up. Rejects with GLIMPSE_SELF_TEST_FAILED.
 */
export async function selfTest(
  tested: Tested,
  read: ReadFile,
  runtime: ModelRuntime,
  prepareGolden: PrepareGolden,
): Promise<void> {
  const { signature, preprocessing, golden } = tested;
  const { layout, shape } = signature.input;
  if (golden.length === 0) {
    await inferScores(signature, runtime, new Float32Array(sizeOf(shape)));
    return;
  }
  const startedAt = performance.now();
  for (const sample of golden) {
    if (performance.now() - startedAt > maxSelfTestMs) {
      throw failed(`its ${golden.length} golden samples take more than ${maxSelfTestMs / 1000} s`);
    }
    const example = await prepareGolden(await read(sample.file), preprocessing, layout);
    compare(sample, await inferScores(signature, runtime, example), signature.classes);
  }
}

/** Reads the files of a version that lie in a folder. */
export function readerIn(folder: string): ReadFile {
  return (path) => readFile(join(folder, path));
}

async function inferScores(
  { input, output, classes }: Signature,
  runtime: ModelRuntime,
  example: Float32Array,
): Promise<ArrayLike<number>> {
  const [row = new Float32Array()] = unstack(await runtime.infer(stack([example], input.shape)));
  if (row.length !== classes.length) {
    throw failed(`it gives ${row.length} scores for ${classes.length} classes`);
  }
  if (!row.every(Number.isFinite)) throw failed('it answers with numbers that are not finite');
  return toScores(row, output.kind);
}

function compare(sample: GoldenSample, scores: ArrayLike<number>, classes: string[]): void {
  const { file, label, scores: recorded } = sample;
  const best = argmax(scores);
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
