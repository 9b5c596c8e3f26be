import { exampleAt } from '../../datasets/dataset.ts';
import { histogramOf } from '../../evidence/histogram.ts';
import { brightnessOf } from '../../image/brightness.ts';
import type { ProvenanceCounts } from '../../image/provenance.ts';
import type { Baseline } from '../../repository/baseline.ts';
import { argmax } from '../../tensor.ts';
import type { Examples } from '../examples/batches.ts';
import type { Infer } from './evaluate.ts';
import type { AnsweredExample } from './mistakes.ts';

/** Watches how a net answers examples while its figures are measured, so that nothing is run twice. */
export function watchAnswers(infer: Infer, classes: number) {
  const answered = Array.from({ length: classes }, () => 0);
  const answers: AnsweredExample[] = [];
  const watched: Infer = async (examples, count) => {
    const logits = await infer(examples, count);
    for (let row = 0; row < count; row += 1) {
      const best = argmax(logits, row * classes, classes);
      answered[best]! += 1;
      answers.push({
        answered: best,
        score: confidenceAt(logits, row * classes, classes, best),
      });
    }
    return logits;
  };
  return {
    infer: watched,
    /** What each example was answered with, in their order. */
    answers,
    /** `contrasts`: of the ink of examples that were sent as images; none where the contract looks for no ink. */
    baseline(
      { dataset, indices }: Examples,
      contrasts: readonly number[],
      provenance: ProvenanceCounts | undefined,
    ): Baseline {
      const brightness = Array.from(indices, (index) =>
        brightnessOf(exampleAt(dataset, index), dataset.shape.channels),
      );
      return {
        examples: indices.length,
        classes: answered,
        confidence: histogramOf(answers.map(({ score }) => score)),
        brightness: histogramOf(brightness),
        ...(contrasts.length > 0 && { contrast: histogramOf(contrasts) }),
        ...(provenance && { provenance }),
      };
    },
  };
}

/** The softmax of the best class, as it is served. */
function confidenceAt(logits: Float32Array, start: number, width: number, best: number): number {
  const top = logits[start + best]!;
  let total = 0;
  for (let at = start; at < start + width; at += 1) total += Math.exp(logits[at]! - top);
  return 1 / total;
}
