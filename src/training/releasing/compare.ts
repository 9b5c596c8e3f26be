import type {
  ComparedFigures,
  VersionComparison,
} from '../../repository/releases/release-record.ts';
import { argmax } from '../../tensor.ts';
import type { Infer } from '../measuring/evaluate.ts';
import { blocksOf, blockSizeFor, type Examples } from '../examples/batches.ts';
import { chanceOf } from '../measuring/mcnemar.ts';
import { createMetricAccumulator } from '../measuring/metric-accumulator.ts';

/** The same examples in the same order, as each of two versions prepares them. */
export interface SharedExamples {
  readonly name: string;
  readonly candidate: Examples;
  readonly present: Examples;
}

/** How both of two versions compute logits, in the order of the classes of the examples. */
export interface Contenders {
  readonly candidate: Infer;
  readonly present: Infer;
}

/** Measures two versions on the same examples, answer by answer. */
export async function compareVersions(
  { name, candidate, present }: SharedExamples,
  contenders: Contenders,
  signal: AbortSignal,
): Promise<VersionComparison> {
  const of = {
    candidate: await answersOf(contenders.candidate, candidate, signal),
    present: await answersOf(contenders.present, present, signal),
  };
  const { classes, labels, digest } = candidate.dataset;
  const tallies = classes.map((name) => ({ class: name, examples: 0, lost: 0, gained: 0 }));
  candidate.indices.forEach((index, row) => {
    const tally = tallies[labels[index]!]!;
    tally.examples += 1;
    const [was, is] = [of.present.isRight[row], of.candidate.isRight[row]];
    if (was && !is) tally.lost += 1;
    if (is && !was) tally.gained += 1;
  });
  const sumOf = (key: 'lost' | 'gained'): number =>
    tallies.reduce((sum, tally) => sum + tally[key], 0);
  const [lost, gained] = [sumOf('lost'), sumOf('gained')];
  return {
    dataset: name,
    digest,
    examples: candidate.indices.length,
    present: of.present.figures,
    candidate: of.candidate.figures,
    lost,
    gained,
    chance: chanceOf(lost, gained),
    disagreements: tallies.filter((tally) => tally.lost + tally.gained > 0).slice(0, MAX_CLASSES),
  };
}

/** How many classes a record lists. */
const MAX_CLASSES = 200;

interface Answers {
  readonly figures: ComparedFigures;
  /** 1 for each example that was answered rightly, in the order of the indices. */
  readonly isRight: Uint8Array;
}

async function answersOf(infer: Infer, examples: Examples, signal: AbortSignal): Promise<Answers> {
  const { dataset, indices } = examples;
  const width = dataset.classes.length;
  const accumulator = createMetricAccumulator(dataset.classes);
  const isRight = new Uint8Array(indices.length);
  const took: number[] = [];
  let row = 0;
  for (const block of blocksOf(examples, blockSizeFor(examples))) {
    signal.throwIfAborted();
    const startedAt = performance.now();
    const logits = await infer(block.examples, block.indices.length);
    took.push((performance.now() - startedAt) / block.indices.length);
    const labels = block.indices.map((index) => dataset.labels[index]!);
    accumulator.add(logits, labels);
    for (let at = 0; at < labels.length; at += 1) {
      isRight[row + at] = Number(argmax(logits, at * width, width) === labels[at]);
    }
    row += labels.length;
  }
  const { accuracy, macroRecall, calibrationError } = accumulator.figures();
  const millisecondsPerImage = took.sort((a, b) => a - b)[took.length >> 1] ?? 0;
  return { figures: { accuracy, macroRecall, calibrationError, millisecondsPerImage }, isRight };
}

/** Logits in another order of classes: `order[i]` is where the class i stands in what `infer` gives. */
export function inOrder(infer: Infer, order: readonly number[]): Infer {
  if (order.every((from, to) => from === to)) return infer;
  return async (examples, count) => {
    const given = await infer(examples, count);
    const width = order.length;
    return Float32Array.from(given, (_, at) => {
      const row = Math.floor(at / width);
      return given[row * width + order[at - row * width]!]!;
    });
  };
}

/** In words, how two versions did on the same examples. */
export function comparisonText(
  { dataset, examples, present, candidate, lost, gained }: VersionComparison,
  version: number,
): string {
  return `on ${examples} examples of ${dataset} version ${version} is right for ${percent(present.accuracy)}, this one for ${percent(candidate.accuracy)} (${lost} lost, ${gained} gained)`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
