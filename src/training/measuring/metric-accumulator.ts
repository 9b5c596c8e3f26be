import { wilsonInterval } from '../../repository/figures/interval.ts';
import { argmax } from '../../tensor.ts';

/** How a model did on labelled examples. */
export interface Figures {
  readonly examples: number;
  readonly accuracy: number;
  /** Where the accuracy on further examples of the same kind lies, with 95 % confidence. */
  readonly accuracyInterval: [number, number];
  /** The mean of the recall of every class that has examples: a rare class counts as much as any. */
  readonly macroRecall: number;
  /** Mean negative log-likelihood of the right class. */
  readonly loss: number;
  /** Expected calibration error: how far scores are from how often they are right, 15 bins. */
  readonly calibrationError: number;
  /** Rows: true class; columns: predicted class. Left out when there are too many classes. */
  readonly confusionMatrix?: number[][];
  readonly perClass?: ClassFigures[];
}

export interface ClassFigures {
  readonly class: string;
  readonly examples: number;
  /** Share of the predictions of this class that were right; null when there was none. */
  readonly precision: number | null;
  /** Share of the examples of this class that were found; null when there was none. */
  readonly recall: number | null;
}

/** Adds up logits against labels, block by block, without keeping them. */
export interface MetricAccumulator {
  /** `logits` is [labels.length, classes]. */
  add(logits: Float32Array, labels: ArrayLike<number>): void;
  figures(): Figures;
}

const BINS = 15;
/** With more classes a confusion matrix says nothing to a reader and fills the manifest. */
const MAX_CLASSES_IN_MATRIX = 200;

/** An accumulator for a classifier with these classes. */
export function createMetricAccumulator(classes: readonly string[]): MetricAccumulator {
  const width = classes.length;
  const matrix = width <= MAX_CLASSES_IN_MATRIX ? new Uint32Array(width * width) : undefined;
  const bins = Array.from({ length: BINS }, () => ({ count: 0, confidence: 0, correct: 0 }));
  const [seen, found] = [new Uint32Array(width), new Uint32Array(width)];
  let [examples, correct, lossSum] = [0, 0, 0];
  return {
    add(logits, labels) {
      for (let row = 0; row < labels.length; row += 1) {
        const label = labels[row]!;
        const { predicted, confidence, logLikelihood } = readRow(logits, row * width, width, label);
        const isRight = predicted === label;
        const bin = bins[Math.min(BINS - 1, Math.floor(confidence * BINS))]!;
        bin.count += 1;
        bin.confidence += confidence;
        if (isRight) bin.correct += 1;
        if (matrix) matrix[label * width + predicted]! += 1;
        seen[label]! += 1;
        if (isRight) found[label]! += 1;
        if (isRight) correct += 1;
        lossSum -= logLikelihood;
        examples += 1;
      }
    },
    figures() {
      const gap = bins.reduce((sum, bin) => sum + Math.abs(bin.confidence - bin.correct), 0);
      const over = Math.max(1, examples);
      return {
        examples,
        accuracy: correct / over,
        accuracyInterval: wilsonInterval(correct / over, examples),
        macroRecall: meanRecall(seen, found),
        loss: lossSum / over,
        calibrationError: gap / over,
        ...(matrix && describeMatrix(matrix, classes)),
      };
    },
  };
}

/** The predicted class of a row of logits, its score, and the log-likelihood of the true class. */
function readRow(logits: Float32Array, start: number, width: number, label: number) {
  const predicted = argmax(logits, start, width);
  const top = logits[start + predicted]!;
  let total = 0;
  for (let i = 0; i < width; i += 1) total += Math.exp(logits[start + i]! - top);
  return {
    predicted,
    confidence: 1 / total,
    logLikelihood: logits[start + label]! - top - Math.log(total),
  };
}

function describeMatrix(matrix: Uint32Array, classes: readonly string[]) {
  const width = classes.length;
  const rows = classes.map((_, row) => [...matrix.subarray(row * width, (row + 1) * width)]);
  const perClass = classes.map((name, index) => {
    const right = rows[index]![index]!;
    const examples = sum(rows[index]!);
    const predictions = sum(rows.map((row) => row[index]!));
    return {
      class: name,
      examples,
      precision: share(right, predictions),
      recall: share(right, examples),
    };
  });
  return { confusionMatrix: rows, perClass };
}

function meanRecall(seen: Uint32Array, found: Uint32Array): number {
  const recalls = [...seen].flatMap((examples, at) => (examples > 0 ? found[at]! / examples : []));
  return sum(recalls) / Math.max(1, recalls.length);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
