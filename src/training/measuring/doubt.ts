import type { Gate } from '../../signature.ts';
import { softmax } from '../../tensor.ts';
import type { LabelledLogits } from './temperature.ts';

/**
 * From where on an answer is doubted, by examples that were not learnt from. What is promised holds for images that
 * are exchangeable with these examples, and marginally: on average over such images and over the drawing of the
 * examples, not for each class nor for each image.
 */
export interface DoubtPlan {
  /** The share of images that may be answered wrongly without a warning; undefined: what is usual. */
  readonly maxError: number | undefined;
  /** Set where the examples were scored by nets that had not learnt them, so many of them. */
  readonly folds: number | undefined;
}

/** What a version is held to where nobody asks for more: of twenty images one wrong without a warning. */
export const USUAL_MAX_ERROR = 0.05;
/** Of all predictions, this share gets the warning `uncertain` at least. */
const DOUBTED = 0.01;
/** With fewer examples the hundredth part of them would be less than one. */
const ENOUGH_FOR_PERCENTILE = 100;
/** Coverages of prediction sets; the greatest that the number of examples can promise is taken. */
const COVERAGES = [0.999, 0.995, 0.99, 0.95, 0.9];
/** Thresholds are kept with so many digits. */
const GRID = 1e6;

/** The thresholds of a version, and what could not be promised. */
export interface ChosenDoubt {
  readonly gate: Pick<Gate, 'minScore' | 'maxError' | 'sets' | 'chosenBy' | 'folds'>;
  readonly notes: readonly string[];
}

/** Chooses them by the logits of examples, divided by the temperature that is served. */
export function chooseDoubt(
  examples: LabelledLogits,
  temperature: number,
  { maxError, folds }: DoubtPlan,
): ChosenDoubt {
  const scored = scoresOf(examples, temperature);
  const count = scored.length;
  if (count === 0) return { gate: {}, notes: maxError === undefined ? [] : [tooFew(maxError, 0)] };
  const target = maxError ?? USUAL_MAX_ERROR;
  const risk = thresholdFor(scored, target);
  const percentile = count < ENOUGH_FOR_PERCENTILE ? undefined : lowestPercentile(scored);
  const sets = chooseSets(scored);
  const minScore = Math.max(risk ?? 0, percentile ?? 0);
  return {
    gate: {
      ...((risk ?? percentile) !== undefined && { minScore }),
      ...(risk !== undefined && { maxError: target }),
      ...(sets && { sets }),
      chosenBy: count,
      ...(folds !== undefined && { folds }),
    },
    // What is usual was not asked for: the manifest then just promises nothing.
    notes: risk === undefined && maxError !== undefined ? [tooFew(target, count)] : [],
  };
}

interface Scored {
  /** The best score, and that of the true class. */
  readonly best: number;
  readonly own: number;
  readonly isRight: boolean;
}

function scoresOf({ logits, labels, classes }: LabelledLogits, temperature: number): Scored[] {
  return Array.from(labels, (label, row) => {
    const own = logits.subarray(row * classes, (row + 1) * classes);
    const scores = softmax(own.map((logit) => logit / temperature));
    const best = Math.max(...scores);
    return { best, own: scores[label]!, isRight: scores[label] === best };
  });
}

/**
 * Conformal risk control (A. Angelopoulos et al., 2022) of the loss "wrong, and not warned of", which can only fall
 * as the threshold rises: the lowest threshold where (losses + 1) / (n + 1) is at most the target. Undefined where
 * even no loss at all would be too many: n < 1 / target - 1.
 */
function thresholdFor(scored: readonly Scored[], target: number): number | undefined {
  // A billionth is the rounding of shares such as 0.01 * 100.
  const allowed = Math.floor(target * (scored.length + 1) + 1e-9) - 1;
  if (allowed < 0) return undefined;
  const mistakes = scored.filter(({ isRight }) => !isRight).map(({ best }) => best);
  const first = mistakes.sort((one, other) => other - one)[allowed];
  // The first mistake too many is warned of, so the threshold lies just above it.
  return first === undefined ? 0 : Math.min(1, (Math.floor(first * GRID) + 1) / GRID);
}

/** Rounded down: the example that stands on the threshold is kept. */
function lowestPercentile(scored: readonly Scored[]): number {
  const best = Float64Array.from(scored, (one) => one.best).sort();
  return Math.floor(best[Math.floor(best.length * DOUBTED)]! * GRID) / GRID;
}

/**
 * Prediction sets by split conformal prediction (V. Vovk et al., 2005; the score is that of the least ambiguous sets,
 * M. Sadinle et al., 2019): all classes that score as much as the true class of all but few examples. Of n + 1
 * exchangeable examples the last is among the ceil((n + 1) coverage) best with at least this chance.
 */
function chooseSets(scored: readonly Scored[]): Gate['sets'] {
  const count = scored.length;
  const rankOf = (coverage: number) => Math.ceil((count + 1) * coverage - 1e-9);
  const coverage = COVERAGES.find((each) => rankOf(each) <= count);
  if (coverage === undefined) return undefined;
  const own = Float64Array.from(scored, (one) => one.own).sort();
  const least = own[count - rankOf(coverage)]!;
  return { minScore: Math.floor(least * GRID) / GRID, coverage };
}

function tooFew(target: number, count: number): string {
  const needed = Math.ceil(1 / target - 1 - 1e-9);
  return `That at most ${percent(target)} of images are answered wrongly without a warning cannot be promised by ${count} validation examples; it takes ${needed}.`;
}

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;
