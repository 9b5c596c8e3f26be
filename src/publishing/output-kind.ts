import { encodePng } from '../image/encode-png.ts';
import { createRandom } from '../random.ts';
import type { Preprocessing } from '../preprocessing/contract.ts';
import type { OutputKind } from '../signature.ts';
import { UsageError } from '../cli/command.ts';

/** The kinds of outputs; detected from their values, unless the author of the model gives one. */
export const outputKinds = ['logits', 'probabilities', 'sigmoid'] as const;

/** How far from one scores may sum up to: eight bits round each of ten by 1/512. */
const sumTolerance = 0.02;
/** The same of scores that a softmax has made: eight bits may round each of them by a whole step. */
const sumToleranceOf = (classes: number): number => Math.max(sumTolerance, classes / 255);
/** How far outside 0..1 rounding puts a score. */
const rangeTolerance = 0.01;

/** What the operators are that make scores, also those that ONNX Runtime puts in their place. */
const kindsOfOperators: Readonly<Record<string, OutputKind>> = {
  Softmax: 'probabilities',
  QLinearSoftmax: 'probabilities',
  Sigmoid: 'sigmoid',
  HardSigmoid: 'sigmoid',
  QLinearSigmoid: 'sigmoid',
  LogSoftmax: 'logits',
};

/**
 * The kind of these outputs of one model for different images: what its author says, what the operator is that makes
 * them, or else what their values show. Scores between 0 and 1 that do not sum to 1 could be anything, and a guess
 * would give wrong scores: a UsageError that names the option.
 */
export function recogniseKind(
  outputs: readonly Float32Array[],
  wished: OutputKind | undefined,
  operator: string | undefined,
): OutputKind {
  const lowest = Math.min(...outputs.map((row) => row.reduce((a, b) => Math.min(a, b))));
  const highest = Math.max(...outputs.map((row) => row.reduce((a, b) => Math.max(a, b))));
  const isShare = lowest >= -rangeTolerance && highest <= 1 + rangeTolerance;
  if (wished !== undefined && wished !== 'logits' && !isShare) {
    throw new UsageError(
      `--output-kind ${wished} is for scores from 0 to 1, and these go from ${words(lowest)} to ${words(highest)}.`,
    );
  }
  if (wished !== undefined) return wished;
  if (!isShare) return 'logits';
  const sums = outputs.map((row) => row.reduce((sum, score) => sum + score, 0));
  const made = kindsOfOperators[operator ?? ''];
  if (made !== undefined && made !== 'probabilities') return made;
  const tolerance = made === undefined ? sumTolerance : sumToleranceOf(outputs[0]?.length ?? 0);
  if (sums.every((sum) => Math.abs(sum - 1) <= tolerance)) return 'probabilities';
  throw new UsageError(
    `The scores lie between 0 and 1 and do not sum to 1 (they sum to ${words(Math.min(...sums))} up to ${words(Math.max(...sums))}), so they are not those of a softmax: say what they are with --output-kind ${outputKinds.join('|')}.`,
  );
}

const words = (value: number): string => value.toFixed(2);

/** Images no net was trained on, to see what kind of numbers it gives: flat ones first, then noise. */
export async function probeImages({
  width,
  height,
  channels,
}: Preprocessing): Promise<{ readonly flat: Buffer[]; readonly noise: Buffer[] }> {
  const random = createRandom(1);
  const size = { width, height, channels };
  const count = width * height * channels;
  const image = (pixel: () => number): Promise<Buffer> =>
    encodePng(Uint8Array.from({ length: count }, pixel), size);
  return {
    flat: await Promise.all([0, 127, 255].map((level) => image(() => level))),
    noise: await Promise.all(
      [64, 128, 256, 256].map((levels) => image(() => random.integer(levels))),
    ),
  };
}
